#pragma once
// A listening address and a thread for each connection that comes through it. The number of connections is small in a
// rehearsal, and a thread of its own lets each of them be told as one story from top to bottom, stalls included.
//
// Every method may be called from any thread.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "net/network.h"
#include "rehearse/socket.h"

namespace hookline::rehearse {

class Door {
 public:
    static constexpr std::size_t connections_max = 2'000;  ///< more: the newest is closed

    /// Called on the connection's own thread.
    using Serve = std::function<void(Socket& socket, std::uint64_t connection)>;

    /// Binds and starts to accept. Loopback only; port 0: the kernel chooses.
    static Result<std::unique_ptr<Door>> open(const net::Endpoint& at, Serve serve);
    /// Ends every connection and waits for their threads.
    ~Door();
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    [[nodiscard]] const net::Endpoint& endpoint() const { return at_; }
    /// While it refuses, connection attempts meet a closed port; the port stays ours. Returns when it is so.
    void refuse(bool refusing);
    /// Breaks off every connection that is open now.
    void break_connections();
    [[nodiscard]] std::size_t connections() const;

 private:
    struct Connection {
        std::thread thread;
        int descriptor = -1;  ///< -1 once it is closed
        bool ended = false;
    };

    Door(net::Endpoint at, int holder, Serve serve);
    void accept_until_stopped();
    void start(int descriptor);
    void reap(bool all);
    bool listen_again();

    net::Endpoint at_;
    int holder_;  ///< bound, never listening: keeps the port while the listening socket is away
    int listening_ = -1;
    Serve serve_;
    Wake stop_;
    Wake changed_;
    std::uint64_t connections_so_far_ = 0;  ///< accepting thread only

    mutable std::mutex mutex_;
    std::condition_variable settled_;
    bool refusing_wanted_ = false;
    bool refusing_ = false;
    std::list<Connection> connections_;
    std::thread accepting_;
};

}  // namespace hookline::rehearse
