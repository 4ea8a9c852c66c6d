// The admin server: health and metrics for all, the API behind its gate, each call on a worker thread.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "status/admin_api.h"
#include "status/admin_gate.h"
#include "status/admin_request.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t calls_waiting_max = 32;  // more: 503
constexpr std::size_t body_bytes_max = 1024 * 1024;
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
    AdminParts parts;
    AdminCalls calls;
    Gate gate;
    Worker worker;
};

bool is_api(const net::RequestHead& head) { return head.path.starts_with("/api/"); }

net::HttpResponse health() { return answer(Json{{"healthy", true}}); }

net::HttpResponse readiness(const AdminParts& parts) {
    const std::vector<std::string> reasons = parts.not_ready ? parts.not_ready() : std::vector<std::string>();
    return answer(Json{{"ready", reasons.empty()}, {"reasons", reasons}}, reasons.empty() ? 200 : 503);
}

net::HttpResponse metrics_page(const Metrics& metrics) {
    net::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text();
    return response;
}

class Handler final : public net::HttpHandler {
 public:
    explicit Handler(Desk& desk) : desk_(desk) {}

    std::optional<net::HttpResponse> on_head(const net::RequestHead& head) override {
        if (is_api(head)) return refuse_stranger(head, desk_.gate);
        if (head.path != "/healthz" && head.path != "/readyz" && head.path != "/metrics") {
            return refuse(404, "here are /healthz, /readyz, /metrics and /api/v1; see docs/admin-api.md");
        }
        if (head.method != "GET") return refuse(405, "expected GET");
        return {};
    }

    void on_request(net::RequestHead head, std::string body, net::Responder responder) override {
        if (head.path == "/healthz") return responder.respond(health());
        if (head.path == "/readyz") return responder.respond(readiness(desk_.parts));
        if (head.path == "/metrics") return responder.respond(metrics_page(desk_.parts.metrics));
        const bool taken = desk_.worker.take([this, head = std::move(head), body = std::move(body), responder] {
            net::HttpResponse response = desk_.calls.call(head.method, head.target, body);
            responder.mailbox().post([responder, response = std::move(response)] { responder.respond(response); });
        });
        if (!taken) responder.respond(refuse(503, "too many calls wait; ask again"));
    }

 private:
    Desk& desk_;
};

class Server final : public AdminServer {
 public:
    Server(AdminParts parts, Gate gate) : desk_{parts, AdminCalls(parts), std::move(gate), {}} {}
    ~Server() override { stop(); }

    Result<void> begin(net::HttpServerOptions options, Metrics& metrics) {
        auto server = net::HttpServer::start(
            std::move(options), [this](unsigned) { return std::make_unique<Handler>(desk_); }, metrics);
        if (!server) return failed("admin API", server.error());
        server_ = std::move(*server);
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
            desk_.gate.token = token;
            desk_.gate.host_names = host_names;
            done.set_value();
        });
        done.get_future().wait();
    }

    void stop() override {
        if (!server_) return;
        server_->drain(drain_time_max);
        desk_.worker.stop();  // before the server goes: a call that ends posts its answer to a loop
        server_.reset();
    }

 private:
    Desk desk_;
    std::unique_ptr<net::HttpServer> server_;
};

}  // namespace

Result<std::unique_ptr<AdminServer>> AdminServer::start(net::HttpServerOptions options, AdminParts parts, Secret token,
                                                        Metrics& metrics) {
    if (token.empty()) return failed("admin API: there is no token");
    options.loops = 1;
    options.limits.body_bytes_max = std::min(options.limits.body_bytes_max, body_bytes_max);
    Gate gate{std::move(token), options.listen, parts.host_names};
    auto server = std::make_unique<Server>(std::move(parts), std::move(gate));
    if (auto begun = server->begin(std::move(options), metrics); !begun) return tl::unexpected(begun.error());
    return server;
}

}  // namespace hookline::status
