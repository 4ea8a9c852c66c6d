#pragma once
// A secret: a Logz.io token, an Okta authorization value, an admin token.
//
// It cannot be printed, formatted or logged by accident: there is no operator<<, no formatter and no
// conversion to a string. It is compared in constant time and wiped when it goes. A value; copies are independent.

#include <ostream>
#include <string>
#include <string_view>

namespace hookline {

class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }

    /// The secret itself. Few callers, easy to search for: what goes on the wire or on the disk.
    [[nodiscard]] std::string_view reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

    /// Byte for byte, in a time that depends only on the length of `other`.
    [[nodiscard]] bool matches(std::string_view other) const;

    /// The first 8 hex digits of the SHA-256 of the value: how a secret is named to people.
    [[nodiscard]] std::string fingerprint() const;

    friend bool operator==(const Secret& left, const Secret& right) { return left.matches(right.value_); }
    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
    void wipe() noexcept;
    std::string value_;
};

}  // namespace hookline
