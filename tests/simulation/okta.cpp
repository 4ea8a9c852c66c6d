#include "simulation/okta.h"

#include <algorithm>

#include <fmt/format.h>

namespace hookline::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Duration okta_waits = 3s;
constexpr Duration answer_time_max = 2s;

}  // namespace

/// One request and its answer; also what the endpoint answers to.
class Okta::Exchange final : public net::Responder::Target, public std::enable_shared_from_this<Okta::Exchange> {
 public:
    Exchange(Okta& okta, std::shared_ptr<Delivery> delivery)
        : okta_(okta), delivery_(std::move(delivery)), began_(okta.clock_.now()) {}

    void respond(net::HttpResponse response) override {
        if (!closed_) close(response.status);
    }
    [[nodiscard]] bool answered() const override { return closed_; }
    [[nodiscard]] Mailbox& mailbox() override { return okta_.relay_.loop_mailbox(); }
    void at_deadline(TimePoint when, Task late) override {
        late_ = std::move(late);
        okta_.agenda_.at(when, [self = shared_from_this()] {
            if (!self->closed_ && self->late_) self->late_();
        });
    }
    void close(int status) {
        closed_ = true;
        late_ = nullptr;
        const auto self = shared_from_this();
        okta_.open_.erase(self);
        okta_.answered(delivery_, status, began_);
    }

 private:
    Okta& okta_;
    const std::shared_ptr<Delivery> delivery_;
    const TimePoint began_;
    Task late_;
    bool closed_ = false;
};

std::string Okta::make_event(const Organisation& organisation, std::vector<std::string>& names) {
    // Now and then a known uuid with other content, which is an event of its own.
    std::string& known = last_uuid_[organisation.tenant];
    const bool conflicts = !known.empty() && chance_.one_in(40);
    const std::string uuid =
        conflicts ? known : fmt::format("{:08x}-0000-4000-8000-{:012x}", ++last_event_, organisation.tenant);
    known = conflicts ? "" : uuid;
    const std::string version = conflicts ? "2" : "1";
    const bool poison = chance_.one_in(60);
    const std::string name = name_of(uuid, version);
    books_.of(name).owner = organisation.tenant;
    names.push_back(name);
    return fmt::format(R"({{"uuid":"{}","version":"{}","published":"2026-01-02T03:04:05.678Z",)"
                       R"("eventType":"user.session.start","displayMessage":"{}","padding":"{}"}})",
                       uuid, version, poison ? "poison" : "User login to Okta", std::string(chance_.below(3'000), 'x'));
}

void Okta::deliver(const Organisation& organisation) {
    ++deliveries;
    auto delivery = std::make_shared<Delivery>();
    delivery->organisation = organisation;
    const std::uint64_t count = chance_.one_in(3) ? 1 + chance_.below(10) : 1;
    std::string events;
    for (std::uint64_t event = 0; event < count; ++event) {
        events += (event > 0 ? "," : "") + make_event(organisation, delivery->names);
    }
    delivery->body =
        fmt::format(R"({{"eventType":"com.okta.event_hook","source":"https://o{}.okta.example/hooks/1","eventId":"{}",)"
                    R"("data":{{"events":[{}]}},"eventTime":"2026-01-02T03:04:06.000Z"}})",
                    organisation.tenant, delivery->names.front(), events);
    offer(delivery);
    if (chance_.one_in(20)) {
        // Once more, whatever was answered: "at least once".
        auto again = std::make_shared<Delivery>(*delivery);
        again->offers = 1;
        agenda_.in(chance_.between(1ms, 2h), [this, again] { offer(again); });
    }
}

void Okta::offer(const std::shared_ptr<Delivery>& delivery) {
    ++delivery->offers;
    if (!relay_.accepts()) return answered(delivery, 0, clock_.now());
    net::RequestHead head;
    head.method = "POST";
    head.headers.add("Content-Length", std::to_string(delivery->body.size()));
    const Organisation& organisation = delivery->organisation;
    if (organisation.hook.empty()) {
        head.path = "/";
        head.headers.add("logzio_token", organisation.token);
        head.headers.add("logzio_region", organisation.region);
    } else {
        head.path = "/hooks/" + organisation.hook;
        head.headers.add("Authorization", organisation.hook + " secret");
    }
    head.target = head.path;
    head.peer_address = "198.51.100.7";
    head.began = clock_.now();
    delivery->may_prove = organisation.hook.empty() && !relay_.is_proven(organisation.region, organisation.token);
    const auto exchange = std::make_shared<Exchange>(*this, delivery);
    open_.insert(exchange);
    agenda_.in(okta_waits, [exchange] {
        if (!exchange->answered()) exchange->close(0);
    });
    relay_.request(head, delivery->body, exchange);
}

void Okta::answered(const std::shared_ptr<Delivery>& delivery, int status, TimePoint began) {
    ++answers[status];
    if (status != 0 && clock_.now() - began > answer_time_max + 50ms) {
        books_.violation(fmt::format("an answer took {} ms", (clock_.now() - began) / 1ms));
    }
    if (status == 200) {
        for (const std::string& name : delivery->names) {
            EventBook& event = books_.of(name);
            // A repeat of what waits under a token that is not proven goes to Logz.io as the proof (guarantees.md).
            if (event.acknowledged && delivery->may_prove) ++event.ambiguous;
            event.acknowledged = true;
        }
    } else if (status == 0 || status >= 500) {
        // The proof of a new token goes to Logz.io first: what it took, and the relay could not note, comes once more.
        for (const std::string& name : delivery->names) {
            EventBook& event = books_.of(name);
            event.ambiguous = std::max(event.ambiguous, event.arrivals);
        }
        if (delivery->offers >= 2) {
            ++given_up;
        } else {
            agenda_.in(chance_.between(1ms, 500ms), [this, delivery] { offer(delivery); });
        }
    } else if (status != 401) {
        books_.violation(fmt::format("a good delivery was answered {}", status));
    }
}

void Okta::connections_break() {
    const auto open = open_;
    for (const auto& exchange : open) {
        if (!exchange->answered()) exchange->close(0);
    }
}

}  // namespace hookline::simulation
