// The admin server: health, metrics and the page's files for all, the API behind its gate, each call on a worker
// thread.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include <pthread.h>

#include "base/crew.h"
#include "base/log.h"
#include "base/log_pause.h"
#include "base/text.h"
#include "status/admin_api.h"
#include "status/admin_gate.h"
#include "status/admin_request.h"
#include "status/live_tail.h"
#include "status/metrics_page.h"
#include "status/page.h"
#include "status/sessions.h"
#include "status/test_event.h"
#include "status/watch.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t calls_waiting_max = 32;  // more: 503
constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr std::size_t session_body_bytes_max = 4 * 1024;  // read before anybody is known
constexpr auto drain_time_max = 500ms;

/// Runs tasks one after the other on a thread of its own.
class Worker {
 public:
    Worker() : thread_([this] { run(); }) {}
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() { stop(); }

    /// False when too much waits already, or it is stopping.
    bool take(Task task) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_ || tasks_.size() >= calls_waiting_max) return false;
            tasks_.push_back(std::move(task));
        }
        news_.notify_one();
        return true;
    }
    /// Lets the present task end; what waits is dropped.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        news_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

 private:
    void run() {
        while (true) {
            Task task;
            {
                std::unique_lock lock(mutex_);
                news_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
                if (stopping_) return;
                task = std::move(tasks_.front());
                tasks_.pop_front();
            }
            task();
        }
    }

    std::mutex mutex_;  // guards what follows
    std::condition_variable news_;
    std::deque<Task> tasks_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

/// What the handlers share; it outlives them.
struct Desk {
    Desk(const AdminParts& given, Gate first_gate)
        : parts(given), watch(given), calls(given, live()), gate(std::move(first_gate)) {}

    Live live() {
        if (parts.tail != nullptr) tail.emplace(*parts.tail);
        return {&watch, &tests, tail ? &*tail : nullptr};
    }
    /// Nobody is shown any more what came while somebody watched.
    void end_watching() const {
        if (parts.tail != nullptr) parts.tail->forget_all();
    }

    AdminParts parts;
    Watch watch;
    TestEvents tests;
    std::optional<LiveTail> tail;
    AdminCalls calls;
    // The loop's own.
    Gate gate;
    Sessions sessions;
    LogPause wrong_token_pause;
    Worker worker;
};

bool is_api(const net::RequestHead& head) { return head.path.starts_with("/api/"); }

net::HttpResponse health(const AdminParts& parts) {
    const std::vector<std::string> reasons = parts.not_healthy ? parts.not_healthy() : std::vector<std::string>();
    return answer(Json{{"healthy", reasons.empty()}, {"reasons", reasons}}, reasons.empty() ? 200 : 503);
}

net::HttpResponse readiness(const AdminParts& parts) {
    const std::vector<std::string> reasons = parts.not_ready ? parts.not_ready() : std::vector<std::string>();
    return answer(Json{{"ready", reasons.empty()}, {"reasons", reasons}}, reasons.empty() ? 200 : 503);
}

net::HttpResponse wrong_method(const std::string& allowed) {
    net::HttpResponse response = refuse(405, "expected " + allowed);
    response.headers.push_back({"Allow", allowed});
    return response;
}

std::string cookie_line(std::string_view value, const Gate& gate, std::string_view more = {}) {
    return std::string(session_cookie) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Strict" +
           (gate.tls ? "; Secure" : "") + std::string(more);
}

/// The gate lets a session in only where there is no Authorization.
Caller caller_of(const net::RequestHead& head) {
    return {head.peer_address, head.headers.find("authorization") ? "token" : "session"};
}

class Handler final : public net::HttpHandler {
 public:
    explicit Handler(Desk& desk) : desk_(desk) {}

    std::optional<net::HttpResponse> on_head(const net::RequestHead& head) override {
        auto refused = judge(head);
        if (refused) add_guards(*refused);
        return refused;
    }

    void on_request(net::RequestHead head, std::string body, net::Responder responder) override {
        if (!is_api(head)) return respond(responder, answer_at_once(head, body));
        const bool taken = desk_.worker.take([this, head = std::move(head), body = std::move(body), responder] {
            net::HttpResponse response = desk_.calls.call(head.method, head.target, body, caller_of(head));
            add_guards(response);
            responder.mailbox().post([responder, response = std::move(response)] { responder.respond(response); });
        });
        if (!taken) respond(responder, refuse(503, "too many calls wait; ask again"));
    }

 private:
    static void respond(const net::Responder& responder, net::HttpResponse response) {
        add_guards(response);
        responder.respond(std::move(response));
    }

    std::optional<net::HttpResponse> judge(const net::RequestHead& head) {
        if (is_api(head)) {
            auto refused = refuse_stranger(head, desk_.gate, desk_.sessions, head.began);
            if (refused && refused->status == 401 && head.headers.find("authorization")) warn_of_wrong_token(head);
            return refused;
        }
        if (head.path == "/session") {
            if (head.method != "POST" && head.method != "DELETE") return wrong_method("POST, DELETE");
            return refuse_foreign_page(head, desk_.gate);
        }
        const bool is_page = find_page_file(head.path) != nullptr;
        if (!is_page && head.path != "/healthz" && head.path != "/readyz" && head.path != "/metrics") {
            return refuse(404,
                          "here are the status page on /, /healthz, /readyz, /metrics and /api/v1; see "
                          "docs/admin-api.md");
        }
        if (head.method != "GET") return wrong_method("GET");
        // A browser always names a Host; a load balancer's probe may not (HTTP/1.0).
        if (is_page || head.headers.find("host")) return refuse_foreign_host(head, desk_.gate);
        return {};
    }

    void warn_of_wrong_token(const net::RequestHead& head) {
        const auto held_back = desk_.wrong_token_pause.pass(head.began);
        if (!held_back) return;
        log_warn("a wrong admin token was given", {{"peer", head.peer_address}, {"not_logged_before", *held_back}});
    }

    net::HttpResponse answer_at_once(const net::RequestHead& head, std::string_view body) {
        if (head.path == "/healthz") return health(desk_.parts);
        if (head.path == "/readyz") return readiness(desk_.parts);
        if (head.path == "/metrics") return metrics_page(desk_.parts.metrics, head.headers);
        if (head.path == "/session") return head.method == "POST" ? sign_in(head, body) : sign_out(head);
        return page_answer(*find_page_file(head.path), head);
    }

    net::HttpResponse sign_in(const net::RequestHead& head, std::string_view body) {
        // Nobody is known yet: deep nesting would take a parser far more memory than it sends.
        const Json given = body.size() <= session_body_bytes_max ? Json::parse(body, nullptr, false) : Json();
        if (!given.is_object() || !given.contains("token") || !given["token"].is_string()) {
            return refuse(400, R"(expected {"token":"…"})");
        }
        if (!desk_.gate.token.matches(trim(given["token"].get_ref<const std::string&>()))) {
            warn_of_wrong_token(head);
            return refuse(401, "this is not the admin token");
        }
        sign_out(head);  // whoever signs in twice has one session
        const Sessions::Halves halves = desk_.sessions.begin(head.began);
        if (halves.cookie.empty()) return refuse(500, "there is no randomness for a session");
        net::HttpResponse response = answer(Json{{"key", halves.key.reveal()}});
        response.headers.push_back({"Set-Cookie", cookie_line(halves.cookie.reveal(), desk_.gate)});
        return response;
    }

    net::HttpResponse sign_out(const net::RequestHead& head) {
        const GivenHalves halves = halves_of(head);
        const std::size_t before = desk_.sessions.count();
        desk_.sessions.end(halves.cookie, halves.key);
        if (desk_.sessions.count() < before) desk_.end_watching();
        net::HttpResponse response = answer(Json{{"signed_out", true}});
        response.headers.push_back({"Set-Cookie", cookie_line("", desk_.gate, "; Max-Age=0")});
        return response;
    }

    Desk& desk_;
};

class Server final : public AdminServer {
 public:
    Server(const AdminParts& parts, Gate gate) : desk_(parts, std::move(gate)), crew_(clock_) {}
    ~Server() override { stop(); }

    Result<void> begin(net::HttpServerOptions options, Metrics& metrics) {
        auto server = net::HttpServer::start(
            std::move(options), [this](unsigned) { return std::make_unique<Handler>(desk_); }, metrics);
        if (!server) return failed("admin API", server.error());
        server_ = std::move(*server);
        crew_.add([this](TimePoint now) {
            if (desk_.parts.tail != nullptr) desk_.parts.tail->forget_idle(desk_.parts.clock.now());
            return desk_.watch.step(now);
        });
        crew_thread_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "watch");
            crew_.run();
        });
        return {};
    }

    [[nodiscard]] std::vector<net::Endpoint> endpoints() const override {
        return server_ ? server_->endpoints() : std::vector<net::Endpoint>();
    }

    void admit(Secret token, std::vector<std::string> host_names) override {
        if (!server_ || token.empty()) return;
        // The gate belongs to the loop. A call that was let in before ends as it would have.
        std::promise<void> done;
        server_->on_each_loop([&](net::HttpHandler&) {
            if (!(desk_.gate.token == token)) {
                desk_.sessions.end_all();
                desk_.end_watching();
            }
            desk_.gate.token = token;
            desk_.gate.host_names = host_names;
            done.set_value();
        });
        done.get_future().wait();
    }

    void stop() override {
        if (!server_) return;
        crew_.stop();
        crew_thread_.join();
        server_->drain(drain_time_max);
        desk_.worker.stop();  // before the server goes: a call that ends posts its answer to a loop
        server_.reset();
    }

 private:
    Desk desk_;
    SystemClock clock_;  // the crew waits by the machine's own
    Crew crew_;
    std::thread crew_thread_;
    std::unique_ptr<net::HttpServer> server_;
};

}  // namespace

Result<std::unique_ptr<AdminServer>> AdminServer::start(net::HttpServerOptions options, const AdminParts& parts,
                                                        Secret token, Metrics& metrics) {
    if (token.empty()) return failed("admin API: there is no token");
    options.loops = 1;
    options.limits.body_bytes_max = std::min(options.limits.body_bytes_max, body_bytes_max);
    Gate gate{std::move(token), options.listen, parts.host_names, options.tls != nullptr};
    auto server = std::make_unique<Server>(parts, std::move(gate));
    if (auto begun = server->begin(std::move(options), metrics); !begun) return tl::unexpected(begun.error());
    return server;
}

}  // namespace hookline::status
