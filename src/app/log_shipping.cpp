#include "app/log_shipping.h"

#include <algorithm>
#include <array>
#include <future>

#include <unistd.h>

#include "base/hash.h"
#include "base/json_text.h"
#include "base/log_level.h"
#include "base/time_text.h"
#include "base/uuid.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

std::string name_of_this_machine() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "";
    return name.data();
}

/// A field of the log by the name that it has in the document: none of the document's own, and without dots, which
/// Logz.io takes for objects.
std::string field_name(std::string_view name) {
    constexpr std::array<std::string_view, 7> own{"@timestamp", "type",  "uuid",   "hostname",
                                                  "level",      "token", "message"};
    std::string in_document(name);
    std::replace(in_document.begin(), in_document.end(), '.', '_');
    if (std::find(own.begin(), own.end(), name) != own.end()) in_document.insert(0, "log_");
    return in_document;
}

void append_member(std::string& document, std::string_view name, std::string_view text) {
    document += document.size() > 1 ? "," : "";
    append_json_string(document, name);
    document += ':';
    append_json_string(document, text);
}

/// Runs what is posted on the thread that posts it. The spool may answer when whoever asked is gone.
class AtOnce final : public Mailbox {
 public:
    void post(std::vector<Task> tasks) override {
        for (Task& task : tasks) task();
    }
};

}  // namespace

std::string log_document(const LogCopy& copy, std::string_view uuid, std::string_view hostname) {
    std::string document = "{";
    append_member(document, "@timestamp", format_rfc3339(copy.at));
    append_member(document, "type", "hookline");
    append_member(document, "uuid", uuid);
    append_member(document, "hostname", hostname);
    append_member(document, "level", log_level_name(copy.level));
    append_member(document, "message", copy.message);
    for (const LogCopy::Field& field : copy.fields) {
        if (field.is_text) {
            append_member(document, field_name(field.name), field.value);
        } else {
            document += ',';
            append_json_string(document, field_name(field.name));
            document += ':' + field.value;
        }
    }
    return document + "}\n";
}

struct LogShipping::Answer {
    std::promise<spool::AppendOutcome> promise;
    std::future<spool::AppendOutcome> outcome = promise.get_future();
};

LogShipping::LogShipping(spool::Spool& spool, spool::Tail& tail, const Clock& clock, Metrics& metrics, LogRing& ring,
                         LogShippingLimits limits)
    : spool_(spool),
      tail_(tail),
      clock_(clock),
      ring_(ring),
      limits_(limits),
      hostname_(name_of_this_machine()),
      stored_(metrics.counter("hookline_own_log_lines_total",
                              "lines of the relay's own log that were to be shipped (log.ship_to)",
                              {{"result", "stored"}})),
      left_out_(metrics.counter("hookline_own_log_lines_total",
                                "lines of the relay's own log that were to be shipped (log.ship_to)",
                                {{"result", "left_out"}})) {}

void LogShipping::begin(std::string tenant, LogLevel least) {
    tenant_ = tenant;
    ring_.open(least, std::move(tenant));
}

void LogShipping::step(TimePoint now) {
    if (!take_answer(now) || tenant_.empty()) return;
    if (now < retry_at_) return;
    take(now);
    if (!lines_.empty()) append();
}

void LogShipping::finish() {
    const TimePoint end = clock_.now() + limits_.last_commit_max;
    std::uint64_t lost = 0;
    while (!tenant_.empty()) {
        if (answer_) {
            const auto left = std::max(end - clock_.now(), Duration::zero());
            if (answer_->outcome.wait_for(left) != std::future_status::ready) {
                lost += lines_.size();
                break;
            }
            take_answer(clock_.now());
            // No second try: the spool says the same a moment later.
            lost += lines_.size();
            lines_.clear();
        }
        take(clock_.now());
        if (lines_.empty()) break;
        append();
    }
    tenant_.clear();
    lines_.clear();
    lost += ring_.close();
    left_out_.add(static_cast<double>(lost));
    lost += std::exchange(untold_, 0);
    if (lost > 0) log_warn("the last warnings of the relay were not all shipped", {{"lines", lost}});
}

void LogShipping::take(TimePoint now) {
    if (!lines_.empty()) return;
    LogRing::Taken taken = ring_.take(limits_.append_lines_max);
    for (const LogCopy& copy : taken.lines) add(copy);
    if (taken.left_out > 0) left_out_.add(static_cast<double>(taken.left_out));
    untold_ += taken.left_out;
    if (untold_ > 0 && (!told_at_ || now - *told_at_ >= limits_.told_again)) tell_left_out(now);
}

void LogShipping::tell_left_out(TimePoint now) {
    told_at_ = now;
    const std::uint64_t lines = std::exchange(untold_, 0);
    const std::string message =
        "warnings of the relay were not shipped: more came than are taken in a minute or fit in memory";
    // It names the tenant, so that the ring leaves it out: there may be no room for it.
    log_warn(message, {{"tenant", tenant_}, {"lines", lines}});
    add({clock_.wall(), LogLevel::warn, message, {{"tenant", tenant_, true}, {"lines", std::to_string(lines), false}}});
}

void LogShipping::add(const LogCopy& copy) {
    const std::string uuid = random_uuid();
    lines_.push_back({log_document(copy, uuid, hostname_), spool::id_of_uuid(uuid)});
}

void LogShipping::append() {
    spool::Append append;
    append.tenant = spool_.introduce(spool::NamedIdentity{tenant_});
    append.listed = true;
    append.received_at = clock_.wall();
    for (const Line& line : lines_) {
        spool::AppendLine placed;
        placed.offset = static_cast<std::uint32_t>(append.lines.size());
        placed.length = static_cast<std::uint32_t>(line.document.size());
        placed.id = line.id;
        placed.content = hash128(line.document);
        append.events.push_back(placed);
        append.lines += line.document;
    }
    std::optional<spool::WatchedLines> watched;
    if (tail_.watches(append.tenant)) watched.emplace(append, tail_.limits());
    answer_ = std::make_shared<Answer>();
    static AtOnce at_once;
    spool_.append(std::move(append), at_once,
                  [answer = answer_, watched = std::move(watched), &tail = tail_](const spool::Appended& appended) {
                      if (watched && appended.outcome == spool::AppendOutcome::stored) tail.note(*watched);
                      answer->promise.set_value(appended.outcome);
                  });
}

bool LogShipping::take_answer(TimePoint now) {
    if (!answer_) return true;
    if (answer_->outcome.wait_for(0s) != std::future_status::ready) return false;
    const spool::AppendOutcome outcome = answer_->outcome.get();
    answer_.reset();
    if (outcome == spool::AppendOutcome::stored || outcome == spool::AppendOutcome::repeated) {
        stored_.add(static_cast<double>(lines_.size()));
        lines_.clear();
        retry_wait_ = 0s;
        retry_at_ = {};
    } else {
        retry_wait_ = std::clamp(retry_wait_ * 2, limits_.retry_first, limits_.retry_max);
        retry_at_ = now + retry_wait_;
    }
    return true;
}

}  // namespace hookline::app
