#include "ship/ship_metrics.h"

#include <array>

namespace hookline::ship {
namespace {

constexpr auto seconds_name = "hookline_bulk_seconds";
/// Names of the alternatives of logzio::Meaning, in their order.
constexpr std::array<const char*, std::variant_size_v<logzio::Meaning>> meaning_names{
    "delivered", "partly_accepted", "not_understood", "token_rejected", "too_large", "retry_later", "refused"};
/// Names of spool::LetterReason, in their order, as far as shipping makes such letters.
constexpr std::array<const char*, 5> letter_names{"line_refused", "bulk_refused", "too_large", "token_refused",
                                                  "too_old"};
constexpr std::array<const char*, 4> proof_names{"accepted", "refused", "undecided", "crowded"};

}  // namespace

std::string_view meaning_name(const logzio::Meaning& meaning) { return meaning_names.at(meaning.index()); }

ShipMetrics::ShipMetrics(Metrics& metrics)
    : metrics_(metrics),
      in_flight_(metrics.gauge("hookline_bulks_in_flight", "Bulks sent and not yet answered.")),
      bytes_(metrics.counter("hookline_bulk_bytes_total", "Bytes of lines sent, before compression.")),
      lines_(metrics.counter("hookline_lines_delivered_total", "Lines that Logz.io took.")),
      retries_(metrics.counter("hookline_bulk_retries_total", "Bulks that were not taken and will be sent again.")) {
    for (std::size_t reason = 1; reason < hold_reasons; ++reason) {
        holds_.push_back(metrics.gauge("hookline_tenants_held", "Tenants whose delivery waits, by reason.",
                                       {{"reason", std::string(hold_name(static_cast<HoldReason>(reason)))}}));
    }
    for (const char* name : letter_names) {
        letters_.push_back(metrics.counter("hookline_lines_condemned_total",
                                           "Lines that became dead letters, by reason.", {{"reason", name}}));
    }
    for (const char* name : proof_names) {
        proofs_.push_back(
            metrics.counter("hookline_proofs_total", "Proofs of new tokens, by outcome.", {{"outcome", name}}));
    }
}

void ShipMetrics::sent(std::size_t bytes) {
    in_flight_.add(1);
    bytes_.add(static_cast<double>(bytes));
}

void ShipMetrics::answered(const std::string& region, const logzio::Verdict& verdict, const spool::BulkNote& note) {
    in_flight_.add(-1);
    OfRegion& there = of(region);
    there.bulks[verdict.meaning.index()].add();
    const double seconds = std::chrono::duration<double>(verdict.took).count();
    there.seconds.observe(seconds);
    there.exemplars->keep({"bulk", std::to_string(note.bulk), seconds, note.answered_at});
}

ShipMetrics::OfRegion& ShipMetrics::of(const std::string& region) {
    const auto known = regions_.find(region);
    if (known != regions_.end()) return known->second;
    std::vector<Counter> bulks;
    bulks.reserve(meaning_names.size());
    for (const char* name : meaning_names) {
        bulks.push_back(metrics_.counter("hookline_bulks_total", "Answers to bulks, by region and what they mean.",
                                         {{"region", region}, {"result", name}}));
    }
    const Labels labels{{"region", region}};
    const Histogram seconds =
        metrics_.histogram(seconds_name, "From the start of a bulk to its answer.", Metrics::latency_bounds(), labels);
    ExemplarSlots& exemplars = exemplars_of(metrics_).of(seconds_name, Metrics::latency_bounds(), labels);
    return regions_.emplace(region, OfRegion{std::move(bulks), seconds, &exemplars}).first->second;
}

void ShipMetrics::settled(const spool::Settle& settle) {
    lines_.add(settle.delivered);
    for (const spool::LetterDraft& letter : settle.letters) {
        letters_.at(static_cast<std::size_t>(letter.reason)).add(letter.lines);
    }
}

void ShipMetrics::hold_changed(HoldReason from, HoldReason to) {
    if (from != HoldReason::none) holds_[static_cast<std::size_t>(from) - 1].add(-1);
    if (to != HoldReason::none) holds_[static_cast<std::size_t>(to) - 1].add(1);
}

void ShipMetrics::proof_ended(logzio::ProofOutcome outcome) { proofs_[static_cast<std::size_t>(outcome)].add(); }

}  // namespace hookline::ship
