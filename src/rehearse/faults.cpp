#include "rehearse/faults.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hookline::rehearse {
namespace {

struct KnownFault {
    FaultKind kind;
    std::string_view name;
    Moment moment;
};
using enum FaultKind;
constexpr std::array known_faults{
    KnownFault{refuse_connect, "refuse_connect", Moment::connecting},
    KnownFault{reset_on_accept, "reset_on_accept", Moment::accepting},
    KnownFault{stall_before_read, "stall_before_read", Moment::before_read},
    KnownFault{stall_in_upload, "stall_in_upload", Moment::uploading},
    KnownFault{slow_read, "slow_read", Moment::uploading},
    KnownFault{stall_before_answer, "stall_before_answer", Moment::before_answer},
    KnownFault{stall_in_answer, "stall_in_answer", Moment::answering},
    KnownFault{status, "status", Moment::answering},
    KnownFault{counters, "counters", Moment::answering},
    KnownFault{poison, "poison", Moment::judging},
    KnownFault{quota, "quota", Moment::judging},
    KnownFault{html, "html", Moment::answering},
    KnownFault{huge_answer, "huge_answer", Moment::answering},
    KnownFault{truncated_status_line, "truncated_status_line", Moment::answering},
    KnownFault{commit_then_reset, "commit_then_reset", Moment::answering},
    KnownFault{commit_then_close, "commit_then_close", Moment::answering},
    KnownFault{commit_then_status, "commit_then_status", Moment::answering},
    KnownFault{partial_commit_then_reset, "partial_commit_then_reset", Moment::answering},
    KnownFault{close_after, "close_after", Moment::keeping},
    KnownFault{idle_close, "idle_close", Moment::idling},
    KnownFault{skewed_date, "skewed_date", Moment::dating},
};

const KnownFault& known(FaultKind kind) {
    return *std::find_if(known_faults.begin(), known_faults.end(),
                         [&](const KnownFault& each) { return each.kind == kind; });
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Result<void> check_numbers(const Fault& fault) {
    constexpr std::int64_t number_max = 1'000'000'000;
    for (const auto* name : {"milliseconds", "bytes_per_second", "lines", "bytes", "requests", "seconds", "times"}) {
        const auto setting = fault.settings.find(name);
        if (setting == fault.settings.end()) continue;
        const auto number = parse_number(setting->second);
        const std::int64_t number_min = setting->first == "seconds" ? -number_max : 0;  // a date may lie behind us
        if (!number || *number < number_min || *number > number_max) {
            return failed("fault \"" + fault.kind + "\": " + name + " must be a whole number of at most " +
                          std::to_string(number_max));
        }
    }
    return {};
}

}  // namespace

std::string_view name_of(FaultKind kind) { return known(kind).name; }

std::string ActiveFault::text(const std::string& setting, std::string otherwise) const {
    const auto found = fault.settings.find(setting);
    return found == fault.settings.end() ? std::move(otherwise) : found->second;
}

std::int64_t ActiveFault::number(const std::string& setting, std::int64_t otherwise) const {
    return parse_number(text(setting)).value_or(otherwise);
}

Result<std::uint64_t> FaultBook::add(Fault fault) {
    const auto* found = std::find_if(known_faults.begin(), known_faults.end(),
                                     [&](const KnownFault& each) { return each.name == fault.kind; });
    if (found == known_faults.end()) return failed("there is no fault of kind \"" + fault.kind + "\"");
    if (auto checked = check_numbers(fault); !checked) return tl::unexpected(checked.error());
    if (found->kind == status && (fault.status < 200 || fault.status > 599)) {
        return failed("fault \"status\" needs a status from 200 to 599");
    }
    auto active = std::make_shared<ActiveFault>();
    active->kind = found->kind;
    active->fault = std::move(fault);
    const std::lock_guard lock(mutex_);
    active->id = ++last_id_;
    faults_.push_back(active);
    return active->id;
}

void FaultBook::remove(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto gone = std::find_if(faults_.begin(), faults_.end(), [&](const auto& each) { return each->id == id; });
    if (gone == faults_.end()) return;
    (*gone)->released = true;
    faults_.erase(gone);
}

void FaultBook::clear() {
    const std::lock_guard lock(mutex_);
    for (const auto& fault : faults_) fault->released = true;
    faults_.clear();
}

std::vector<std::shared_ptr<const ActiveFault>> FaultBook::all() const {
    const std::lock_guard lock(mutex_);
    return {faults_.begin(), faults_.end()};
}

std::shared_ptr<const ActiveFault> FaultBook::take(Moment moment, const FaultSubject& subject) {
    const std::lock_guard lock(mutex_);
    for (const auto& active : faults_) {
        const Fault& fault = active->fault;
        if (known(active->kind).moment != moment) continue;
        if (!fault.region.empty() && fault.region != subject.region) continue;
        if (!fault.token.empty() && (!subject.token || fault.token != *subject.token)) continue;
        if (subject.token_faults_only && fault.token.empty()) continue;
        if (subject.request < fault.first_request || subject.request > fault.last_request) continue;
        if (active->hits >= static_cast<std::uint64_t>(active->number("times", INT64_MAX))) continue;
        if (fault.probability < 1 && std::uniform_real_distribution<double>(0, 1)(dice_) >= fault.probability) continue;
        ++active->hits;
        return active;
    }
    return nullptr;
}

}  // namespace hookline::rehearse
