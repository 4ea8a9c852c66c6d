#pragma once
// An endpoint with everything around it made for a test: time that obeys, a spool in memory, a prover and senders.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/metrics.h"
#include "receive/endpoint.h"
#include "support/fake_clock.h"
#include "unit/receive/fake_spool.h"

namespace hookline::test {

using Headers = std::vector<std::pair<std::string, std::string>>;
using namespace std::chrono_literals;

inline const std::string good_token = "abcdefghijklmnopqrstuvwxyz012345";
inline const std::string other_token = "ZYXWVUTSRQPONMLKJIHGFEDCBA987654";

/// Runs what is posted when the test says so.
class HandMailbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        for (Task& task : tasks) tasks_.push_back(std::move(task));
    }
    void run() {
        while (!tasks_.empty()) {
            std::vector<Task> tasks;
            tasks.swap(tasks_);
            for (Task& task : tasks) task();
        }
    }

 private:
    std::vector<Task> tasks_;
};

/// Asks nobody: it answers at once with what the test set, or keeps who asks waiting.
class FakeProver final : public logzio::Prover {
 public:
    struct Asked {
        logzio::ProofRequest request;
        Mailbox* mailbox;
        std::function<void(logzio::Proof)> done;
    };
    std::optional<logzio::ProofOutcome> outcome = logzio::ProofOutcome::accepted;  ///< nothing: keeps them waiting
    std::vector<Asked> asked;

    void prove(logzio::ProofRequest request, Mailbox& mailbox, std::function<void(logzio::Proof)> done) override {
        asked.push_back({std::move(request), &mailbox, std::move(done)});
        if (outcome) decide(asked.size() - 1, *outcome);
    }
    void decide(std::size_t which, logzio::ProofOutcome how) { decide(which, logzio::Proof{how, 401, "{}"}); }
    void decide(std::size_t which, const logzio::Proof& proof) {
        asked[which].mailbox->post([done = asked[which].done, proof] { done(proof); });
    }
};

/// The sender's side of one request.
struct Sent {
    std::optional<net::HttpResponse> response;
    TimePoint deadline = never;
    Task late;

    [[nodiscard]] int status() const { return response ? response->status : 0; }
    [[nodiscard]] std::string body() const { return response ? response->body : "no answer yet"; }
    [[nodiscard]] std::string error() const { return field("error"); }
    [[nodiscard]] std::string help() const { return field("help"); }
    [[nodiscard]] std::string header(const std::string& name) const {
        for (const net::Header& header : response->headers) {
            if (header.name == name) return header.value;
        }
        return "";
    }

 private:
    [[nodiscard]] std::string field(const char* name) const {
        const auto parsed = nlohmann::json::parse(body(), nullptr, false);
        return parsed.is_object() ? parsed.value(name, "") : "";
    }
};

class World {
 public:
    explicit World(receive::Entrances entrances = open_house(), receive::EndpointLimits limits = {},
                   bool with_lane = false)
        : entrances_(std::make_shared<const receive::Entrances>(std::move(entrances))) {
        receive::EndpointParts parts{entrances_, spool, prover, clock, metrics, logzio::Shape::hookline, {}, limits};
        if (with_lane) parts.lane = &lane;
        parts.recent = &recent;
        endpoint_ = receive::make_endpoint(parts);
    }

    /// As when a server ends: every connection is closed.
    ~World() {
        for (const auto& sent : all_) hang_up(*sent);
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static Headers token_headers(const std::string& token = good_token, const std::string& region = "us") {
        return {{"logzio_token", token}, {"logzio_region", region}};
    }
    /// Header mode for everybody.
    static receive::Entrances open_house() {
        receive::Entrances entrances;
        entrances.regions = {"us", "eu"};
        return entrances;
    }
    /// Header mode, and `/hooks/acme` with a secret.
    static receive::Entrances with_hook() {
        receive::Entrances entrances = open_house();
        entrances.hooks["acme"] = {"acme-tenant", {Secret("hook secret ^*&$!"), Secret("the next secret")}};
        return entrances;
    }

    std::shared_ptr<Sent> send(const std::string& method, const std::string& path, const Headers& headers,
                               std::string body = "", TimePoint began = never) {
        net::RequestHead head;
        head.method = method;
        head.target = head.path = path;
        for (const auto& [name, value] : headers) head.headers.add(name, value);
        if (method == "POST" && !head.headers.find("content-length")) {
            head.headers.add("Content-Length", std::to_string(body.size()));
        }
        head.peer_address = peer;
        head.began = began == never ? clock.now() : began;
        if (auto refused = endpoint_->on_head(head)) {
            const auto sent = std::make_shared<Sent>();
            sent->response = std::move(refused);
            return sent;
        }
        return hand_over(std::move(head), std::move(body));
    }
    /// A request whose head was let pass.
    std::shared_ptr<Sent> hand_over(net::RequestHead head, std::string body) {
        const auto sent = std::make_shared<Sent>();
        all_.push_back(sent);
        body.reserve(body.size() + 64);
        endpoint_->on_request(std::move(head), std::move(body),
                              net::Responder(std::make_shared<Target>(sent, mailbox)));
        mailbox.run();
        return sent;
    }
    std::shared_ptr<Sent> post(const std::string& body, const Headers& headers = token_headers(),
                               const std::string& path = "/") {
        return send("POST", path, headers, body);
    }
    std::shared_ptr<Sent> challenge(const std::string& value, Headers headers = token_headers(),
                                    const std::string& path = "/") {
        headers.emplace_back("X-Okta-Verification-Challenge", value);
        return send("GET", path, headers);
    }
    static spool::HeaderIdentity pair(const std::string& token = good_token, const std::string& region = "us") {
        return {region, Secret(token)};
    }

    /// Time goes by; deadlines that fall into it are called.
    void pass(Duration by) {
        clock.advance(by);
        for (const auto& sent : all_) {
            if (sent->deadline > clock.now()) continue;
            sent->deadline = never;
            const Task late = std::move(sent->late);
            sent->late = nullptr;
            if (late) late();
        }
        mailbox.run();
    }
    /// The sender closed the connection: nothing is kept of its request there.
    static void hang_up(Sent& sent) {
        sent.deadline = never;
        sent.late = nullptr;
    }
    std::optional<net::HttpResponse> look_at_head(const net::RequestHead& head) { return endpoint_->on_head(head); }
    void refused_by_server(const net::RequestHead* head, int status, std::string_view reason) {
        endpoint_->on_refused(head, status, reason);
    }
    receive::EntrancesInForce& entrances() { return entrances_; }

    FakeClock clock;
    Metrics metrics;
    FakeSpool spool;
    FakeProver prover;
    HandMailbox mailbox;
    HandMailbox lane;
    spool::RecentDeliveries recent;
    std::string peer = "198.51.100.7";

 private:
    class Target final : public net::Responder::Target {
     public:
        Target(std::shared_ptr<Sent> sent, HandMailbox& mailbox) : sent_(std::move(sent)), mailbox_(mailbox) {}
        void respond(net::HttpResponse response) override {
            if (answered_) return;
            answered_ = true;
            sent_->response = std::move(response);
            hang_up(*sent_);
        }
        [[nodiscard]] bool answered() const override { return answered_; }
        [[nodiscard]] Mailbox& mailbox() override { return mailbox_; }
        void at_deadline(TimePoint when, Task late) override {
            sent_->deadline = when;
            sent_->late = std::move(late);
        }

     private:
        std::shared_ptr<Sent> sent_;
        HandMailbox& mailbox_;
        bool answered_ = false;
    };

    receive::EntrancesInForce entrances_;
    std::unique_ptr<net::HttpHandler> endpoint_;
    std::vector<std::shared_ptr<Sent>> all_;
};

// ---- Deliveries ----

inline std::string event(const std::string& uuid, const std::string& message = "User login to Okta") {
    return R"({"uuid":")" + uuid + R"(","published":"2026-03-01T10:20:30.400Z","eventType":"user.session.start",)" +
           R"("displayMessage":")" + message + R"(","severity":"INFO"})";
}
inline std::string delivery(const std::vector<std::string>& events, const std::string& event_id = "batch-1") {
    std::string body = R"({"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1",)"
                       R"("source":"https://acme.okta.example/api/v1/eventHooks/who1","eventId":")" +
                       event_id + R"(","data":{"events":[)";
    for (std::size_t place = 0; place < events.size(); ++place) body += (place > 0 ? "," : "") + events[place];
    return body + R"(]},"eventTime":"2026-03-01T10:20:40.000Z","contentType":"application/json"})";
}

}  // namespace hookline::test
