#pragma once
// A server on a port of the kernel's choice whose handlers do what a test says.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/metrics.h"
#include "net/http_server.h"
#include "unit/net/raw_connection.h"

namespace hookline::test {

/// What a test wants of the handlers. The functions run on the loops.
struct Script {
    std::function<std::optional<net::HttpResponse>(const net::RequestHead&)> on_head = [](const net::RequestHead&) {
        return std::nullopt;
    };
    /// Without one: 200 with the method, path and body, `POST /path body`.
    std::function<void(net::RequestHead, std::string, net::Responder)> on_request =
        [](net::RequestHead head, std::string body, net::Responder responder) {
            net::HttpResponse response;
            response.content_type = "text/plain";
            response.body = head.method + " " + head.path + " " + body;
            responder.respond(std::move(response));
        };
};

struct Refusal {
    int status = 0;
    std::string reason;
    bool head_known = false;
};

class ServerUnderTest {
 public:
    explicit ServerUnderTest(net::HttpServerOptions options = {}, Script script = {}) : script_(std::move(script)) {
        if (options.listen.empty()) options.listen.push_back({"127.0.0.1", 0});
        auto started = net::HttpServer::start(
            std::move(options), [this](unsigned) { return std::make_unique<Handler>(*this); }, metrics);
        if (!started) throw std::runtime_error(started.error().message);
        server = std::move(*started);
    }
    ~ServerUnderTest() { server.reset(); }  // its loops use all the rest
    ServerUnderTest(const ServerUnderTest&) = delete;
    ServerUnderTest& operator=(const ServerUnderTest&) = delete;

    [[nodiscard]] net::Endpoint endpoint() const { return server->endpoints().front(); }
    [[nodiscard]] std::vector<Refusal> refusals() const {
        const std::lock_guard lock(mutex_);
        return refusals_;
    }

    Metrics metrics;
    std::unique_ptr<net::HttpServer> server;

 private:
    class Handler final : public net::HttpHandler {
     public:
        explicit Handler(ServerUnderTest& test) : test_(test) {}
        std::optional<net::HttpResponse> on_head(const net::RequestHead& head) override {
            return test_.script_.on_head(head);
        }
        void on_request(net::RequestHead head, std::string body, net::Responder responder) override {
            test_.script_.on_request(std::move(head), std::move(body), std::move(responder));
        }
        void on_refused(const net::RequestHead* head, int status, std::string_view reason) override {
            const std::lock_guard lock(test_.mutex_);
            test_.refusals_.push_back({status, std::string(reason), head != nullptr});
        }

     private:
        ServerUnderTest& test_;
    };

    const Script script_;
    mutable std::mutex mutex_;
    std::vector<Refusal> refusals_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: relay.example\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace hookline::test
