#include "spool/parts.h"

#include <array>

#include "base/log.h"

namespace hookline::spool {
namespace {

/// Says when a tenant's condemned letters pass a share of what they may take.
void warn_when_filling(const Tenant& tenant, std::uint64_t bytes_max) {
    for (const unsigned percent : {95U, 80U, 50U}) {
        const std::uint64_t line = bytes_max / 100 * percent;
        if (tenant.state.condemned_bytes < line && tenant.staged->condemned_bytes >= line) {
            log_warn("dead letters fill up; delivery is held when they are full",
                     {{"tenant", tenant.label}, {"percent", percent}});
            return;
        }
    }
}

}  // namespace

Result<Notes> Notes::load(const Store& store, Floors& floors) {
    Notes notes(floors);
    Walk walk = store.walk(Table::notes);
    walk.seek_to_last();
    if (walk.valid()) notes.next_ = number_of(walk.key()).value_or(0) + 1;
    if (auto end = walk.end(); !end) return failed("read notes of bulks", end.error());
    return notes;
}

SpoolMetrics::SpoolMetrics(Metrics& metrics)
    : commits(metrics.counter("hookline_spool_commits_total", "Synced writes")),
      commit_failures(metrics.counter("hookline_spool_commit_failures_total", "Writes or syncs that failed")),
      stored_events(metrics.counter("hookline_spool_stored_events_total", "Events committed")),
      repeated_events(metrics.counter("hookline_spool_repeated_events_total", "Events that were on disk before")),
      conflicts(metrics.counter("hookline_spool_conflicting_events_total", "Events with a known id and other content")),
      delivered_events(metrics.counter("hookline_spool_delivered_events_total", "Events that Logz.io took")),
      letters_condemned(
          metrics.counter("hookline_spool_letters_total", "Dead letters written", {{"class", "condemned"}})),
      letters_aside(metrics.counter("hookline_spool_letters_total", "Dead letters written", {{"class", "kept_aside"}})),
      refused_tenant_full(metrics.counter("hookline_spool_refused_deliveries_total", "Deliveries not taken",
                                          {{"reason", "tenant_full"}})),
      refused_spool_full(metrics.counter("hookline_spool_refused_deliveries_total", "Deliveries not taken",
                                         {{"reason", "spool_full"}})),
      refused_busy(
          metrics.counter("hookline_spool_refused_deliveries_total", "Deliveries not taken", {{"reason", "busy"}})),
      refused_failed(
          metrics.counter("hookline_spool_refused_deliveries_total", "Deliveries not taken", {{"reason", "failed"}})),
      commit_seconds(metrics.histogram("hookline_spool_commit_seconds", "One synced write, start to end",
                                       Metrics::latency_bounds())),
      group_deliveries(metrics.histogram("hookline_spool_group_deliveries", "Deliveries in one synced write",
                                         {1, 2, 4, 8, 16, 32, 64, 128, 256, 512})),
      resent_events(
          metrics.counter("hookline_spool_resent_events_total", "Delivered events put back to be sent once more")),
      stored_bytes(metrics.gauge("hookline_spool_stored_bytes", "Bytes of records not settled")),
      kept_bytes(metrics.gauge("hookline_spool_kept_bytes", "Bytes of delivered events that are kept, about")),
      free_bytes(metrics.gauge("hookline_spool_free_bytes", "Free bytes on the spool's disk")),
      waiting_bytes(metrics.gauge("hookline_spool_waiting_bytes", "Bytes handed over and not yet committed")),
      seen_ids(metrics.gauge("hookline_spool_seen_ids", "Event ids remembered")),
      tenants(metrics.gauge("hookline_spool_tenants", "Tenants on disk")),
      accepting(metrics.gauge("hookline_spool_accepting", "1 while deliveries are taken, 0 when full or failing")) {}

void Parts::committed() {
    std::vector<Floors::Cursor> passed;
    for (const Tenant* tenant : directory.touched()) {
        quotas.change(tenant->state, *tenant->staged);
        if (tenant->state.cursor.sequence != tenant->staged->cursor.sequence) {
            passed.push_back({tenant->id, tenant->staged->cursor.sequence});
        }
        if (tenant->staged->condemned_bytes > tenant->state.condemned_bytes) {
            warn_when_filling(*tenant, directory.condemned_bytes_max());
        }
    }
    quotas.settled();
    directory.committed();
    if (!keeps) floors.raise(passed);
    letters.committed();
    seen.committed(ages.now());
    gaps->committed();
    notes.committed();
}

void Parts::withdrawn() {
    quotas.settled();
    directory.withdrawn();
    letters.withdrawn();
    seen.withdrawn();
    gaps->withdrawn();
    arrivals.clear();
}

}  // namespace hookline::spool
