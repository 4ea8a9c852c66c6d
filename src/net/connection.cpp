#include "net/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "net/forwarded.h"
#include "net/proxy_protocol.h"
#include "net/response_text.h"

namespace hookline::net {
namespace {

constexpr unsigned turns_max = 64;  // of one connection, before the others of its loop have theirs
constexpr std::size_t drained_bytes_max = 64 * 1024;
constexpr std::chrono::milliseconds drained_time_max{1'000};
constexpr std::size_t uncounted_bytes = 4 * 1024;  // what every connection may hold, and read on, without asking
constexpr std::size_t head_read_bytes = 16 * 1024;
constexpr std::size_t tight_read_bytes = 4 * 1024;
/// A first request that comes later than this after the accept was not what the connection was opened for.
constexpr std::chrono::milliseconds opened_in_advance{2'000};

TimePoint now() { return std::chrono::steady_clock::now(); }

/// What the server puts behind a Responder: the connection, and which of its requests is meant.
class Exchange final : public Responder::Target {
 public:
    Exchange(std::shared_ptr<Connection> connection, std::uint64_t number)
        : connection_(std::move(connection)), number_(number) {}
    void respond(HttpResponse response) override {
        if (answered_) return;
        answered_ = true;
        connection_->answer(number_, response);
    }
    [[nodiscard]] bool answered() const override { return answered_; }
    [[nodiscard]] Mailbox& mailbox() override { return *connection_->mailbox(); }
    void at_deadline(TimePoint when, Task late) override {
        if (!answered_) connection_->call_at(number_, when, std::move(late));
    }

 private:
    const std::shared_ptr<Connection> connection_;
    const std::uint64_t number_;
    bool answered_ = false;
};

}  // namespace

Connection::Connection(ServerLoop& loop, int socket, std::string address, TimePoint accepted)
    : loop_(loop),
      mailbox_(loop.mailbox()),
      socket_(std::in_place, socket),
      readiness_{socket, this},
      channel_(std::in_place, socket),
      address_(std::move(address)),
      accepted_(accepted),
      read_at_(accepted),
      begun_(accepted) {}

Connection::~Connection() = default;

// ---- The life of a connection ----

void Connection::start() {
    const auto& options = loop_.shared().options;
    const TimePoint head_due = accepted_ + options.limits.head_time_max;
    if (options.proxy_protocol && options.trusted.contains(address_)) {
        enter(Stage::proxy_header, head_due);
    } else {
        begin_conversation();
    }
    run();
}

void Connection::begin_conversation() {
    const auto& options = loop_.shared().options;
    if (!options.tls) return enter_between();
    if (!channel_->start_tls(*options.tls->context())) return close();
    enter(Stage::handshake, accepted_ + options.limits.head_time_max);
}

/// Goes on for as long as something can be done without waiting. Only one connection of a loop runs at a time: when a
/// handler answers another connection's request, that one has its turn afterwards.
void Connection::run() {
    if (loop_.running != nullptr) {
        if (loop_.running != this) loop_.post([self = shared_from_this()] { self->run(); });
        return;
    }
    const auto self = shared_from_this();
    loop_.running = this;
    unsigned turns = 0;
    while (advance()) {
        if (++turns == turns_max) {
            loop_.post([self] { self->run(); });
            break;
        }
    }
    loop_.running = nullptr;
    input_.keep();
    count_held();
}

/// One move; false when there is nothing to do until the descriptor, the handler or the sweep says so.
bool Connection::advance() {
    switch (stage_) {
        case Stage::proxy_header:
            return read_proxy_header();
        case Stage::handshake:
            return shake_hands();
        case Stage::between:
        case Stage::head:
            return input_.empty() ? receive() : read_request();
        case Stage::body:
            return read_request();
        case Stage::writing:
            return write();
        case Stage::lingering:
            return linger();
        case Stage::handling:
        case Stage::closed:
            return false;
    }
    return false;
}

void Connection::sweep(TimePoint when) {
    if (late_at_ <= when && stage_ == Stage::handling) {
        late_at_ = never;
        const Task late = std::move(late_);
        late_ = nullptr;
        late();
    } else if (deadline_ <= when) {
        end_late();
    }
}

void Connection::feed(TimePoint when) {
    if (!starved()) return;
    begun_ += when - starved_since_;
    starved_since_ = never;
    run();
}

TimePoint Connection::owed_since() const {
    const bool ours = stage_ == Stage::between || stage_ == Stage::handling || stage_ == Stage::closed || starved();
    return ours ? never : begun_;
}

void Connection::give_room() {
    if (stage_ != Stage::head && stage_ != Stage::body) return close();
    refuse(503, "more requests are half sent than fit in memory, and this one was slow; send it once more");
    run();
}

void Connection::end_late() {
    const bool reading = stage_ == Stage::head || stage_ == Stage::body;
    if (reading || stage_ == Stage::handshake) loop_.shared().timed_out.add();
    if (reading) {
        loop_.handler().on_refused(stage_ == Stage::body ? &reader_->head() : nullptr, 408,
                                   "the request did not arrive in time and the connection was closed");
    }
    close();
}

void Connection::begin_drain() {
    // A request that has come before the end is still taken: there may be one that nobody has read yet.
    if (stage_ == Stage::between && input_.empty()) run();
    const bool waiting = stage_ == Stage::between && input_.empty();
    const bool opening = stage_ == Stage::handshake || stage_ == Stage::proxy_header;
    if (!waiting && !opening) return;
    const TimePoint first_request_due = accepted_ + opened_in_advance;
    if (number_ == 0 && now() < first_request_due) {
        enter(stage_, std::min(deadline_, first_request_due));
        return;
    }
    channel_->end_writing();
    close();
}

void Connection::close() {
    if (stage_ == Stage::closed) return;
    stage_ = Stage::closed;
    late_ = nullptr;
    early_.reset();
    reader_.reset();
    input_.clear();
    loop_.shared().bodies.leave(held_, this);
    channel_.reset();
    loop_.readiness().forget(readiness_);
    socket_.reset();
    loop_.remove(*this);
}

void Connection::enter(Stage stage, TimePoint deadline) {
    stage_ = stage;
    deadline_ = deadline;
    loop_.set_idle(*this, false);
}

void Connection::enter_between() {
    // While draining, only a new connection has a request to come: to the others the last answer says close.
    const bool draining = loop_.shared().draining.load(std::memory_order_relaxed);
    enter(Stage::between,
          draining ? accepted_ + opened_in_advance : now() + loop_.shared().options.limits.idle_time_max);
    if (input_.empty() && !draining) loop_.set_idle(*this, true);
}

/// Asks to be run again when the socket is ready; a channel that has ended is closed. Always false.
bool Connection::wait(Channel::State want) {
    const bool reading = want == Channel::State::want_read;
    if (!reading && want != Channel::State::want_write) {
        close();
    } else if (!loop_.readiness().wait(readiness_, reading ? EPOLLIN : EPOLLOUT)) {
        const std::string reason = std::strerror(errno);
        if (const auto held_back = loop_.shared().sockets_not_watched.pass(now())) {
            log_warn("a connection cannot be waited for and was closed; raise fs.epoll.max_user_watches",
                     {{"reason", reason}, {"not_logged_before", *held_back}});
        }
        close();
    }
    return false;
}

// ---- Before the first request ----

bool Connection::read_proxy_header() {
    const ProxyProgress progress = read_proxy_header_of(input_.view());
    switch (progress.state) {
        case ProxyProgress::State::more: {
            input_.keep();
            const auto moved =
                channel_->read_plain(loop_.scratch().data(), std::min(progress.wanted, loop_.scratch().size()));
            if (moved.state != Channel::State::done) return wait(moved.state);
            input_.add({loop_.scratch().data(), moved.bytes});
            return true;
        }
        case ProxyProgress::State::whole:
            if (!progress.address.empty()) address_ = progress.address;
            input_.clear();
            begin_conversation();
            return true;
        case ProxyProgress::State::invalid:
            if (const auto held_back = loop_.shared().proxies_without_header.pass(std::chrono::steady_clock::now())) {
                log_warn("a trusted proxy sent no PROXY header, connection closed",
                         {{"peer", address_}, {"not_logged_before", *held_back}});
            }
            close();
            return false;
    }
    return false;
}

bool Connection::shake_hands() {
    const Channel::State state = channel_->handshake();
    if (state == Channel::State::done) {
        enter_between();
        return true;
    }
    if (state != Channel::State::failed) return wait(state);

    loop_.shared().handshakes_failed.add();
    log_debug("TLS handshake failed", {{"peer", address_}, {"reason", channel_->failure()}});
    if (!channel_->spoke_plain_http()) return wait(state);
    channel_->write_plain(response_text(
        refusal_response(400, "this port speaks TLS, and the request came in plain HTTP; use https://"), true, false));
    begin_lingering();
    return true;
}

// ---- A request comes in ----

std::size_t Connection::read_bytes_max() const {
    if (loop_.shared().bodies.tight()) return tight_read_bytes;
    return stage_ == Stage::body ? loop_.scratch().size() : head_read_bytes;
}

bool Connection::receive() {
    count_held();
    if (held_ > 0 && !loop_.shared().bodies.may_read(held_, this)) {
        starved_since_ = now();  // the sweep tries again; the deadline holds meanwhile
        return false;
    }
    input_.keep();  // what is left of the last read stands where the next one goes
    auto& scratch = loop_.scratch();
    const auto moved = channel_->read(scratch.data(), read_bytes_max());
    if (moved.state != Channel::State::done) return wait(moved.state);
    read_at_ = now();
    input_.add({scratch.data(), moved.bytes});
    return true;
}

/// A new request, from the bytes that are there.
void Connection::begin_request() {
    const auto& limits = loop_.shared().options.limits;
    const bool first = number_ == 0 && read_at_ - accepted_ <= opened_in_advance;
    reader_.emplace(limits.header_bytes_max, limits.body_bytes_max);
    reader_->head().began = first ? accepted_ : read_at_;
    reader_->head().over_tls = channel_->over_tls();
    answers_head_ = rest_unread_ = false;
    ++number_;
    begun_ = read_at_;
    enter(Stage::head, read_at_ + limits.head_time_max);
}

bool Connection::read_request() {
    if (stage_ == Stage::between) {
        // An empty line before the request line is an old client's habit (RFC 9112 section 2.2).
        while (input_.view().starts_with("\r\n")) input_.consume(2);
        if (input_.empty() || input_.view() == "\r") return receive();
        begin_request();
    }
    switch (reader_->read(input_)) {
        case RequestReader::Found::more:
            return receive();
        case RequestReader::Found::head:
            return judge_head();
        case RequestReader::Found::whole:
            return hand_over();
        case RequestReader::Found::refusal:
            break;
    }
    if (reader_->head_known()) find_sender();
    return refuse(reader_->refusal().status, reader_->refusal().reason);
}

void Connection::find_sender() {
    RequestHead& head = reader_->head();
    head.peer_address = sender_address(address_, head.headers, loop_.shared().options.trusted);
}

/// The head is good. Its refusal by the handler needs no body; but a small one that is coming anyway is read away, so
/// that the connection can be kept.
bool Connection::judge_head() {
    const RequestHead& head = reader_->head();
    find_sender();
    loop_.shared().requests.add();
    asked_to_close_ = !reader_->keep_alive();
    answers_head_ = head.method == "HEAD";
    const auto expectation = head.headers.find("expect");
    if (expectation && !equal_ignoring_case(*expectation, "100-continue")) {
        return refuse(417, "the only expectation understood here is 100-continue");
    }
    const bool sender_waits = expectation && !reader_->body_done() && input_.empty();
    if (auto answer = loop_.handler().on_head(head)) {
        const bool soon_read = reader_->body_done() || (!sender_waits && reader_->body_length() &&
                                                        *reader_->body_length() <= drained_bytes_max);
        if (answer->close || !soon_read) {
            rest_unread_ = !reader_->body_done();
            begin_answer(*answer);
            return true;
        }
        early_ = std::move(answer);
        reader_->discard_body();
    } else if (sender_waits) {
        const auto moved = channel_->write(continue_text);
        if (moved.bytes != continue_text.size()) return wait(Channel::State::failed);
    }
    enter(Stage::body, read_at_ + loop_.shared().options.limits.body_time_max);
    return true;
}

bool Connection::hand_over() {
    stage_ = Stage::handling;
    deadline_ = never;
    if (early_) {
        const HttpResponse answer = std::move(*early_);
        early_.reset();
        begin_answer(answer);
        return true;
    }
    RequestHead head = std::move(reader_->head());
    std::string body = reader_->take_body();
    reader_.reset();
    loop_.shared().bodies.leave(held_, this);
    loop_.handler().on_request(std::move(head), std::move(body),
                               Responder(std::make_shared<Exchange>(shared_from_this(), number_)));
    return stage_ != Stage::handling;
}

void Connection::count_held() {
    if (stage_ == Stage::closed) return;
    const std::size_t bytes = input_.view().size() + (reader_ ? reader_->body_bytes() : 0);
    loop_.shared().bodies.hold(held_, bytes > uncounted_bytes ? bytes : 0);
}

// ---- The answer goes out ----

bool Connection::refuse(int status, std::string_view reason) {
    loop_.shared().refused.add();
    loop_.handler().on_refused(reader_->head_known() ? &reader_->head() : nullptr, status, reason);
    rest_unread_ = true;
    begin_answer(refusal_response(status, reason));
    return true;
}

void Connection::call_at(std::uint64_t number, TimePoint when, Task late) {
    if (stage_ != Stage::handling || number != number_) return;
    late_at_ = when;
    late_ = std::move(late);
}

void Connection::answer(std::uint64_t number, const HttpResponse& response) {
    if (stage_ != Stage::handling || number != number_) return;
    begin_answer(response);
    run();
}

void Connection::begin_answer(const HttpResponse& response) {
    const auto& shared = loop_.shared();
    const std::size_t requests_max = shared.options.limits.requests_per_connection_max;
    late_at_ = never;
    late_ = nullptr;
    reader_.reset();
    loop_.shared().bodies.leave(held_, this);
    begun_ = now();
    close_after_ = response.close || rest_unread_ || asked_to_close_ ||
                   shared.draining.load(std::memory_order_relaxed) || (requests_max > 0 && number_ >= requests_max);
    enter(Stage::writing, now() + shared.options.limits.write_time_max);
    const bool usual = response.status == 200 && response.body.empty() && response.headers.empty() && !close_after_;
    if (usual) {
        write_now(empty_ok_text);
    } else {
        write_now(response_text(response, close_after_, answers_head_));
    }
}

/// Mostly the kernel takes an answer whole; what it does not take is kept for `write`.
void Connection::write_now(std::string_view text) {
    while (!text.empty()) {
        const auto moved = channel_->write(text);
        if (moved.state != Channel::State::done) break;
        text.remove_prefix(moved.bytes);
    }
    output_.assign(text);
    written_ = 0;
}

bool Connection::write() {
    while (written_ < output_.size()) {
        const auto moved = channel_->write(std::string_view(output_).substr(written_));
        if (moved.state != Channel::State::done) return wait(moved.state);
        written_ += moved.bytes;
    }
    output_ = std::string();
    if (close_after_) {
        begin_lingering();
        return true;
    }
    enter_between();
    // The next request's first byte wakes the descriptor, unless it has been read already.
    if (input_.empty() && !channel_->has_buffered()) return wait(Channel::State::want_read);
    return true;
}

void Connection::begin_lingering() {
    channel_->end_writing();
    input_.clear();
    begun_ = now();
    enter(Stage::lingering, begun_ + drained_time_max);
}

bool Connection::linger() {
    const auto moved = channel_->read_plain(loop_.scratch().data(), loop_.scratch().size());
    if (moved.state != Channel::State::done) return wait(moved.state);
    lingered_ += moved.bytes;
    if (lingered_ > drained_bytes_max) return wait(Channel::State::closed);
    return true;
}

}  // namespace hookline::net
