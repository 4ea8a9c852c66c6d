#include "net/http_server.h"

#include <csignal>

#include "net/acceptor.h"
#include "net/server_loop.h"

namespace hookline::net {
namespace {

class Server final : public HttpServer {
 public:
    Server(HttpServerOptions options, Metrics& metrics) : shared_(std::move(options), metrics) {
        for (unsigned number = 0; number < std::max(1U, shared_.options.loops); ++number) {
            loops_.push_back(std::make_unique<ServerLoop>(shared_, number));
        }
    }
    ~Server() override {
        for (auto& loop : loops_) loop->stop();
        for (auto& acceptor : acceptors_) acceptor->close();
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    Result<void> bind() {
        const HttpServerOptions& options = shared_.options;
        for (const int socket : options.sockets) {
            if (auto taken = keep(Acceptor::take_over(socket, loops_, shared_)); !taken) return taken;
        }
        if (!options.sockets.empty()) return {};
        for (const Endpoint& endpoint : options.listen) {
            if (auto opened = keep(Acceptor::open(endpoint, loops_, shared_)); !opened) return opened;
        }
        return {};
    }

    void run(const MakeHandler& make) {
        for (unsigned number = 0; number < loops_.size(); ++number) loops_[number]->start(make(number));
        for (auto& acceptor : acceptors_) {
            loops_.front()->post([acceptor] { acceptor->begin(); });
        }
    }

    [[nodiscard]] std::vector<Endpoint> endpoints() const override {
        std::vector<Endpoint> bound;
        for (const auto& acceptor : acceptors_) bound.push_back(acceptor->endpoint());
        return bound;
    }

    void drain(std::chrono::milliseconds patience) override {
        shared_.draining = true;
        for (auto& acceptor : acceptors_) {
            loops_.front()->post([acceptor] { acceptor->finish(); });
        }
        for (auto& loop : loops_) {
            loop->post([raw = loop.get()] { raw->begin_drain(); });
        }
        std::unique_lock lock(shared_.mutex);
        shared_.gone.wait_for(lock, patience, [this] { return shared_.connections.load() == 0; });
    }

    void on_each_loop(const std::function<void(HttpHandler&)>& task) override {
        for (auto& loop : loops_) {
            loop->post([raw = loop.get(), task] { task(raw->handler()); });
        }
    }

    [[nodiscard]] std::size_t connections() const override { return shared_.connections.load(); }

 private:
    Result<void> keep(Result<std::shared_ptr<Acceptor>> acceptor) {
        if (!acceptor) return tl::unexpected(acceptor.error());
        acceptors_.push_back(std::move(*acceptor));
        return {};
    }

    ServerShared shared_;
    Acceptor::Loops loops_;
    std::vector<std::shared_ptr<Acceptor>> acceptors_;  // before the loops go: they stand on the first one's context
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, const MakeHandler& make,
                                                      Metrics& metrics) {
    // OpenSSL writes with write(2), so a peer that has gone would end the process.
    std::signal(SIGPIPE, SIG_IGN);
    auto server = std::make_unique<Server>(std::move(options), metrics);
    if (auto bound = server->bind(); !bound) return tl::unexpected(bound.error());
    server->run(make);
    return server;
}

}  // namespace hookline::net
