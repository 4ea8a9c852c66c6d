#include "base/seal.h"

#include <ostream>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace hookline {
namespace {

template <class Value>
concept Printable = requires(std::ostream& out, const Value& value) {
    out << value;
};

std::string bytes_of_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    }
    return bytes;
}

std::string hex_of(std::string_view bytes) {
    return hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

struct Sealed {
    SealKey key = SealKey::random();
    std::uint64_t number = 7;
    std::string context = "what and whose";
    std::string plain = "one event";
    std::string sealed = [this] {
        std::string text;
        seal(key, number, context, plain, text);
        return text;
    }();
    [[nodiscard]] bool opens(const SealKey& with, std::uint64_t at, const std::string& about,
                             const std::string& bytes) const {
        std::string out = "in front ";
        const bool opened = open_sealed(with, at, about, bytes, out);
        EXPECT_EQ(out, opened ? "in front " + plain : "in front ");
        return opened;
    }
};

TEST(Seal, OpensWhatItSealedAndSaysNothingOfItBefore) {
    const Sealed one;
    EXPECT_EQ(one.sealed.size(), one.plain.size() + seal_tag_bytes);
    EXPECT_EQ(one.sealed.find("event"), std::string::npos);
    EXPECT_TRUE(one.opens(one.key, one.number, one.context, one.sealed));
}

TEST(Seal, AnyChangedBitOfAnyByteIsNoticed) {
    const Sealed one;
    for (std::size_t at = 0; at < one.sealed.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = one.sealed;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            EXPECT_FALSE(one.opens(one.key, one.number, one.context, changed)) << at << " " << bit;
        }
    }
    for (std::size_t length = 0; length < one.sealed.size(); ++length) {
        EXPECT_FALSE(one.opens(one.key, one.number, one.context, one.sealed.substr(0, length))) << length;
    }
    EXPECT_FALSE(one.opens(one.key, one.number, one.context, one.sealed + "x"));
}

TEST(Seal, AnotherKeyNumberOrContextDoesNotOpenIt) {
    const Sealed one;
    EXPECT_FALSE(one.opens(SealKey::random(), one.number, one.context, one.sealed));
    EXPECT_FALSE(one.opens(one.key, one.number + 1, one.context, one.sealed));
    EXPECT_FALSE(one.opens(one.key, one.number, "", one.sealed));
    EXPECT_FALSE(one.opens(one.key, one.number, "what and whose else", one.sealed));
    // And a failure leaves nothing behind that spoils the next.
    EXPECT_TRUE(one.opens(one.key, one.number, one.context, one.sealed));
}

TEST(Seal, SealsNothingAndMuch) {
    const SealKey key = SealKey::random();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{5} << 20}) {
        const std::string plain(size, 'e');
        std::string sealed;
        seal(key, size, "", plain, sealed);
        std::string opened;
        EXPECT_TRUE(open_sealed(key, size, "", sealed, opened));
        EXPECT_EQ(opened, plain);
    }
}

TEST(Seal, IsTheCipherOfTheStandard) {
    // Made with Python's `cryptography`: AESGCM(bytes(range(32))).encrypt(bytes(4) + (2**40 + 5).to_bytes(8, "big"),
    // b"one event", b"what and whose"), and HKDF(SHA256, 32, b"salt", b"purpose").derive(bytes(range(32))).
    const SealKey key = *SealKey::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    std::string sealed;
    seal(key, (std::uint64_t{1} << 40) + 5, "what and whose", "one event", sealed);
    EXPECT_EQ(hex_of(sealed), "104101cdd7bf278ba92f554e50fc739d98ae809334af6f4375");
    EXPECT_EQ(hex_of(key.derive("salt", "purpose").reveal()),
              "94667bce5e44fbfb519b064d97bb4a4e6714993a9e0f99c8485e090a33876fa8");
}

TEST(Seal, ManyThreadsSealWithManyKeys) {
    std::vector<SealKey> keys;
    for (int count = 0; count < 5; ++count) keys.push_back(SealKey::random());
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&keys, thread] {
            for (std::uint64_t number = 0; number < 2'000; ++number) {
                const SealKey& key = keys[(number + thread) % keys.size()];
                const std::string plain = std::to_string(thread) + " " + std::to_string(number);
                std::string sealed;
                seal(key, number * 4 + thread, "context", plain, sealed);
                std::string opened;
                EXPECT_TRUE(open_sealed(key, number * 4 + thread, "context", sealed, opened));
                EXPECT_EQ(opened, plain);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(SealKey, CannotBePrintedOrTurnedIntoText) {
    static_assert(!Printable<SealKey>);
    static_assert(!std::is_convertible_v<SealKey, std::string>);
    static_assert(!std::is_convertible_v<SealKey, std::string_view>);
    static_assert(!std::is_convertible_v<std::string, SealKey>);
}

TEST(SealKey, IsWipedWhenItGoes) {
    alignas(SealKey) std::array<char, sizeof(SealKey)> place{};
    auto* key = new (place.data()) SealKey(SealKey::random());
    const std::string bytes(key->reveal());
    ASSERT_NE(std::string_view(place.data(), place.size()).find(bytes), std::string_view::npos);
    key->~SealKey();
    EXPECT_EQ(std::string_view(place.data(), place.size()).find(bytes), std::string_view::npos);
}

TEST(SealKey, IsReadFromWhatOpensslPrints) {
    const std::string digits = "000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1eFF";
    const auto key = SealKey::from_hex(digits + "\n");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->reveal(), bytes_of_hex(digits));
    EXPECT_EQ(*key, *SealKey::from_bytes(bytes_of_hex(digits)));
    EXPECT_TRUE(SealKey::from_hex(digits + "\r\n"));
    for (const std::string& wrong : {std::string(), digits.substr(1), digits + "0", digits + "\n\n", " " + digits,
                                     "g" + digits.substr(1), std::string(32, 'k')}) {
        EXPECT_FALSE(SealKey::from_hex(wrong)) << wrong;
    }
    EXPECT_FALSE(SealKey::from_bytes("short"));
}

TEST(SealKey, RandomOnesDifferAndSoDoTheirNames) {
    const SealKey one = SealKey::random();
    const SealKey other = SealKey::random();
    EXPECT_FALSE(one == other);
    EXPECT_NE(one.id(), other.id());
    EXPECT_EQ(one.id(), SealKey(one).id());
    EXPECT_EQ(one.id().size(), 16U);
    // The name is no part of the key, nor of its plain hash.
    EXPECT_EQ(hex_of(one.reveal()).find(one.id()), std::string::npos);
    EXPECT_EQ(hex(sha256(one.reveal())).find(one.id()), std::string::npos);
}

TEST(SealKey, DerivesAnotherForEachSaltAndPurpose) {
    const SealKey key = SealKey::random();
    EXPECT_EQ(key.derive("a", "b"), key.derive("a", "b"));
    EXPECT_FALSE(key.derive("a", "b") == key.derive("a", "c"));
    EXPECT_FALSE(key.derive("a", "b") == key.derive("c", "b"));
    EXPECT_FALSE(key.derive("a", "b") == key);
}

}  // namespace
}  // namespace hookline
