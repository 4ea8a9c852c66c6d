#pragma once
// The world around shipping in its tests: a spool in memory, a listener with behaviour, and time that goes by only when
// a test lets it. Everything runs on the test's own thread.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/crew.h"
#include "net/http_client.h"
#include "ship/shipping.h"
#include "spool/spool.h"
#include "support/fake_clock.h"
#include "support/inflate.h"

namespace hookline::ship {

using namespace std::chrono_literals;

inline TenantId tenant(std::uint64_t number) { return TenantId{number}; }
inline std::string token_of(TenantId tenant) { return fmt::format("token{:027}", tenant.number); }
inline std::string line_of(const std::string& uuid, const std::string& more = "") {
    return "{\"uuid\":\"" + uuid + "\",\"note\":\"" + more + "\"}\n";
}
inline std::string uuid_in(std::string_view line) {
    const auto from = line.find("\"uuid\":\"");
    if (from == std::string_view::npos) return std::string(line);
    const auto rest = line.substr(from + 8);
    return std::string(rest.substr(0, rest.find('"')));
}
/// "e0", "e1", …
inline std::vector<std::string> uuids(std::size_t count, std::size_t from = 0) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back("e" + std::to_string(from + i));
    return all;
}

/// Queues in memory. A settle is on disk at once, unless it is told to wait or to fail.
class FakeSpool final : public spool::Spool {
 public:
    struct Line {
        Position position;
        std::string text;
        WallTime received_at;
        TimePoint received;
    };
    struct Tenant {
        std::vector<Line> lines;  ///< all that ever were
        Position cursor{Sequence{1}, 0};
        std::uint64_t last_sequence = 0;
        bool proven = true;
        bool condemned_full = false;
        WallTime last_received{};
        std::uint64_t delivered = 0;
    };

    explicit FakeSpool(const Clock& clock) : clock_(clock) {}

    /// One delivery.
    void put(TenantId id, const std::vector<std::string>& lines) {
        Tenant& tenant = tenants_[id];
        ++tenant.last_sequence;
        for (std::uint32_t i = 0; i < lines.size(); ++i) {
            tenant.lines.push_back({{Sequence{tenant.last_sequence}, i}, lines[i], clock_.wall(), clock_.now()});
        }
        tenant.last_received = clock_.wall();
        if (arrived_) arrived_({id});
    }
    Tenant& at(TenantId id) { return tenants_[id]; }
    [[nodiscard]] std::vector<std::string> waiting(TenantId id) const {
        std::vector<std::string> all;
        const auto found = tenants_.find(id);
        if (found == tenants_.end()) return all;
        for (const Line& line : found->second.lines) {
            if (line.position >= found->second.cursor) all.push_back(uuid_in(line.text));
        }
        return all;
    }
    void forget_now(TenantId id) { tenants_.erase(id); }

    std::vector<std::pair<TenantId, spool::LetterDraft>> letters_written;
    std::vector<spool::Settle> settles;
    std::string settle_error;   ///< settles fail with this
    std::string read_error;     ///< reads fail with this
    bool settles_wait = false;  ///< until `finish_settles`
    mutable std::size_t reads = 0;

    void finish_settles() {
        settles_wait = false;
        for (auto& finish : std::exchange(unfinished_, {})) finish();
    }

    // What shipping uses.
    std::optional<Known> find(const spool::Identity& identity) const override {
        const auto* header = std::get_if<spool::HeaderIdentity>(&identity);
        for (const auto& [id, tenant] : tenants_) {
            if (header != nullptr && header->token.matches(token_of(id))) return known(id);
        }
        return {};
    }
    std::optional<Known> known(TenantId id) const override {
        const auto found = tenants_.find(id);
        if (found == tenants_.end()) return {};
        return Known{id, found->second.proven, found->second.condemned_full};
    }
    std::vector<spool::TenantStatus> tenants() const override {
        std::vector<spool::TenantStatus> all;
        for (const auto& [id, ignored] : tenants_) all.push_back(*tenant(id));
        return all;
    }
    std::optional<spool::TenantStatus> tenant(TenantId id) const override {
        const auto found = tenants_.find(id);
        if (found == tenants_.end()) return {};
        spool::TenantStatus status;
        status.id = id;
        status.label = "us-" + std::to_string(id.number);
        status.last_received = found->second.last_received;
        for (const Line& line : found->second.lines) {
            if (line.position < found->second.cursor) continue;
            ++status.waiting_lines;
            status.waiting_bytes += line.text.size();
            if (status.oldest_waiting == WallTime{}) status.oldest_waiting = line.received_at;
        }
        return status;
    }
    void on_arrival(std::function<void(const std::vector<TenantId>&)> arrived) override {
        arrived_ = std::move(arrived);
    }
    std::vector<TenantId> tenants_with_lines() const override {
        std::vector<TenantId> all;
        for (const auto& [id, tenant] : tenants_) {
            if (!waiting(id).empty()) all.push_back(id);
        }
        return all;
    }
    Position cursor(TenantId id) const override { return tenants_.at(id).cursor; }
    Result<spool::Batch> read(TenantId id, Position from, std::size_t bytes_max, std::size_t lines_max) const override {
        ++reads;
        if (!read_error.empty()) return failed(read_error);
        const Tenant& tenant = tenants_.at(id);
        EXPECT_GE(from, tenant.cursor);
        auto text = std::make_shared<std::string>();
        spool::Batch batch;
        std::vector<std::pair<std::size_t, std::size_t>> places;
        auto line = std::lower_bound(tenant.lines.begin(), tenant.lines.end(), from,
                                     [](const Line& left, Position right) { return left.position < right; });
        for (; line != tenant.lines.end() && places.size() < lines_max; ++line) {
            if (!places.empty() && text->size() + line->text.size() > bytes_max) break;
            places.emplace_back(text->size(), line->text.size());
            *text += line->text;
            const auto age = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - line->received);
            batch.lines.push_back({line->position, {}, age});
        }
        for (std::size_t i = 0; i < places.size(); ++i) {
            batch.lines[i].text = std::string_view(*text).substr(places[i].first, places[i].second);
        }
        batch.end = line == tenant.lines.end() ? Position{Sequence{tenant.last_sequence + 1}, 0} : line->position;
        batch.more = line != tenant.lines.end();
        batch.storage = std::move(text);
        return batch;
    }
    void settle(spool::Settle settle, Mailbox& mailbox, std::function<void(Result<void>)> done) override {
        const auto finish = [this, settle, &mailbox, done] {
            if (!settle_error.empty() || !tenants_.contains(settle.tenant)) {
                mailbox.post([done, this] { done(failed(settle_error)); });
                return;
            }
            Tenant& tenant = tenants_.at(settle.tenant);
            EXPECT_GE(settle.upto, tenant.cursor);
            std::size_t lines = 0;
            for (const Line& line : tenant.lines)
                lines += line.position >= tenant.cursor && line.position < settle.upto;
            std::size_t condemned = 0;
            for (const auto& letter : settle.letters) {
                EXPECT_EQ(letter.kind, spool::LetterClass::condemned);
                condemned += letter.lines;
                letters_written.emplace_back(settle.tenant, letter);
            }
            // A line is delivered, or in a letter, or one of those in doubt and both.
            EXPECT_GE(settle.delivered + condemned, lines);
            tenant.cursor = settle.upto;
            tenant.proven = tenant.proven || settle.prove;
            tenant.delivered += settle.delivered;
            settles.push_back(settle);
            mailbox.post([done] { done({}); });
        };
        if (settles_wait) {
            unfinished_.push_back(finish);
        } else {
            finish();
        }
    }

    // What it does not.
    TenantId introduce(const spool::Identity&) override { return {}; }
    std::optional<spool::Identity> identity(TenantId) const override { return {}; }
    void append(spool::Append, Mailbox&, AppendDone) override {}
    void keep_aside(TenantId, spool::LetterDraft) override {}
    void note_refusal(spool::Gap) override {}
    Result<std::vector<spool::Letter>> letters(const spool::LetterFilter&, std::uint64_t, std::size_t) const override {
        return std::vector<spool::Letter>{};
    }
    Result<std::size_t> replay(const std::vector<std::uint64_t>&) override { return 0; }
    Result<std::size_t> discard(const std::vector<std::uint64_t>&) override { return 0; }
    Result<std::vector<spool::Gap>> gaps(std::optional<WallTime>, std::size_t) const override {
        return std::vector<spool::Gap>{};
    }
    Result<std::vector<spool::Trace>> trace(std::string_view) const override { return std::vector<spool::Trace>{}; }
    Result<void> rekey(TenantId, spool::Identity) override { return {}; }
    Result<void> forget(TenantId) override { return {}; }
    Result<spool::Resent> resend(const spool::Resend&) override { return spool::Resent{}; }
    Result<spool::Backup> back_up(const Path&, const spool::BackupProgress&) override { return spool::Backup{}; }
    void at_next_turn(Task task) override { task(); }
    spool::SpoolStatus status() const override { return {}; }
    Result<void> close() override { return {}; }
    bool commit_now() override { return false; }

 private:
    const Clock& clock_;
    std::map<TenantId, Tenant> tenants_;
    std::function<void(const std::vector<TenantId>&)> arrived_;
    std::vector<std::function<void()>> unfinished_;
};

/// A request as the listener saw it.
struct Seen {
    TimePoint at;
    std::string url;
    TenantId tenant;  ///< by its token; 0 for a token of no tenant
    std::vector<std::string> lines;
    [[nodiscard]] std::vector<std::string> uuids() const {
        std::vector<std::string> all;
        for (const std::string& line : lines) all.push_back(uuid_in(line));
        return all;
    }
};
struct Reply {
    int status = 200;
    std::string body;
    std::vector<net::Header> headers;
    Duration after = 10ms;
    bool no_answer = false;     ///< a failure in place of an answer
    bool nothing_sent = false;  ///< of that failure
};

/// A listener that behaves as it is told, in the world's time.
class FakeListener final : public net::HttpClient {
 public:
    explicit FakeListener(const test::FakeClock& clock) : clock_(clock) {}

    std::function<Reply(const Seen&)> behaviour = [](const Seen&) { return Reply{}; };
    std::vector<Seen> seen;
    std::map<TenantId, int> in_flight;
    std::map<std::string, int> in_flight_region;
    int in_flight_tenant_most = 0;
    std::map<std::string, int> in_flight_region_most;

    void start(net::ClientRequest request, Mailbox& mailbox, std::function<void(net::ClientOutcome)> done) override {
        Seen one;
        one.at = clock_.now();
        one.url = request.url;
        const auto query = request.secret_query.reveal();
        one.tenant.number = std::stoull("0" + std::string(query.substr(11, 27)));
        one.lines = lines_in(test::inflated(*request.body));
        Reply reply = behaviour(one);
        in_flight_tenant_most = std::max(in_flight_tenant_most, ++in_flight[one.tenant]);
        auto& most = in_flight_region_most[one.url];
        most = std::max(most, ++in_flight_region[one.url]);
        const TenantId tenant = one.tenant;
        const std::string url = one.url;
        seen.push_back(std::move(one));
        if (reply.after >= request.time_max) {
            reply.no_answer = true;
            reply.after = request.time_max;
        }
        coming_.emplace(clock_.now() + reply.after, [=, this, &mailbox] {
            --in_flight[tenant];
            --in_flight_region[url];
            mailbox.post([=] { done(outcome_of(reply)); });
        });
    }
    void cancel_all() override {
        for (auto& [when, answer] : std::exchange(coming_, {})) answer();
    }

    [[nodiscard]] TimePoint next() const { return coming_.empty() ? never : coming_.begin()->first; }
    void answer_due(TimePoint now) {
        while (!coming_.empty() && coming_.begin()->first <= now) {
            const auto answer = coming_.begin()->second;
            coming_.erase(coming_.begin());
            answer();
        }
    }

 private:
    static net::ClientOutcome outcome_of(const Reply& reply) {
        net::ClientOutcome outcome;
        outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(reply.after);
        if (reply.no_answer) {
            outcome.failure = {"no answer in time from listener.example port 8071", reply.nothing_sent, false};
            return outcome;
        }
        net::ClientAnswer answer{reply.status, {}, reply.body};
        for (const auto& header : reply.headers) answer.headers.add(header.name, header.value);
        outcome.answer = std::move(answer);
        return outcome;
    }
    static std::vector<std::string> lines_in(const std::string& body) {
        std::vector<std::string> lines;
        for (std::size_t from = 0; from < body.size();) {
            const auto end = body.find('\n', from);
            EXPECT_NE(end, std::string::npos) << "a bulk ends in a newline";
            if (end == std::string::npos) break;
            lines.push_back(body.substr(from, end - from));
            from = end + 1;
        }
        return lines;
    }

    const test::FakeClock& clock_;
    std::multimap<TimePoint, std::function<void()>> coming_;
};

inline Reply reply_of(int status, std::string body = "", std::vector<net::Header> headers = {}) {
    Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.headers = std::move(headers);
    return reply;
}
inline Reply no_answer(bool nothing_sent = false) {
    Reply reply;
    reply.no_answer = true;
    reply.nothing_sent = nothing_sent;
    return reply;
}

/// An honest listener that refuses some lines: it takes the others and counts.
inline Reply counting(const Seen& seen, const std::function<bool(const std::string&)>& is_bad) {
    std::size_t bad = 0;
    for (const std::string& line : seen.lines) bad += is_bad(line) ? 1U : 0U;
    if (bad == 0) return {};
    return reply_of(400, fmt::format(R"({{"malformedLines":{},"oversizedLines":0,"successfulLines":{}}})", bad,
                                     seen.lines.size() - bad));
}

/// Does what is posted when it is told to: another thread that is busy for as long as a test wants.
class HeldLane final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        for (Task& task : tasks) tasks_.push_back(std::move(task));
    }
    [[nodiscard]] bool has_work() const { return !tasks_.empty(); }
    void work() {
        for (const Task& task : std::exchange(tasks_, {})) task();
    }

 private:
    std::vector<Task> tasks_;
};

class World {
 public:
    explicit World(ShippingLimits shipping_limits = {}) : limits(shipping_limits) {}

    /// Takes the shipping up; before that a test may fill the spool.
    void begin() {
        shipping = Shipping::make(
            spool, api,
            [this](TenantId id) -> std::optional<Destination> {
                const auto found = destinations.find(id);
                if (found == destinations.end()) return Destination{"us", "http://us", Secret(token_of(id))};
                return found->second;
            },
            [](std::string_view region) -> std::optional<std::string> {
                if (region == "nowhere") return {};
                return "http://" + std::string(region);
            },
            limits, crew, clock, metrics, 7, lane, &recent);
        spool.on_arrival([this](const std::vector<TenantId>& tenants) { shipping->arrived(tenants); });
        shipping->begin();
    }
    void put(TenantId id, const std::vector<std::string>& names) {
        std::vector<std::string> lines;
        for (const std::string& name : names) lines.push_back(line_of(name));
        spool.put(id, lines);
    }

    /// Lets time go by, from event to event.
    void run(Duration length) {
        const TimePoint end = clock.now() + length;
        run_until(end, [] { return false; });
    }
    /// The same until it is so, for at most a simulated day; false: it never was.
    bool run_until(const std::function<bool()>& is_so, Duration at_most = 24h) {
        return run_until(clock.now() + at_most, is_so);
    }
    void run_until_empty(TenantId id) {
        EXPECT_TRUE(run_until([&] { return spool.waiting(id).empty(); })) << "lines still wait";
        run(0s);
    }

    [[nodiscard]] ShipperStatus status(TenantId id) const {
        for (const ShipperStatus& status : shipping->status()) {
            if (status.tenant == id) return status;
        }
        return {};
    }
    [[nodiscard]] std::vector<std::string> arrived(TenantId id) const {
        std::vector<std::string> all;
        for (const Seen& seen : listener.seen) {
            if (seen.tenant != id) continue;
            for (const std::string& uuid : seen.uuids()) all.push_back(uuid);
        }
        return all;
    }
    [[nodiscard]] std::size_t sends_of(const std::string& uuid) const {
        std::size_t sends = 0;
        for (const Seen& seen : listener.seen) {
            for (const std::string& one : seen.uuids()) sends += one == uuid ? 1U : 0U;
        }
        return sends;
    }
    /// "uuid reason" of each letter.
    [[nodiscard]] std::vector<std::string> letters() const {
        std::vector<std::string> all;
        for (const auto& [id, letter] : spool.letters_written) {
            static constexpr const char* names[] = {"line_refused", "bulk_refused", "too_large", "token_refused",
                                                    "too_old"};
            all.push_back(letter.uuid + " " + names[static_cast<std::size_t>(letter.reason)]);
        }
        return all;
    }

    ShippingLimits limits;
    test::FakeClock clock;
    Crew crew{clock};
    Metrics metrics;
    FakeSpool spool{clock};
    FakeListener listener{clock};
    logzio::Listener api{listener, {}};
    spool::RecentBulks recent;
    HeldLane* lane = nullptr;  ///< a test's own, if it has one
    std::map<TenantId, std::optional<Destination>> destinations;
    std::unique_ptr<Shipping> shipping;

 private:
    bool run_until(TimePoint end, const std::function<bool()>& is_so) {
        for (int rounds = 0; rounds < 5'000'000; ++rounds) {
            listener.answer_due(clock.now());
            TimePoint next = crew.run_due(clock.now());
            next = std::min(next, listener.next());  // as it is now that the crew has sent something
            if (is_so()) return true;
            if (next <= clock.now()) continue;
            if (clock.now() >= end) return false;
            clock.advance(std::min(next, end) - clock.now());
        }
        ADD_FAILURE() << "shipping goes round in circles";
        return false;
    }
};

}  // namespace hookline::ship
