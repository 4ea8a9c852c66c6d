#pragma once
// Tells the connections of one loop when their sockets can be read or written: an epoll set of their own, which the
// loop's io_context sees as one descriptor. Private to the room; loop thread only.
//
// Asio's own wait asks the kernel anew for each wait. Here a socket stays asked for (epoll's level-triggered way) from
// its first wait on, so that a kept-alive connection waits for its next request without a system call; it is taken out
// only when it has something to say that nobody waits for.

#include <array>
#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

namespace hookline::net {

class Readiness {
 public:
    class Waiter {
     public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        virtual ~Waiter() = default;
        /// What was waited for is there, or the other side is gone; told once for each wait.
        virtual void on_ready() = 0;
    };

    /// A socket in the set. It is `forget` that ends it, before the socket is closed.
    struct Place {
        int socket;
        Waiter* waiter;
        std::uint32_t wanted = 0;  ///< EPOLLIN or EPOLLOUT; 0: nobody waits
        std::uint32_t asked = 0;   ///< of the kernel
    };

    explicit Readiness(boost::asio::io_context& context);
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    /// `events` replaces what was wanted before. False, with errno, when the kernel has no room for one more: then
    /// nothing is waited for.
    [[nodiscard]] bool wait(Place& place, std::uint32_t events);
    void forget(Place& place);

 private:
    using Set = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    void watch();
    void tell();
    void take_out(Place& place);

    Set set_;
    std::array<epoll_event, 256> events_{};  ///< more have their turn after what else the loop has to do
    int told_ = 0;                           ///< of them
    int known_ = 0;
};

}  // namespace hookline::net
