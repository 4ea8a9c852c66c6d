#include "base/log_ring.h"

#include <algorithm>
#include <utility>

namespace hookline {
namespace {

constexpr std::string_view cut_mark = "…";

/// Never within a character: its continuation bytes go with it.
std::string cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return std::string(text.substr(0, end)).append(cut_mark);
}

std::size_t bytes_of(const LogCopy& copy) {
    std::size_t bytes = sizeof(LogCopy) + copy.message.size();
    for (const LogCopy::Field& field : copy.fields) {
        bytes += sizeof(LogCopy::Field) + field.name.size() + field.value.size();
    }
    return bytes;
}

}  // namespace

void LogRing::open(LogLevel least, std::string except_tenant) {
    const std::lock_guard lock(mutex_);
    except_tenant_ = std::move(except_tenant);
    least_ = static_cast<int>(least);
}

std::uint64_t LogRing::close() {
    const std::lock_guard lock(mutex_);
    least_ = nothing;
    bytes_ = 0;
    return std::exchange(lines_, {}).size() + std::exchange(left_out_, 0);
}

void LogRing::add(TimePoint now, WallTime at, LogLevel level, std::string_view message, LogFields fields) {
    LogCopy copy{at, level, cut(message, limits_.text_bytes_max)};
    std::string_view tenant;
    for (const LogField& field : fields) {
        if (field.name == "tenant") tenant = field.value;
        copy.fields.push_back({std::string(field.name), cut(field.value, limits_.text_bytes_max), field.is_text});
    }
    const std::size_t bytes = bytes_of(copy);
    const std::lock_guard lock(mutex_);
    if (!wants(level)) return;  // closed meanwhile
    if (!tenant.empty() && tenant == except_tenant_) return;
    if (!has_room(now, bytes)) {
        ++left_out_;
        return;
    }
    bytes_ += bytes;
    lines_.push_back(std::move(copy));
}

bool LogRing::has_room(TimePoint now, std::size_t bytes) {
    if (now - minute_began_ >= std::chrono::minutes(1)) {
        minute_began_ = now;
        minute_lines_ = 0;
    }
    if (lines_.size() >= limits_.lines_max || bytes_ + bytes > limits_.bytes_max) return false;
    return ++minute_lines_ <= limits_.minute_lines_max;
}

LogRing::Taken LogRing::take(std::size_t lines_max) {
    Taken taken;
    const std::lock_guard lock(mutex_);
    taken.left_out = std::exchange(left_out_, 0);
    const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(std::min(lines_max, lines_.size()));
    taken.lines.assign(std::make_move_iterator(lines_.begin()), std::make_move_iterator(end));
    lines_.erase(lines_.begin(), end);
    for (const LogCopy& copy : taken.lines) bytes_ -= bytes_of(copy);
    return taken;
}

LogRing& log_ring() {
    static LogRing ring;
    return ring;
}

}  // namespace hookline
