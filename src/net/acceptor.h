#pragma once
// The listening sockets: they live on the first loop and hand accepted connections out to all, one after the other.
// Private to the room.
//
// One acceptor for all loops rather than one each with SO_REUSEPORT: the few connections that Okta keeps are spread
// evenly, and a second relay on the same address is told that it is in use.

#include <memory>
#include <vector>

#include "net/server_loop.h"

namespace hookline::net {

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
    using Loops = std::vector<std::unique_ptr<ServerLoop>>;

    /// Binds and listens; accepts from `begin` on.
    static Result<std::shared_ptr<Acceptor>> open(const Endpoint& endpoint, Loops& loops, ServerShared& shared);
    /// The same with a socket that listens already. Others may hold it too: who connects after `finish` waits for them.
    static Result<std::shared_ptr<Acceptor>> take_over(int socket, Loops& loops, ServerShared& shared);
    Acceptor(int socket, Endpoint bound, Loops& loops, ServerShared& shared);

    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    // Loop thread of the first loop, or before it runs and after it has ended.
    void begin();
    /// Accepts who waits already, then closes: a connection that the kernel has taken would be reset otherwise.
    void finish();
    void close();

 private:
    void wait();
    void accept_all();
    bool accept_waiting(unsigned count_max);
    void pause();

    Endpoint endpoint_;
    Loops& loops_;
    ServerShared& shared_;
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> listener_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        pause_;
    LogPause log_pause_;
    std::size_t next_loop_ = 0;
    bool closed_ = false;
};

}  // namespace hookline::net
