#include "rehearse/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_text.h"
#include "base/time_text.h"

namespace hookline::rehearse {
namespace {

constexpr std::size_t conflicts_max = 500;
constexpr std::size_t accounts_max = 5'000;
constexpr std::size_t types_max = 100;
constexpr std::size_t last_lines = 8;

WallTime wall_now() { return SystemClock().wall(); }

/// Counts under a name that may come from outside, without growing for ever.
void count(std::map<std::string, std::uint64_t>& counts, const std::string& name, std::uint64_t more,
           std::size_t names_max) {
    const auto found = counts.find(name);
    if (found != counts.end()) {
        found->second += more;
    } else if (counts.size() < names_max) {
        counts.emplace(name, more);
    }
}

std::vector<std::string> names_of(const RecordedLine& line) {
    std::vector<std::string> names;
    for (std::size_t which = 0; which < tags_count; ++which) {
        if (line.tags[which]) names.emplace_back(name_of(static_cast<Tag>(which)));
    }
    if (line.oversized) names.emplace_back("oversized");
    return names;
}

}  // namespace

Record::Record(const LogzioEmulatorOptions& options, std::unique_ptr<LinesFile> file)
    : options_(options), file_(std::move(file)), seen_(options.documents_max) {}

void Record::add(const RecordedBody& body) {
    const WallTime now = wall_now();
    if (file_) append_to_file(body, now);
    const std::lock_guard lock(mutex_);
    for (const RecordedLine& line : body.lines) {
        const std::uint32_t times = seen_.add(line.name);
        report_.duplicates += times > 1 ? 1 : 0;
        report_.not_remembered += times == 0 ? 1 : 0;
        report_.type_differs += line.type_differs ? 1 : 0;
        report_.invalid_documents += line.invalid ? 1 : 0;
        report_.line_bytes_max = std::max<std::uint64_t>(report_.line_bytes_max, line.text.size());
        oversized_documents_ += line.oversized ? 1 : 0;
        if (line.invalid) {
            for (std::size_t which = 0; which < tags_count; ++which) tags_[which] += line.tags[which] ? 1U : 0U;
        }
        for (const MappingConflict& conflict : line.conflicts) {
            const std::string what =
                fmt::format("{}: {}, then {}", conflict.path, name_of(conflict.first), name_of(conflict.now));
            count(report_.conflicts, what, 1, conflicts_max);
        }
    }
    report_.lines += body.lines.size();
    report_.bulk_bytes_max = std::max<std::uint64_t>(report_.bulk_bytes_max, body.bytes);
    if (body.lines.empty()) return;
    count(report_.regions, body.region, body.lines.size(), accounts_max);
    count(report_.accounts, body.region + ":" + body.account, body.lines.size(), accounts_max);
    for (std::size_t at = 0; at < body.lines.size();) {  // nearly always one run of one type
        std::size_t end = at;
        while (end < body.lines.size() && body.lines[end].type == body.lines[at].type) ++end;
        count(report_.types, body.lines[at].type, end - at, types_max);
        at = end;
    }
    const std::size_t first = body.lines.size() - std::min<std::size_t>(body.lines.size(), options_.texts_max);
    for (std::size_t at = first; at < body.lines.size(); ++at) keep_text(body, body.lines[at], now);
}

void Record::keep_text(const RecordedBody& body, const RecordedLine& line, WallTime now) {
    while (!texts_.empty() && (texts_.size() >= options_.texts_max || texts_bytes_ > texts_bytes_max)) {
        texts_bytes_ -= texts_.front().text.size();
        texts_.pop_front();
    }
    texts_bytes_ += line.text.size();
    texts_.push_back({std::string(line.text), body.region, body.account, body.connection, body.request, now,
                      line.invalid ? names_of(line) : std::vector<std::string>()});
}

void Record::append_to_file(const RecordedBody& body, WallTime now) {
    std::string lines;
    lines.reserve(body.bytes + body.lines.size() * 8);
    for (const RecordedLine& line : body.lines) {
        if (!options_.lines_file_with_account) {
            lines.append(line.text) += '\n';
            continue;
        }
        lines +=
            fmt::format(R"({{"region":{},"account":"{}","connection":{},"request":{},"arrived":"{}","line":)",
                        json_string(body.region), body.account, body.connection, body.request, format_rfc3339(now));
        lines.append(line.text) += "}\n";
    }
    file_->append(lines);
}

void Record::add(KeptRequest request) {
    request.arrived = wall_now();
    const std::lock_guard lock(mutex_);
    ++report_.requests;
    ++report_.answers[request.answer];
    report_.bytes_on_wire += request.bytes_on_wire;
    report_.bytes_inflated += request.bytes_inflated;
    requests_.push_back(std::move(request));
    if (requests_.size() > requests_max) requests_.pop_front();
}

void Record::count_bad_lines(std::uint64_t malformed, std::uint64_t oversized, std::uint64_t empty) {
    const std::lock_guard lock(mutex_);
    report_.malformed_lines += malformed;
    report_.oversized_lines += oversized;
    report_.empty_lines += empty;
}

void Record::count_connection() {
    const std::lock_guard lock(mutex_);
    ++report_.connections;
}

LogzioEmulatorReport Record::report() const {
    const std::lock_guard lock(mutex_);
    LogzioEmulatorReport report = report_;
    report.distinct_uuids = seen_.names();
    for (std::size_t which = 0; which < tags_count; ++which) {
        if (tags_[which] > 0) report.tags.emplace(name_of(static_cast<Tag>(which)), tags_[which]);
    }
    if (oversized_documents_ > 0) report.tags.emplace("oversized", oversized_documents_);
    const std::size_t some = std::min(texts_.size(), last_lines);
    for (std::size_t at = texts_.size() - some; at < texts_.size(); ++at) report.last_lines.push_back(texts_[at].text);
    if (file_) report.problem = file_->problem();
    return report;
}

std::uint32_t Record::times(const Hash128& name) const {
    const std::lock_guard lock(mutex_);
    return seen_.times(name);
}

std::vector<KeptLine> Record::lines(std::size_t lines_max, const Wanted& wanted) const {
    const std::lock_guard lock(mutex_);
    std::vector<KeptLine> found;
    for (auto line = texts_.rbegin(); line != texts_.rend() && found.size() < lines_max; ++line) {
        if (wanted(*line)) found.push_back(*line);
    }
    return found;
}

std::vector<KeptRequest> Record::requests(std::size_t newest) const {
    const std::lock_guard lock(mutex_);
    const std::size_t some = std::min(requests_.size(), newest);
    return {requests_.end() - static_cast<std::ptrdiff_t>(some), requests_.end()};
}

void Record::flush() {
    if (file_) file_->flush();
}

void Record::forget() {
    const std::lock_guard lock(mutex_);
    const std::uint64_t connections = report_.connections;
    report_ = {};
    report_.connections = connections;
    tags_.fill(0);
    oversized_documents_ = 0;
    seen_.clear();
    texts_.clear();
    texts_bytes_ = 0;
    requests_.clear();
}

}  // namespace hookline::rehearse
