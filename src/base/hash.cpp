#include "base/hash.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"

namespace hookline {
namespace {

/// One thread's. OpenSSL 3 looks an algorithm up by its name, behind locks, each time it is not held on to: that takes
/// longer than hashing a token, and a delivery is hashed six times or more.
class Sha256Maker {
 public:
    Sha256Maker() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {}

    Sha256 make(std::string_view bytes) {
        static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        Sha256 digest;
        check(context_ && algorithm != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1 &&
                  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
                  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1,
              "OpenSSL has no SHA-256");
        return digest;
    }

 private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
    thread_local Sha256Maker maker;
    return maker.make(bytes);
}

std::string hex(std::span<const std::uint8_t> bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

Hash128 hash128(std::string_view bytes) {
    const Sha256 digest = sha256(bytes);
    Hash128 half;
    std::copy_n(digest.begin(), half.bytes.size(), half.bytes.begin());
    return half;
}

}  // namespace hookline
