#include "status/watch.h"

#include <algorithm>

namespace hookline::status {
namespace {

constexpr auto letters_name = "hookline_letters";
constexpr auto bulk_seconds = "hookline_bulk_seconds";
constexpr auto letters_help = "Dead letters in the spool";

double seconds_between(WallTime from, WallTime to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

std::uint64_t count_of(std::string_view metrics_text, std::string_view series) {
    return static_cast<std::uint64_t>(value_of(metrics_text, series));
}

}  // namespace

Watch::Watch(const AdminParts& parts)
    : parts_(parts),
      gauges_{parts.metrics.gauge("hookline_oldest_waiting_seconds", "Age of the oldest event that is not delivered"),
              parts.metrics.gauge("hookline_waiting_lines", "Lines that wait to be delivered"),
              parts.metrics.gauge(letters_name, letters_help, {{"class", "condemned"}}),
              parts.metrics.gauge(letters_name, letters_help, {{"class", "kept_aside"}})},
      tenant_gauges_(parts.metrics),
      process_gauges_(parts.metrics) {
    parts.metrics.gauge("hookline_build_info", "1; its label is the version", {{"version", HOOKLINE_VERSION}}).set(1);
    parts.metrics.gauge("hookline_start_time_seconds", "When the process began, in seconds since 1970")
        .set(std::chrono::duration<double>(parts.clock.wall().time_since_epoch()).count());
}

TimePoint Watch::step(TimePoint now) {
    process_gauges_.look();
    const std::string text = parts_.metrics.text();
    const Sample sample = look(text);
    const Counted counted{distribution_of(text, "hookline_acknowledgement_seconds"),
                          distribution_of(text, bulk_seconds)};
    Distributions answers = distributions_by(text, bulk_seconds, "region");
    const std::lock_guard lock(mutex_);
    hour_.add(sample, counted);
    if (steps_ % (day_step / hour_step) == 0) day_.add(sample, counted);
    answers_.push_back(std::move(answers));
    if (answers_.size() > latency_span / hour_step + 1) answers_.pop_front();
    ++steps_;
    return now + hour_step;
}

std::vector<Sample> Watch::samples(Span span) const {
    const std::lock_guard lock(mutex_);
    const Ring& ring = span == Span::hour ? hour_ : day_;
    return {ring.samples.begin(), ring.samples.end()};
}

std::optional<Latency> Watch::latency(std::string_view region) const {
    const std::lock_guard lock(mutex_);
    if (answers_.empty()) return {};
    const auto now = answers_.back().find(region);
    if (now == answers_.back().end()) return {};
    const auto then = answers_.front().find(region);
    const Distribution before = then == answers_.front().end() ? Distribution{} : then->second;
    const auto p50 = quantile(0.5, before, now->second);
    const auto p99 = quantile(0.99, before, now->second);
    if (!p50 || !p99) return {};
    return Latency{*p50, *p99};
}

Sample Watch::look(std::string_view metrics_text) {
    Sample sample;
    sample.at = parts_.clock.wall();
    sample.received_events = count_of(metrics_text, "hookline_spool_stored_events_total");
    sample.delivered_events = count_of(metrics_text, "hookline_spool_delivered_events_total");
    sample.refused_requests = static_cast<std::uint64_t>(sum_of(metrics_text, "hookline_answers_total{")) -
                              count_of(metrics_text, "hookline_answers_total{status=\"200\"}");
    sample.stored_bytes = count_of(metrics_text, "hookline_spool_stored_bytes");
    std::uint64_t condemned = 0;
    std::uint64_t aside = 0;
    tenant_gauges_.begin(parts_.shippers ? parts_.shippers() : std::vector<ShipperRow>());
    parts_.spool.each_tenant([&](const spool::TenantStatus& tenant) {
        tenant_gauges_.add(tenant, sample.at);
        sample.waiting_lines += tenant.waiting_lines;
        condemned += tenant.condemned_letters;
        aside += tenant.aside_letters;
        if (tenant.oldest_waiting == WallTime{}) return;
        sample.oldest_waiting = std::max(sample.oldest_waiting, seconds_between(tenant.oldest_waiting, sample.at));
    });
    tenant_gauges_.publish();
    gauges_.oldest_waiting.set(sample.oldest_waiting);
    gauges_.waiting_lines.set(static_cast<double>(sample.waiting_lines));
    gauges_.letters_condemned.set(static_cast<double>(condemned));
    gauges_.letters_aside.set(static_cast<double>(aside));
    return sample;
}

void Watch::Ring::add(Sample sample, const Counted& now) {
    sample.acknowledgement_p50 = quantile(0.5, before.acknowledgements, now.acknowledgements);
    sample.acknowledgement_p99 = quantile(0.99, before.acknowledgements, now.acknowledgements);
    sample.bulk_p50 = quantile(0.5, before.bulks, now.bulks);
    sample.bulk_p99 = quantile(0.99, before.bulks, now.bulks);
    before = now;
    samples.push_back(sample);
    if (samples.size() > samples_max) samples.pop_front();
}

}  // namespace hookline::status
