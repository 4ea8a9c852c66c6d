#include "status/test_event.h"

#include <future>

#include "base/hash.h"
#include "base/log.h"
#include "base/time_text.h"
#include "base/uuid.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;

constexpr auto minute = 60s;

std::string json_text(std::string_view text) { return Json(text).dump(); }

/// Of one line: a delivery as it stands before the spool.
spool::Append append_of(const AdminParts& parts, const spool::TenantStatus& tenant, std::string_view uuid,
                        WallTime now) {
    const std::string published = format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(now));
    const std::string event = test_event_json(uuid, published);
    const std::string time = json_text(published);
    const std::string id = json_text(uuid);
    logzio::LineSource source;
    source.event = event;
    source.envelope = {{"eventType", R"("com.okta.event_hook")"},
                       {"eventTypeVersion", R"("1.0")"},
                       {"cloudEventsVersion", R"("0.1")"},
                       {"source", R"("https://hookline.invalid/test")"},
                       {"eventId", id},
                       {"eventTime", time},
                       {"contentType", R"("application/json")"}};
    source.envelope_event_time = published;
    source.source = "https://hookline.invalid/test";
    source.received_at = now;
    source.via = "test";

    spool::Append append;
    const logzio::BuiltLine built = logzio::LineBuilder(parts.shape, parts.line_limits).build(source, append.lines);
    spool::AppendLine line;
    line.length = static_cast<std::uint32_t>(append.lines.size());
    line.id = spool::id_of_uuid(uuid);
    line.content = hash128(event);
    line.mark_at = built.mark_at;
    line.mark = built.mark;
    append.events.push_back(line);
    append.tenant = tenant.id;
    append.event_id = uuid;
    append.listed = tenant.named;
    append.received_at = now;
    return append;
}

std::string_view refusal_of(spool::AppendOutcome outcome) {
    switch (outcome) {
        case spool::AppendOutcome::stored:
        case spool::AppendOutcome::repeated:
            return {};
        case spool::AppendOutcome::tenant_full:
            return "not taken: this tenant's quota in the spool is full; Okta's deliveries are refused as well";
        case spool::AppendOutcome::spool_full:
            return "not taken: the spool is full; Okta's deliveries are refused as well";
        case spool::AppendOutcome::busy:
            return "not taken: too much waits to be written; ask again";
        case spool::AppendOutcome::failed:
            break;
    }
    return "not taken: the spool could not write it; the log tells why";
}

net::HttpResponse too_often(std::chrono::seconds wait) {
    const std::string seconds = std::to_string(wait.count());
    net::HttpResponse response = refuse(429, "test events are sent too often; ask again in " + seconds + " s");
    response.headers.push_back({"Retry-After", seconds});
    return response;
}

bool is_not_configured(const AdminParts& parts, TenantId tenant) {
    for (const ShipperRow& row : parts.shippers()) {
        if (row.tenant == tenant) return row.hold == "not_configured";
    }
    return false;
}

}  // namespace

std::string test_event_json(std::string_view uuid, std::string_view published) {
    // Each field has the JSON type that it has in Okta's events: the first value of a day fixes it at Logz.io.
    const Json event{
        {"uuid", uuid},
        {"published", published},
        {"eventType", "hookline.test_event"},
        {"version", "0"},
        {"severity", "INFO"},
        {"displayMessage", "Test event: an operator of hookline asked for it. Nothing happened in Okta."},
        {"actor",
         {{"id", "hookline"},
          {"type", "Test"},
          {"alternateId", "hookline-test"},
          {"displayName", "hookline test event"}}},
        {"client", {{"userAgent", {{"rawUserAgent", "hookline/" HOOKLINE_VERSION}}}}},
        {"outcome", {{"result", "SUCCESS"}, {"reason", nullptr}}},
        {"target", Json::array()},
        {"transaction", {{"type", "JOB"}, {"id", uuid}, {"detail", Json::object()}}},
    };
    return event.dump();
}

std::chrono::seconds TestEvents::wait_for_turn(TenantId tenant, TimePoint now) {
    const auto left = [now](TimePoint until) { return std::chrono::ceil<std::chrono::seconds>(until - now); };
    const std::lock_guard lock(mutex_);
    while (!sent_.empty() && now - sent_.front() >= minute) sent_.pop_front();
    std::erase_if(sent_to_, [&](const auto& one) { return now - one.second >= limits_.tenant_pause; });
    if (const auto found = sent_to_.find(tenant); found != sent_to_.end()) {
        return left(found->second + limits_.tenant_pause);
    }
    if (sent_.size() >= limits_.minute_max) return left(sent_.front() + minute);
    sent_.push_back(now);
    sent_to_[tenant] = now;
    return 0s;
}

net::HttpResponse TestEvents::send(const AdminParts& parts, const spool::TenantStatus& tenant, const Caller& caller) {
    if (!parts.shippers) return refuse(409, "no relay runs here, so nothing would send a test event");
    if (is_not_configured(parts, tenant.id)) {
        return refuse(409, tenant.label + " is no longer configured: a test event would have nowhere to go");
    }
    const auto wait = wait_for_turn(tenant.id, parts.clock.now());
    if (wait > 0s) return too_often(wait);
    const std::string uuid = random_uuid();
    if (uuid.empty()) return refuse(500, "there is no randomness for a uuid");

    const auto promise = std::make_shared<std::promise<spool::Appended>>();
    auto appended = promise->get_future();
    const WallTime now = parts.clock.wall();
    spool::Append append = append_of(parts, tenant, uuid, now);
    std::optional<spool::WatchedLines> watched;
    if (parts.tail != nullptr && parts.tail->watches(tenant.id)) watched.emplace(append, parts.tail->limits());
    parts.spool.append(std::move(append), at_once_,
                       [promise](const spool::Appended& done) { promise->set_value(done); });
    log_info("a test event was asked for",
             {{"tenant", tenant.label}, {"uuid", uuid}, {"peer", caller.peer}, {"by", caller.by}});
    if (appended.wait_for(limits_.commit_time_max) != std::future_status::ready) {
        return refuse(503, "the disk is slow: the test event " + uuid + " may be stored, and may not");
    }
    if (const auto why = refusal_of(appended.get().outcome); !why.empty()) return refuse(503, why);
    if (watched) parts.tail->note(*watched);
    return answer(
        Json{{"uuid", uuid}, {"tenant", tenant.label}, {"tenant_id", tenant.id.number}, {"stored_at", instant(now)}});
}

}  // namespace hookline::status
