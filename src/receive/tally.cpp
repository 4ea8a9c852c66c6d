#include "receive/tally.h"

#include "receive/packer.h"

namespace hookline::receive {
namespace {

constexpr auto acknowledgement_name = "hookline_acknowledgement_seconds";
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
      acknowledgement_seconds_(metrics.histogram(
          acknowledgement_name, "from a delivery's first byte (or the accept) to its 200", Metrics::latency_bounds())),
      exemplars_(exemplars_of(metrics).of(acknowledgement_name, Metrics::latency_bounds())) {}

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

void Tally::acknowledged(Duration took, std::string_view request_id) {
    const double seconds = std::chrono::duration<double>(took).count();
    acknowledgement_seconds_.observe(seconds);
    exemplars_.keep({"request_id", request_id, seconds, clock_.wall()});
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

    const auto held_back = may_log(refusal.ledger);
    if (!held_back) return;
    log_warn("delivery refused", {{"request_id", refused.request_id},
                                  {"status", refusal.status},
                                  {"reason", refusal.error},
                                  {"tenant", refused.label},
                                  {"peer", refused.peer},
                                  {"not_logged_before", *held_back}});
}

}  // namespace hookline::receive
