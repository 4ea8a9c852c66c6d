#include "net/server_loop.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <pthread.h>
#include <unistd.h>

#include "net/connection.h"

namespace hookline::net {
namespace {

constexpr std::chrono::milliseconds sweep_busy{50};
constexpr std::chrono::milliseconds sweep_idle{1'000};
/// A connection that fell idle just now is about to be used again; closing it would cost its owner a new handshake.
constexpr std::chrono::milliseconds idle_time_min{1'000};
/// Okta's own deliveries are whole a moment after they begin; who takes longer may go when there is no room for others.
constexpr std::chrono::milliseconds owed_time_min{1'000};
constexpr std::size_t debtors_looked_at_max = 64;  // a flood must not make each new connection dear
constexpr std::size_t thread_name_bytes_max = 15;

Labels of_server(const std::string& name) { return {{"server", name}}; }

}  // namespace

ServerShared::ServerShared(HttpServerOptions chosen, Metrics& metrics)
    : options(std::move(chosen)),
      bodies(options.limits.bodies_bytes_max),
      connections_now(metrics.gauge("hookline_http_open_connections", "open connections", of_server(options.name))),
      connections_taken(
          metrics.counter("hookline_http_connections_total", "accepted connections", of_server(options.name))),
      connections_refused(metrics.counter("hookline_http_connections_refused_total",
                                          "connections closed because there were too many", of_server(options.name))),
      requests(metrics.counter("hookline_http_requests_total", "requests whose head was read and well-formed",
                               of_server(options.name))),
      handshakes_failed(metrics.counter("hookline_tls_handshakes_failed_total", "TLS handshakes that failed",
                                        of_server(options.name))),
      timed_out(metrics.counter("hookline_http_timeouts_total",
                                "connections closed because a request or handshake did not arrive in time",
                                of_server(options.name))),
      refused(metrics.counter("hookline_http_refused_total", "requests that were not well-formed or over a limit",
                              of_server(options.name))) {}

void LoopMailbox::post(std::vector<Task> tasks) {
    const std::lock_guard lock(mutex_);
    if (context_ == nullptr) return;
    const bool asleep = tasks_.empty();
    if (asleep) {
        tasks_ = std::move(tasks);
        boost::asio::post(*context_, [self = shared_from_this()] { self->run(); });
    } else {
        for (Task& task : tasks) tasks_.push_back(std::move(task));
    }
}

void LoopMailbox::run() {
    std::vector<Task> tasks;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
    }
    for (Task& task : tasks) {
        task();
        task = nullptr;
    }
}

void LoopMailbox::close() {
    std::vector<Task> dropped;  // destroyed outside the lock: a task may hold a Responder, and that this mailbox
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
    dropped.swap(tasks_);
}

ServerLoop::ServerLoop(ServerShared& shared, unsigned number)
    : shared_(shared),
      thread_name_((shared.options.name + "-" + std::to_string(number)).substr(0, thread_name_bytes_max)),
      mailbox_(std::make_shared<LoopMailbox>(context_)) {}

ServerLoop::~ServerLoop() { stop(); }

void ServerLoop::start(std::unique_ptr<HttpHandler> handler) {
    handler_ = std::move(handler);
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), thread_name_.c_str());
        const auto work = boost::asio::make_work_guard(context_);
        context_.run();
    });
}

void ServerLoop::stop() {
    if (!thread_.joinable()) return;
    context_.stop();
    thread_.join();
    mailbox_->close();
    for (Connections* list : {&busy_, &idle_}) {
        while (!list->empty()) {
            const auto connection = list->front();
            connection->close();
        }
    }
    handler_.reset();
}

void ServerLoop::adopt(int socket, std::string address, TimePoint accepted) {
    post([this, socket, address = std::move(address), accepted] {
        const bool too_many = shared_.connections.load() > shared_.options.limits.connections_max;
        if (too_many && !make_room()) {
            shared_.connections_refused.add();
            ::close(socket);
            shared_.connections.fetch_sub(1);
            return;
        }
        shared_.connections_taken.add();
        shared_.connections_now.set(static_cast<double>(shared_.connections.load()));
        const auto connection = std::make_shared<Connection>(*this, socket, address, accepted);
        busy_.push_back(connection);
        connection->place = std::prev(busy_.end());
        if (!sweeping_fast_) arm(sweep_busy);
        connection->start();
        if (shared_.draining) connection->begin_drain();
    });
}

bool ServerLoop::make_room() {
    const TimePoint now = std::chrono::steady_clock::now();
    if (!idle_.empty()) {
        const auto oldest = idle_.front();
        const TimePoint idle_since = oldest->deadline() - shared_.options.limits.idle_time_max;
        if (now - idle_since >= idle_time_min) {
            oldest->close();
            return true;
        }
    }
    return end_oldest_debtor(now);
}

/// Half requests on all connections would keep everybody else out for as long as a head or a body may take. So whoever
/// has owed its part for a while goes, the oldest first: an honest sender's part takes less.
bool ServerLoop::end_oldest_debtor(TimePoint now) {
    std::size_t looked_at = 0;
    for (const auto& connection : busy_) {
        if (++looked_at > debtors_looked_at_max) return false;
        if (connection->owed_since() > now - owed_time_min) continue;
        const auto kept = connection;
        kept->end_late();
        return true;
    }
    return false;
}

void ServerLoop::set_idle(Connection& connection, bool idle) {
    if (connection.idle == idle) return;
    connection.idle = idle;
    Connections& from = idle ? busy_ : idle_;
    Connections& into = idle ? idle_ : busy_;
    into.splice(into.end(), from, connection.place);
    if (!idle && !sweeping_fast_) arm(sweep_busy);
}

void ServerLoop::remove(Connection& connection) {
    (connection.idle ? idle_ : busy_).erase(connection.place);
    shared_.connections_now.set(static_cast<double>(shared_.connections.fetch_sub(1) - 1));
    const std::lock_guard lock(shared_.mutex);
    shared_.gone.notify_all();
}

void ServerLoop::begin_drain() {
    // Copied: each of them may close, or go from one list to the other.
    std::vector<std::shared_ptr<Connection>> all(idle_.begin(), idle_.end());
    all.insert(all.end(), busy_.begin(), busy_.end());
    for (const auto& connection : all) connection->begin_drain();
}

void ServerLoop::arm(std::chrono::milliseconds wait) {
    sweeping_fast_ = wait == sweep_busy;
    timer_.expires_after(wait);
    timer_.async_wait([this](const boost::system::error_code& problem) {
        if (!problem) sweep();
    });
}

void ServerLoop::sweep() {
    const TimePoint now = std::chrono::steady_clock::now();
    // By then each of them may be closed, and with it any other that a handler has answered meanwhile.
    const std::vector<std::shared_ptr<Connection>> busy(busy_.begin(), busy_.end());
    for (const auto& connection : busy) connection->sweep(now);
    if (shared_.bodies.crowded()) end_slow_bodies(now);
    // The newest first: whoever has waited the longest is the least likely to be still waited for.
    for (auto connection = busy.rbegin(); connection != busy.rend(); ++connection) (*connection)->feed(now);
    while (!idle_.empty() && idle_.front()->deadline() <= now) {
        const auto connection = idle_.front();
        connection->sweep(now);
    }
    if (!busy_.empty()) {
        arm(sweep_busy);
    } else if (!idle_.empty()) {
        arm(sweep_idle);
    } else {
        sweeping_fast_ = false;
    }
}

/// Half-sent bodies that fill the memory for all would keep whole ones out. The oldest go first, some at a time: those
/// who wait have their turn in the next sweep.
void ServerLoop::end_slow_bodies(TimePoint now) {
    std::vector<std::pair<TimePoint, std::shared_ptr<Connection>>> slow;
    for (const auto& connection : busy_) {
        const TimePoint since = connection->owed_since();
        if (connection->held_bytes() > 0 && since <= now - owed_time_min) slow.emplace_back(since, connection);
    }
    std::sort(slow.begin(), slow.end());
    std::size_t given_back = 0;
    for (const auto& [since, connection] : slow) {
        if (given_back >= shared_.bodies.to_give_back()) return;
        given_back += connection->held_bytes();
        connection->give_room();
    }
}

}  // namespace hookline::net
