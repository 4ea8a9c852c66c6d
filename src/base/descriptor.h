#pragma once
// A descriptor that closes itself, and what files and directories are written with, one system call at a time.

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/file.h"
#include "base/result.h"

namespace hookline {

/// The sentence of the call that has just failed.
inline tl::unexpected<Error> failed_with_errno(std::string_view trying, const Path& path) {
    const int code = errno;
    return failed(std::string(trying) + " " + path.string() + ": " + std::strerror(code));
}

/// Closes what it holds.
class Descriptor {
 public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const { return number_; }

 private:
    int number_;
};

inline Result<void> write_all(const Descriptor& file, std::string_view content, const Path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(file.number(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed_with_errno("write", path);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace hookline
