#include "rehearse/door.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace hookline::rehearse {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<Address> address_of(const net::Endpoint& at) {
    Address address;
    auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (::inet_pton(AF_INET, at.address.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(at.port);
        address.length = sizeof *four;
        return address;
    }
    if (::inet_pton(AF_INET6, at.address.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(at.port);
        address.length = sizeof *six;
        return address;
    }
    return failed("\"" + at.address + "\" is not an IP address");
}

std::uint16_t bound_port(int descriptor) {
    Address address;
    address.length = sizeof address.storage;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
    const auto* four = reinterpret_cast<const sockaddr_in*>(&address.storage);
    const auto* six = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    return ntohs(address.storage.ss_family == AF_INET ? four->sin_port : six->sin6_port);
}

Result<int> bind_to(const net::Endpoint& at) {
    const auto address = address_of(at);
    if (!address) return tl::unexpected(address.error());
    const int descriptor = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return failed(std::strerror(errno));
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (::bind(descriptor, address->get(), address->length) != 0) {
        const int why = errno;
        ::close(descriptor);
        return failed(std::strerror(why));
    }
    return descriptor;
}

/// Whether somebody listens there already: with SO_REUSEPORT, bind(2) would let two rehearsals of one user share a
/// port.
bool is_taken(const net::Endpoint& at) {
    const auto address = address_of(at);
    if (!address || at.port == 0) return false;
    const int descriptor = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool taken = descriptor >= 0 && ::connect(descriptor, address->get(), address->length) == 0;
    if (descriptor >= 0) ::close(descriptor);
    return taken;
}

}  // namespace

Result<std::unique_ptr<Door>> Door::open(const net::Endpoint& at, Serve serve) {
    const std::string trying = "listen on " + net::to_string(at);
    if (!net::is_loopback(at)) return failed(trying + ": a rehearsal listens on loopback only (127.0.0.1 or ::1)");
    if (is_taken(at)) return failed(trying + ": address already in use; choose another port, or 0 for any");
    const auto holder = bind_to(at);
    if (!holder) return failed(trying, holder.error());
    std::unique_ptr<Door> door(new Door({at.address, bound_port(*holder)}, *holder, std::move(serve)));
    if (!door->listen_again()) return failed(trying + ": " + std::strerror(errno));
    door->accepting_ = std::thread([raw = door.get()] { raw->accept_until_stopped(); });
    return door;
}

Door::Door(net::Endpoint at, int holder, Serve serve) : at_(std::move(at)), holder_(holder), serve_(std::move(serve)) {}

Door::~Door() {
    stop_.ring();
    if (accepting_.joinable()) accepting_.join();
    reap(true);
    if (listening_ >= 0) ::close(listening_);
    ::close(holder_);
}

void Door::refuse(bool refusing) {
    std::unique_lock lock(mutex_);
    refusing_wanted_ = refusing;
    changed_.ring();
    settled_.wait(lock, [&] { return refusing_ == refusing_wanted_; });
}

void Door::break_connections() {
    const std::lock_guard lock(mutex_);
    for (const Connection& connection : connections_) {
        if (connection.descriptor < 0) continue;
        // Its own thread closes the descriptor; with this linger that becomes a reset.
        const linger at_once{1, 0};
        ::setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::shutdown(connection.descriptor, SHUT_RDWR);
    }
}

std::size_t Door::connections() const {
    const std::lock_guard lock(mutex_);
    std::size_t open = 0;
    for (const Connection& connection : connections_) open += connection.ended ? 0 : 1;
    return open;
}

bool Door::listen_again() {
    const auto descriptor = bind_to(at_);
    if (!descriptor) return false;
    if (::listen(*descriptor, 512) != 0) {
        ::close(*descriptor);
        return false;
    }
    listening_ = *descriptor;
    return true;
}

void Door::accept_until_stopped() {
    while (!stop_.rung()) {
        {
            const std::lock_guard lock(mutex_);
            if (refusing_wanted_ != refusing_) {
                if (refusing_wanted_) ::close(std::exchange(listening_, -1));
                check(refusing_wanted_ || listen_again(), "a port that was ours was taken away");
                refusing_ = refusing_wanted_;
                settled_.notify_all();
            }
            changed_.quiet();
        }
        std::array<pollfd, 3> look{pollfd{listening_, POLLIN, 0}, pollfd{stop_.descriptor(), POLLIN, 0},
                                   pollfd{changed_.descriptor(), POLLIN, 0}};
        if (::poll(look.data(), look.size(), 1'000) < 0) continue;
        reap(false);
        if (look[0].revents == 0) continue;
        const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor >= 0) start(descriptor);
    }
}

void Door::start(int descriptor) {
    if (connections() >= connections_max) {
        ::close(descriptor);
        return;
    }
    const std::uint64_t number = ++connections_so_far_;
    const std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.descriptor = descriptor;
    connection.thread = std::thread([this, &connection, descriptor, number] {
        {
            Socket socket(descriptor, stop_);
            serve_(socket, number);
            const std::lock_guard lock_again(mutex_);
            connection.descriptor = -1;
        }
        const std::lock_guard lock_again(mutex_);
        connection.ended = true;
    });
}

void Door::reap(bool all) {
    std::list<Connection> ended;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = connections_.begin(); at != connections_.end();) {
            const auto next = std::next(at);
            if (all || at->ended) ended.splice(ended.end(), connections_, at);
            at = next;
        }
    }
    for (Connection& connection : ended) connection.thread.join();
}

}  // namespace hookline::rehearse
