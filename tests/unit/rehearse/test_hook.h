#pragma once
// A hook for the simulated Okta to talk to: it keeps what came and answers as it is told.

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "rehearse/door.h"
#include "rehearse/emulator_tls.h"
#include "rehearse/request_reader.h"

namespace hookline::rehearse {

struct HookRequest {
    ReceivedHead head;
    std::string body;
    std::uint64_t connection = 0;
    std::size_t number = 0;  ///< of this request, from 0
};

inline std::string hook_answer(int status, const std::string& body = "", const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
}

inline std::string verified(const HookRequest& request) {
    const std::string challenge(request.head.header("x-okta-verification-challenge"));
    return hook_answer(200, R"({"verification":")" + challenge + "\"}", "Content-Type: application/json\r\n");
}

class TestHook {
 public:
    /// Bytes to send; empty: stay silent until the other side leaves.
    using Script = std::function<std::string(const HookRequest&)>;

    explicit TestHook(Script posts, Script gets = verified, bool with_tls = false)
        : posts_(std::move(posts)), gets_(std::move(gets)) {
        if (with_tls) {
            auto made = EmulatorTls::make({"localhost", "127.0.0.1"}, 1, false);
            EXPECT_TRUE(made);
            tls_ = std::move(*made);
        }
        auto opened = Door::open({"127.0.0.1", 0},
                                 [this](Socket& socket, std::uint64_t connection) { serve(socket, connection); });
        EXPECT_TRUE(opened);
        door_ = std::move(*opened);
    }

    [[nodiscard]] std::string url() const {
        return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(door_->endpoint().port) +
               "/hook?x=1";
    }
    [[nodiscard]] std::string certificate_pem() const { return tls_->certificate_pem(); }
    [[nodiscard]] std::vector<HookRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    [[nodiscard]] std::vector<HookRequest> posts() const {
        std::vector<HookRequest> posts;
        for (const HookRequest& request : requests()) {
            if (request.head.method == "POST") posts.push_back(request);
        }
        return posts;
    }
    /// All events of all posts that came, in order of arrival.
    [[nodiscard]] std::vector<nlohmann::json> events() const {
        std::vector<nlohmann::json> events;
        for (const HookRequest& post : posts()) {
            const nlohmann::json envelope = nlohmann::json::parse(post.body);
            for (const auto& event : envelope["data"]["events"]) events.push_back(event);
        }
        return events;
    }

 private:
    void serve(Socket& socket, std::uint64_t connection) {
        const TimePoint end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        if (tls_ && !socket.accept_tls(tls_->context(), end)) return;
        RequestReader reader(socket);
        for (HookRequest request;;) {
            if (reader.read_head(request.head, end) != RequestReader::Outcome::read) return;
            request.body.clear();
            request.connection = connection;
            for (std::string_view piece;;) {
                if (reader.read_piece(piece, 1'000'000, end) != RequestReader::Outcome::read) return;
                if (piece.empty()) break;
                request.body += piece;
            }
            {
                const std::lock_guard lock(mutex_);
                request.number = requests_.size();
                requests_.push_back(request);
            }
            const std::string answer = request.head.method == "GET" ? gets_(request) : posts_(request);
            if (answer.empty()) {
                socket.pass_time(end);
                return;
            }
            if (answer == "reset") return socket.end_by_reset();
            if (!socket.write(answer, end) || answer.find("Connection: close") != std::string::npos) return;
        }
    }

    Script posts_;
    Script gets_;
    std::unique_ptr<EmulatorTls> tls_;
    mutable std::mutex mutex_;
    std::vector<HookRequest> requests_;
    std::unique_ptr<Door> door_;
};

}  // namespace hookline::rehearse
