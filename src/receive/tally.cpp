#include "receive/tally.h"

#include "receive/packer.h"

namespace hookline::receive {
namespace {

constexpr std::chrono::seconds log_pause{10};
constexpr auto events_name = "hookline_events_received_total";
constexpr auto events_help = "events of deliveries that were committed, by what they were";

}  // namespace

Tally::Tally(Metrics& metrics, spool::Spool& spool, const Clock& clock)
    : metrics_(metrics),
      spool_(spool),
      clock_(clock),
      events_stored_(metrics.counter(events_name, events_help, {{"kind", "new"}})),
      events_repeated_(metrics.counter(events_name, events_help, {{"kind", "repeated"}})),
      events_conflicting_(metrics.counter("hookline_events_uuid_conflict_total",
                                          "new events that came with a known uuid and other bytes")),
      acknowledgement_seconds_(metrics.histogram("hookline_acknowledgement_seconds",
                                                 "from a delivery's first byte (or the accept) to its 200",
                                                 Metrics::latency_bounds())) {}

void Tally::answered(int status) {
    auto counter = answers_.find(status);
    if (counter == answers_.end()) {
        counter = answers_
                      .emplace(status, metrics_.counter("hookline_answers_total", "answers given to Okta, by status",
                                                        {{"status", std::to_string(status)}}))
                      .first;
    }
    counter->second.add();
}

void Tally::acknowledged(Duration took) {
    acknowledgement_seconds_.observe(std::chrono::duration<double>(took).count());
}

void Tally::appended(const spool::Appended& appended) {
    if (appended.stored > 0) events_stored_.add(appended.stored);
    if (appended.repeated > 0) events_repeated_.add(appended.repeated);
    if (appended.conflicts > 0) events_conflicting_.add(appended.conflicts);
}

void Tally::refused(const Refusal& refusal, const Refused& refused) {
    const WallTime now = clock_.wall();
    spool::Gap gap;
    gap.from = gap.to = now;
    gap.status = refusal.status;
    gap.tenant_label = refused.label;
    gap.event_id = refused.event_id.substr(0, event_id_bytes_max);
    gap.reason = refusal.ledger;
    gap.events = refused.events;
    spool_.note_refusal(std::move(gap));

    if (!may_log(refusal.ledger)) return;
    log_warn("delivery refused", {{"status", refusal.status},
                                  {"reason", refusal.error},
                                  {"tenant", refused.label},
                                  {"peer", refused.peer},
                                  {"not_logged_before", pauses_[refusal.ledger].left_out}});
    pauses_[refusal.ledger].left_out = 0;
}

bool Tally::may_log(std::string_view what) {
    Pause& pause = pauses_[what];
    const TimePoint now = clock_.now();
    if (now < pause.until) {
        ++pause.left_out;
        return false;
    }
    pause.until = now + log_pause;
    return true;
}

}  // namespace hookline::receive
