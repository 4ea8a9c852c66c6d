#include "peer/sink.h"

#include <cstdio>
#include <cstring>
#include <future>
#include <iostream>
#include <vector>

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include "app/open_files.h"
#include "net/http_server.h"
#include "peer/samples.h"
#include "peer/stamp.h"

namespace hookline::bench {
namespace {

using namespace std::chrono;

constexpr std::size_t inflated_bytes_max = 16 * 1024 * 1024;
constexpr std::uint64_t lines_a_sample = 8;

/// The one loop's handler: all of it on that loop's thread.
class Counter final : public net::HttpHandler {
 public:
    Counter() : inflated_(inflated_bytes_max, '\0') {}

    std::optional<net::HttpResponse> on_head(const net::RequestHead&) override { return {}; }

    void on_request(net::RequestHead head, std::string body, net::Responder responder) override {
        const auto now = steady_clock::now();
        const auto coding = head.headers.find("content-encoding").value_or("");
        const std::string_view lines = coding == "gzip" ? inflate(body) : std::string_view(body);
        ++requests_;
        wire_bytes_ += body.size();
        inflated_bytes_ += lines.size();
        last_at_ = now;
        if (first_at_ == steady_clock::time_point()) first_at_ = now;
        take(lines, now);
        net::HttpResponse answer;
        if (lines.empty()) answer.status = 400;
        if (holding_) {
            held_.push_back({std::move(responder), std::move(answer)});
        } else {
            responder.respond(std::move(answer));
        }
    }

    std::string obey(std::string_view command) {
        if (command == "hold") holding_ = true;
        if (command == "take") release();
        if (command == "reset") {
            travelled_.clear();
            first_at_ = {};
        }
        const auto micros = [](steady_clock::time_point when) {
            return duration_cast<microseconds>(when.time_since_epoch()).count();
        };
        std::string text = fmt::format(
            R"({{"lines":{},"requests":{},"wire_bytes":{},"inflated_bytes":{},"held":{},"first_at":{},"last_at":{})",
            lines_, requests_, wire_bytes_, inflated_bytes_, held_.size(), micros(first_at_), micros(last_at_));
        if (command == "report") text += R"(,"travelled":)" + travelled_.json();
        return text + "}";
    }

 private:
    struct Held {
        net::Responder responder;
        net::HttpResponse answer;
    };

    void release() {
        holding_ = false;
        for (Held& held : std::exchange(held_, {})) held.responder.respond(std::move(held.answer));
    }

    /// Empty when it is no gzip.
    std::string_view inflate(std::string& body) {
        inflate_state state;
        isal_inflate_init(&state);
        state.crc_flag = ISAL_GZIP;
        state.next_in = reinterpret_cast<std::uint8_t*>(body.data());
        state.avail_in = static_cast<std::uint32_t>(body.size());
        state.next_out = reinterpret_cast<std::uint8_t*>(inflated_.data());
        state.avail_out = static_cast<std::uint32_t>(inflated_.size());
        const bool whole = isal_inflate(&state) == ISAL_DECOMP_OK && state.block_state == ISAL_BLOCK_FINISH;
        return whole ? std::string_view(inflated_).substr(0, inflated_.size() - state.avail_out) : std::string_view();
    }

    void take(std::string_view text, steady_clock::time_point now) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
            if (lines_++ % lines_a_sample == 0) sample(text.substr(0, end), now);
            text.remove_prefix(end);
        }
    }

    void sample(std::string_view line, steady_clock::time_point now) {
        static constexpr std::string_view mark = R"("uuid":")";
        const std::size_t at = line.find(mark);
        if (at == std::string_view::npos) return;
        if (const auto sent = read_stamp(line.substr(at + mark.size()))) travelled_.add(now - *sent);
    }

    std::string inflated_;
    bool holding_ = false;
    std::vector<Held> held_;
    std::uint64_t lines_ = 0, requests_ = 0, wire_bytes_ = 0, inflated_bytes_ = 0;
    steady_clock::time_point first_at_, last_at_;
    Samples travelled_;
};

}  // namespace

Result<void> run_sink(const SinkOptions& options) {
    app::raise_open_files();
    const SystemClock clock;
    Metrics metrics;
    net::HttpServerOptions server_options;
    auto endpoint = net::parse_endpoint(options.listen);
    if (!endpoint) return tl::unexpected(endpoint.error());
    server_options.listen = {*endpoint};
    server_options.name = "sink";
    server_options.limits.bodies_bytes_max = 1024U * 1024 * 1024;
    server_options.limits.idle_time_max = hours(24);
    if (!options.certificate.empty()) {
        auto tls = net::TlsServer::open(options.certificate, options.key, clock);
        if (!tls) return tl::unexpected(tls.error());
        server_options.tls = std::move(*tls);
    }
    auto server = net::HttpServer::start(
        std::move(server_options), [](unsigned) { return std::make_unique<Counter>(); }, metrics);
    if (!server) return tl::unexpected(server.error());
    std::cout << R"({"address":")" << net::to_string((*server)->endpoints().front()) << "\"}" << std::endl;

    for (std::string command; std::getline(std::cin, command);) {
        const auto answer = std::make_shared<std::promise<std::string>>();
        (*server)->on_each_loop([answer, command](net::HttpHandler& handler) {
            answer->set_value(dynamic_cast<Counter&>(handler).obey(command));
        });
        std::cout << answer->get_future().get() << std::endl;
    }
    return {};
}

}  // namespace hookline::bench
