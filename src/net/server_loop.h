#pragma once
// One thread of the HTTP server: its io_context, its connections, its handler and its sweep. Private to the room.
//
// There is one timer for all deadlines: a sweep over the connections that have a request under way (every 50 ms while
// there are any), and over the front of those that are idle, which stand in the order in which they fell idle. No
// operation has a timer of its own. What the connections wait for is in readiness.h.

#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log_pause.h"
#include "net/byte_budget.h"
#include "net/http_server.h"
#include "net/readiness.h"

namespace hookline::net {

class Connection;

/// What the loops of one server share. Set before they start, but for what is atomic.
struct ServerShared {
    explicit ServerShared(HttpServerOptions chosen, Metrics& metrics);

    const HttpServerOptions options;
    ByteBudget bodies;
    std::atomic<std::size_t> connections{0};
    std::atomic<bool> draining{false};
    std::mutex mutex;  // with `gone`: tells drain() that a connection went
    std::condition_variable gone;

    Gauge connections_now;
    Counter connections_taken;
    Counter connections_refused;
    Counter requests;
    Counter handshakes_failed;
    Counter timed_out;
    Counter refused;
    LogPause proxies_without_header;
    LogPause sockets_not_watched;
};

/// The loop's letter box. Outlives its loop for as long as a Responder holds it; then it drops what comes.
class LoopMailbox final : public Mailbox, public std::enable_shared_from_this<LoopMailbox> {
 public:
    explicit LoopMailbox(boost::asio::io_context& context) : context_(&context) {}
    using Mailbox::post;
    void post(std::vector<Task> tasks) override;
    void close();

 private:
    void run();

    std::mutex mutex_;  // guards what follows
    boost::asio::io_context* context_;
    std::vector<Task> tasks_;
};

class ServerLoop {
 public:
    using Connections = std::list<std::shared_ptr<Connection>>;

    ServerLoop(ServerShared& shared, unsigned number);
    ~ServerLoop();
    ServerLoop(const ServerLoop&) = delete;
    ServerLoop& operator=(const ServerLoop&) = delete;

    void start(std::unique_ptr<HttpHandler> handler);
    /// Any thread: ends the thread and closes what is open. Once.
    void stop();
    /// Any thread: takes over an accepted socket.
    void adopt(int socket, std::string address, TimePoint accepted);
    /// Any thread.
    void post(Task task) { mailbox_->post(std::move(task)); }

    // From here on: loop thread only.
    ServerShared& shared() { return shared_; }
    HttpHandler& handler() { return *handler_; }
    boost::asio::io_context& context() { return context_; }
    Readiness& readiness() { return readiness_; }
    const std::shared_ptr<LoopMailbox>& mailbox() { return mailbox_; }
    std::array<char, 64 * 1024>& scratch() { return scratch_; }

    /// A connection stands in one of two lists for as long as it is open.
    void set_idle(Connection& connection, bool idle);
    void remove(Connection& connection);
    void begin_drain();

    /// The connection whose `run` is on the stack: it uses the scratch, so no other may run inside it.
    Connection* running = nullptr;

 private:
    void sweep();
    void end_slow_bodies(TimePoint now);
    void arm(std::chrono::milliseconds wait);
    bool make_room();
    bool end_oldest_debtor(TimePoint now);

    ServerShared& shared_;
    std::string thread_name_;
    boost::asio::io_context context_{1};
    Readiness readiness_{context_};
    std::shared_ptr<LoopMailbox> mailbox_;
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        timer_{context_};
    bool sweeping_fast_ = false;
    Connections busy_;
    Connections idle_;
    std::unique_ptr<HttpHandler> handler_;
    std::array<char, 64 * 1024> scratch_{};
    std::thread thread_;
};

}  // namespace hookline::net
