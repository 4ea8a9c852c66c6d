#include "base/hash.h"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace hookline {

Sha256 sha256(std::string_view bytes) {
    Sha256 digest;
    check(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1,
          "OpenSSL has no SHA-256");
    return digest;
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
