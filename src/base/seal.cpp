#include "base/seal.h"

#include <atomic>
#include <limits>
#include <memory>
#include <span>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"

namespace hookline {
namespace {

constexpr std::size_t nonce_bytes = 12;
/// OpenSSL counts in `int`.
constexpr std::size_t sealed_bytes_max = std::numeric_limits<int>::max() / 2;

std::atomic<std::uint64_t> next_key_number = 1;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text, std::size_t at) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}

std::array<unsigned char, nonce_bytes> nonce_of(std::uint64_t number) {
    std::array<unsigned char, nonce_bytes> nonce{};
    for (std::size_t at = nonce.size(); number != 0; number >>= 8) nonce.at(--at) = static_cast<unsigned char>(number);
    return nonce;
}

void fill_randomly(char* bytes, std::size_t count) {
    check(RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(count)) == 1,
          "the system gives no random bytes");
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

OSSL_PARAM parameter(const char* name, std::string_view value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());  // it only reads
}

}  // namespace

/// The cipher as one thread last used it, for one direction: setting up a key costs more than sealing a small event.
class Cipher {
 public:
    explicit Cipher(bool sealing) : sealing_(sealing), context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
        static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
        check(context_ && cipher != nullptr && begin(cipher, nullptr, nullptr), "OpenSSL has no AES-256-GCM");
    }

    void start(const SealKey& key, std::uint64_t number, std::string_view context) {
        const auto nonce = nonce_of(number);
        const bool same = key_number_ == key.number_;
        check(begin(nullptr, same ? nullptr : bytes_of(key.reveal()), nonce.data()), "AES-256-GCM cannot begin");
        key_number_ = key.number_;
        int length = 0;
        check(context.empty() || EVP_CipherUpdate(context_.get(), nullptr, &length, bytes_of(context),
                                                  static_cast<int>(context.size())) == 1,
              "AES-256-GCM takes no context");
    }
    void update(std::string_view input, unsigned char* output) {
        int length = 0;
        check(input.empty() || EVP_CipherUpdate(context_.get(), output, &length, bytes_of(input),
                                                static_cast<int>(input.size())) == 1,
              "AES-256-GCM cannot go on");
    }
    bool finish() {
        std::array<unsigned char, 16> none{};
        int length = 0;
        return EVP_CipherFinal_ex(context_.get(), none.data(), &length) == 1;
    }
    void take_tag(unsigned char* tag) {
        check(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, seal_tag_bytes, tag) == 1, "no tag");
    }
    void expect_tag(std::string_view tag) {
        check(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, seal_tag_bytes,
                                  const_cast<char*>(tag.data())) == 1,  // it only reads
              "no tag is taken");
    }

 private:
    bool begin(const EVP_CIPHER* cipher, const unsigned char* key, const unsigned char* nonce) {
        return EVP_CipherInit_ex(context_.get(), cipher, nullptr, key, nonce, sealing_ ? 1 : 0) == 1;
    }
    const bool sealing_;
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
    std::uint64_t key_number_ = 0;
};

SealKey::SealKey() : number_(next_key_number++) {}

SealKey::~SealKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

SealKey SealKey::random() {
    SealKey key;
    fill_randomly(key.bytes_.data(), key.bytes_.size());
    return key;
}

std::optional<SealKey> SealKey::from_bytes(std::string_view bytes) {
    if (bytes.size() != size) return {};
    SealKey key;
    bytes.copy(key.bytes_.data(), bytes.size());
    return key;
}

std::optional<SealKey> SealKey::from_hex(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() != 2 * size) return {};
    SealKey key;
    for (std::size_t at = 0; at < size; ++at) {
        const int high = hex_value(text[2 * at]);
        const int low = hex_value(text[2 * at + 1]);
        if (high < 0 || low < 0) return {};
        key.bytes_.at(at) = static_cast<char>(high * 16 + low);
    }
    return key;
}

SealKey SealKey::derive(std::string_view salt, std::string_view purpose) const {
    static EVP_KDF* const hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    check(hkdf != nullptr, "OpenSSL has no HKDF");
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(hkdf), &EVP_KDF_CTX_free);
    const std::array<OSSL_PARAM, 5> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        parameter(OSSL_KDF_PARAM_KEY, reveal()), parameter(OSSL_KDF_PARAM_SALT, salt),
        parameter(OSSL_KDF_PARAM_INFO, purpose), OSSL_PARAM_construct_end()};
    SealKey key;
    check(context && EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(key.bytes_.data()), size,
                                    parameters.data()) == 1,
          "HKDF gives no key");
    return key;
}

std::string SealKey::id() const {
    const SealKey named = derive("hookline", "the name of a key");
    return hex(std::span(bytes_of(named.reveal()), 8));
}

bool operator==(const SealKey& left, const SealKey& right) {
    return CRYPTO_memcmp(left.bytes_.data(), right.bytes_.data(), SealKey::size) == 0;
}

void seal(const SealKey& key, std::uint64_t number, std::string_view context, std::string_view plain,
          std::string& out) {
    check(plain.size() <= sealed_bytes_max, "more is sealed at once than OpenSSL can count");
    thread_local Cipher cipher(true);
    const std::size_t start = out.size();
    out.resize(start + plain.size() + seal_tag_bytes);
    cipher.start(key, number, context);
    cipher.update(plain, bytes_of(out, start));
    check(cipher.finish(), "AES-256-GCM cannot end");
    cipher.take_tag(bytes_of(out, start + plain.size()));
}

bool open_sealed(const SealKey& key, std::uint64_t number, std::string_view context, std::string_view sealed,
                 std::string& out) {
    if (sealed.size() < seal_tag_bytes || sealed.size() > sealed_bytes_max) return false;
    thread_local Cipher cipher(false);
    const std::size_t start = out.size();
    const std::string_view tag = sealed.substr(sealed.size() - seal_tag_bytes);
    sealed.remove_suffix(seal_tag_bytes);
    out.resize(start + sealed.size());
    cipher.start(key, number, context);
    cipher.update(sealed, bytes_of(out, start));
    cipher.expect_tag(tag);
    if (cipher.finish()) return true;
    // Nobody may see what did not authenticate.
    OPENSSL_cleanse(bytes_of(out, start), sealed.size());
    out.resize(start);
    return false;
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    fill_randomly(bytes.data(), count);
    return bytes;
}

void wipe(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace hookline
