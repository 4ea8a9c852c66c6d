#pragma once
// Guards what only a bug could break, in every build. Input is never checked this way.

namespace hookline {

/// Ends the process (abort, after one line on stderr) when `condition` does not hold.
[[noreturn]] void check_failed(const char* why) noexcept;
inline void check(bool condition, const char* why) noexcept {
    if (!condition) [[unlikely]] {
        check_failed(why);
    }
}

}  // namespace hookline
