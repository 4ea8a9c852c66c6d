#include "base/secret.h"

#include <openssl/crypto.h>

#include "base/hash.h"

namespace hookline {

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        value_ = other.value_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_ = std::move(other.value_);
        other.wipe();
    }
    return *this;
}

bool Secret::matches(std::string_view other) const {
    // Digests have one length, so the comparison cannot tell how long the secret is.
    const Sha256 mine = sha256(value_);
    const Sha256 theirs = sha256(other);
    return CRYPTO_memcmp(mine.data(), theirs.data(), mine.size()) == 0;
}

std::string Secret::fingerprint() const { return hex(sha256(value_)).substr(0, 8); }

void Secret::wipe() noexcept {
    // Up to the capacity: a short string that moved may have left its bytes behind.
    value_.resize(value_.capacity());
    OPENSSL_cleanse(value_.data(), value_.size());
    value_.clear();
}

}  // namespace hookline
