#pragma once
// What started this process and looks after it: systemd (or who speaks its protocol), or nobody; then all of this does
// nothing. It is told how things are (sd_notify), and may pass listening sockets that it keeps open across restarts.
//
// Main thread only.

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hookline::app {

/// Listening sockets that were open before this process was. Who gets them closes them.
struct PassedSockets {
    std::vector<int> receive;
    std::vector<int> admin;  ///< one at most
};

/// Takes over what was passed under the names `receive` and `admin` (systemd: FileDescriptorName=). Errors: another
/// name; no listening TCP socket. Once, before the first thread starts.
Result<PassedSockets> take_passed_sockets();

/// Where they listen, as keys and texts of the configuration: whatever else was said, this is true.
std::vector<std::pair<std::string, std::string>> listens_of(const PassedSockets& sockets);

class Supervisor {
 public:
    Supervisor();

    void starting(std::string_view status) const;
    /// Deliveries are taken; also after a reload, be it taken up or refused.
    void ready(std::string_view status) const;
    void reloading() const;
    void stopping() const;
    /// One line for people, beside the state.
    void say(std::string_view status);

    /// Without `alive` for this long the process is killed and started again. Zero: nobody watches.
    [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }
    void alive() const;

 private:
    std::chrono::microseconds watchdog_{0};
    std::string said_;
};

}  // namespace hookline::app
