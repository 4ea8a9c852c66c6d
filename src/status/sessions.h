#pragma once
// Who has signed in at the status page. Private to the room; belongs to the admin server's loop.
//
// A session has two halves. The cookie is HttpOnly, so that no script reads it; but browsers send it to every port of
// a host, another user's server among them. The key is kept by the page, whose storage belongs to one port. One half
// alone opens nothing.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace hookline::status {

struct SessionLimits {
    std::size_t sessions_max = 16;  ///< more: the one that was used the longest ago ends
    std::chrono::minutes life_max{12 * 60};
    std::chrono::minutes idle_max{2 * 60};
};

class Sessions {
 public:
    explicit Sessions(SessionLimits limits = {}) : limits_(limits) {}

    struct Halves {
        Secret cookie;
        Secret key;
    };
    /// Empty halves: there is no randomness.
    Halves begin(TimePoint now);
    /// Whether both halves are of one living session, which counts as used then.
    bool admits(std::string_view cookie, std::string_view key, TimePoint now);
    void end(std::string_view cookie, std::string_view key);
    void end_all() { sessions_.clear(); }
    [[nodiscard]] std::size_t count() const { return sessions_.size(); }

 private:
    struct Session {
        Halves halves;
        TimePoint began;
        TimePoint used;
    };
    std::vector<Session>::iterator find(std::string_view cookie, std::string_view key);
    void forget_the_old(TimePoint now);

    SessionLimits limits_;
    std::vector<Session> sessions_;
};

}  // namespace hookline::status
