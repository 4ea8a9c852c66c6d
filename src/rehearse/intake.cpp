#include "rehearse/intake.h"

#include <algorithm>

#include "base/secret.h"

namespace hookline::rehearse {
namespace {

std::int64_t day_now() {
    return std::chrono::floor<std::chrono::days>(SystemClock().wall()).time_since_epoch().count();
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

/// The next piece up to a newline; a final empty piece is no line.
bool next_line(std::string_view& body, std::string_view& line) {
    if (body.empty()) return false;
    const std::size_t end = std::min(body.find('\n'), body.size());
    line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return true;
}

}  // namespace

Account& Accounts::find(const std::string& region, std::string_view token) {
    const Hash128 key = hash128(region + ":" + std::string(token));
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Account>& account = all_[key];
    if (!account) {
        account = std::make_unique<Account>();
        account->number = all_.size();
        account->region = region;
        account->fingerprint = Secret(std::string(token)).fingerprint();
    }
    return *account;
}

bool Intake::quota_spent(std::size_t bytes, const IntakeRequest& request) const {
    const std::int64_t today = day_now();
    const std::lock_guard lock(request.account->mutex);
    if (request.account->day != today) request.account->bytes_today = 0;
    request.account->day = today;
    const bool spent = request.account->bytes_today + bytes > request.quota_bytes;
    if (!spent) request.account->bytes_today += bytes;
    return spent;
}

LineCounts Intake::take(std::string_view body, const IntakeRequest& request) {
    thread_local DocumentReader reader_in_full(false);
    thread_local DocumentReader reader_light(true);
    DocumentReader& reader = options_.light ? reader_light : reader_in_full;
    LineCounts counts;
    counts.dropped = quota_spent(body.size(), request);
    RecordedBody taken{
        request.account->region, request.account->fingerprint, request.connection, request.request, body.size(), {}};
    std::string_view line;
    for (std::uint64_t number = 0; number < request.lines_max && next_line(body, line); ++number) {
        if (is_blank(line)) {
            ++counts.empty;
            continue;
        }
        const bool oversized = line.size() > line_bytes_max;
        if (oversized) ++counts.oversized;
        if (oversized && !options_.oversized_arrive) continue;
        const bool poisoned = !request.poison.empty() && line.find(request.poison) != std::string_view::npos;
        const Document* document = poisoned ? nullptr : reader.read(line);
        if (document == nullptr) {
            if (!oversized) ++counts.malformed;
            continue;
        }
        if (!oversized) ++counts.successful;
        if (counts.dropped) continue;
        RecordedLine& recorded = taken.lines.emplace_back();
        recorded.text = line;
        recorded.oversized = oversized;
        judge(*document, request, recorded);
    }
    record_.add(taken);
    record_.count_bad_lines(counts.malformed, counts.oversized, counts.empty);
    return counts;
}

void Intake::judge(const Document& document, const IntakeRequest& request, RecordedLine& line) {
    // An eventId names a delivery, not an event: a document without uuid is known by all of its bytes.
    line.name = document_name(document.uuid.empty() ? line.text : document.uuid, request.account->number);
    line.tags = document.tags;
    if (!options_.light) {
        const std::lock_guard lock(request.account->mutex);
        line.conflicts = request.account->index.add(document, request.account->day);
    }
    if (!line.conflicts.empty()) line.tags[static_cast<std::size_t>(Tag::mapping_conflict)] = true;
    line.invalid = line.oversized || std::any_of(line.tags.begin(), line.tags.end(), [](bool set) { return set; });

    const bool from_url = options_.url_type_wins ? !request.url_type.empty() : !document.type.has_value();
    line.type = from_url ? (request.url_type.empty() ? "http-bulk" : request.url_type) : *document.type;
    line.type_differs = document.type && !request.url_type.empty() && *document.type != request.url_type;
}

}  // namespace hookline::rehearse
