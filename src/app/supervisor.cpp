#include "app/supervisor.h"

#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_server.h"

namespace hookline::app {
namespace {

void tell(const std::string& state) {
    if (const int told = ::sd_notify(0, state.c_str()); told < 0) {
        log_debug("the supervisor could not be told", {{"reason", std::strerror(-told)}});
    }
}

/// The protocol has one assignment a line.
std::string status_line(std::string_view status) {
    std::string line = "STATUS=";
    for (const char c : status) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return line;
}

}  // namespace

Result<PassedSockets> take_passed_sockets() {
    constexpr int unset_environment = 1;  // nothing that this process starts may take them for its own
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(unset_environment, &names);
    if (count < 0) return failed(std::string("take over passed sockets: ") + std::strerror(-count));
    PassedSockets sockets;
    Result<void> taken;
    for (int number = 0; number < count; ++number) {
        const int socket = SD_LISTEN_FDS_START + number;
        const std::string name = names[number];
        std::free(names[number]);
        if (!taken) continue;
        if (name == "receive") {
            sockets.receive.push_back(socket);
        } else if (name == "admin" && sockets.admin.empty()) {
            sockets.admin.push_back(socket);
        } else {
            taken = failed("take over a passed socket: it is called \"" + name +
                           "\"; expected FileDescriptorName=receive, or admin for one");
            continue;
        }
        if (auto endpoint = net::endpoint_of_listening(socket); !endpoint) {
            taken = failed("take over the passed socket " + name, endpoint.error());
        }
    }
    std::free(names);
    if (!taken) return tl::unexpected(taken.error());
    return sockets;
}

std::vector<std::pair<std::string, std::string>> listens_of(const PassedSockets& sockets) {
    std::vector<std::pair<std::string, std::string>> said;
    const auto add = [&said](const char* key, const std::vector<int>& all) {
        for (const int socket : all) {
            if (const auto endpoint = net::endpoint_of_listening(socket)) said.emplace_back(key, to_string(*endpoint));
        }
    };
    add("receive.listen", sockets.receive);
    add("admin.listen", sockets.admin);
    return said;
}

Supervisor::Supervisor() {
    std::uint64_t microseconds = 0;
    constexpr int keep_environment = 0;
    if (::sd_watchdog_enabled(keep_environment, &microseconds) > 0) {
        watchdog_ = std::chrono::microseconds(microseconds);
    }
}

void Supervisor::starting(std::string_view status) const { tell(status_line(status)); }

void Supervisor::ready(std::string_view status) const { tell("READY=1\n" + status_line(status)); }

void Supervisor::reloading() const {
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(SystemClock().now().time_since_epoch());
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) + "\n" +
         status_line("reading the configuration again"));
}

void Supervisor::stopping() const {
    tell("STOPPING=1\n" + status_line("stopping: bulks in flight and deliveries begun may end"));
}

void Supervisor::say(std::string_view status) {
    if (said_ == status) return;
    said_ = status;
    tell(status_line(status));
}

void Supervisor::alive() const { tell("WATCHDOG=1"); }

}  // namespace hookline::app
