#include "status/sessions.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/hash.h"

namespace hookline::status {
namespace {

Secret random_secret() {
    std::array<std::uint8_t, 32> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return {};
    Secret made(hex(random));
    OPENSSL_cleanse(random.data(), random.size());
    return made;
}

}  // namespace

Sessions::Halves Sessions::begin(TimePoint now) {
    forget_the_old(now);
    if (sessions_.size() >= limits_.sessions_max) {
        sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(),
                                         [](const Session& a, const Session& b) { return a.used < b.used; }));
    }
    Halves halves{random_secret(), random_secret()};
    if (halves.cookie.empty() || halves.key.empty()) return {};
    sessions_.push_back({halves, now, now});
    return halves;
}

bool Sessions::admits(std::string_view cookie, std::string_view key, TimePoint now) {
    forget_the_old(now);
    const auto found = find(cookie, key);
    if (found == sessions_.end()) return false;
    found->used = now;
    return true;
}

void Sessions::end(std::string_view cookie, std::string_view key) {
    const auto found = find(cookie, key);
    if (found != sessions_.end()) sessions_.erase(found);
}

std::vector<Sessions::Session>::iterator Sessions::find(std::string_view cookie, std::string_view key) {
    return std::find_if(sessions_.begin(), sessions_.end(), [&](const Session& session) {
        const bool cookie_matches = session.halves.cookie.matches(cookie);
        const bool key_matches = session.halves.key.matches(key);
        return cookie_matches && key_matches;
    });
}

void Sessions::forget_the_old(TimePoint now) {
    sessions_.erase(std::remove_if(sessions_.begin(), sessions_.end(),
                                   [&](const Session& session) {
                                       return now - session.began >= limits_.life_max ||
                                              now - session.used >= limits_.idle_max;
                                   }),
                    sessions_.end());
}

}  // namespace hookline::status
