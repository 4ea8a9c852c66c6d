#include "logzio/guards.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "base/json_bytes.h"
#include "base/json_scanner.h"
#include "base/json_text.h"
#include "logzio/event_scan.h"
#include "logzio/guarded_string.h"

namespace hookline::logzio {

std::string_view name_of(Guard guard) {
    static constexpr std::array<std::string_view, guard_count> names{
        "string_cut", "characters_replaced", "unusable_key",  "duplicate_key", "reserved_key", "integer_out_of_range",
        "too_deep",   "too_many_fields",     "line_too_long", "folded_cut",    "original_cut",
    };
    return names[static_cast<std::size_t>(guard)];
}

namespace {

/// One step of a JSON pointer (RFC 6901).
void append_step(std::string& path, std::string_view key) {
    path += '/';
    for (const char letter : key) {
        if (letter == '~') {
            path += "~0";
        } else if (letter == '/') {
            path += "~1";
        } else {
            path += letter;
        }
    }
}

}  // namespace

void GuardReport::note_loss(std::string_view path) {
    lost_ = true;
    for (const std::string& of_envelope : envelope_paths_) {
        if (!path.starts_with(of_envelope)) continue;
        if (path.size() == of_envelope.size() || path[of_envelope.size()] == '/') envelope_lost_ = true;
    }
    if (lost_paths_.size() >= lost_paths_max || path.size() > lost_path_bytes_max) return;
    if (std::find(lost_paths_.begin(), lost_paths_.end(), path) == lost_paths_.end()) lost_paths_.emplace_back(path);
}

void GuardReport::note_envelope_key(std::string_view key) { append_step(envelope_paths_.emplace_back(), key); }

std::vector<std::string> GuardReport::names() const {
    std::vector<std::string> names;
    for (std::size_t place = 0; place < guard_count; ++place) {
        if ((bits_ >> place & 1U) != 0) names.emplace_back(name_of(static_cast<Guard>(place)));
    }
    return names;
}

Room measure(std::string_view raw, const LineLimits& limits) {
    Room need{.values = 1};
    const char* at = raw.data();
    const char* const end = at + raw.size();
    while (at != end && need.values <= limits.fields_max && need.bytes <= limits.line_bytes_max) {
        if (is_json_space(*at)) {
            ++at;
            continue;
        }
        if (*at == '"') {
            need.bytes += guarded_string_bytes(at, end, limits.string_characters_max);
            continue;
        }
        if (*at == ',') {
            ++need.values;
        } else if (*at == '{' || *at == '[') {
            const char* inside = at + 1;
            while (is_json_space(*inside)) ++inside;
            if (*inside != '}' && *inside != ']') ++need.values;
        }
        ++need.bytes;
        ++at;
    }
    if (at != end) need = {limits.fields_max + 1, limits.line_bytes_max + 1};
    return need;
}

namespace {

bool is_container(std::string_view raw) { return raw.front() == '{' || raw.front() == '['; }

/// Gives each entry what it needs, the small ones first. What is left when that ends goes in equal parts to the
/// containers that need more; so one swollen object cannot push the others out.
template <class Dimension, class First>
void share_out(std::vector<Entry>& entries, std::size_t room, Dimension dimension, First comes_first) {
    std::size_t needed = 0;
    for (const Entry& entry : entries) needed += entry.need.*dimension;
    if (needed <= room) {
        for (Entry& entry : entries) entry.share.*dimension = entry.need.*dimension;
        return;
    }
    std::vector<Entry*> order;
    order.reserve(entries.size());
    for (Entry& entry : entries) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(), [&](const Entry* left, const Entry* right) {
        if (comes_first(*left) != comes_first(*right)) return comes_first(*left);
        return left->need.*dimension < right->need.*dimension;
    });
    auto containers = static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return is_container(entry.raw); }));
    for (Entry* const entry : order) {
        std::size_t& share = entry->share.*dimension;
        const bool container = is_container(entry->raw);
        if (entry->need.*dimension <= room) {
            share = entry->need.*dimension;
        } else {
            share = container ? room / containers : 0;
        }
        room -= share;
        if (container) --containers;
    }
}

void share_out(std::vector<Entry>& entries, const Room& room) {
    // What people look for first is a handful of short values: they stay when fields run out.
    share_out(entries, room.values, &Room::values, [](const Entry& entry) { return entry.name != EventName::other; });
    share_out(entries, room.bytes, &Room::bytes, [](const Entry&) { return false; });
}

bool is_number(char first) { return first == '-' || is_digit(first); }

}  // namespace

GuardedWriter::Step::Step(std::string& path, std::string_view key) : path_(path), size_before_(path.size()) {
    append_step(path_, key);
}

/// False when content was lost.
bool GuardedWriter::take_out(std::string_view raw, Guard why) {
    report_.note(why);
    if (folded_.add(path_, raw)) return true;
    report_.note(Guard::folded_cut);
    report_.note_loss(path_);
    return false;
}

Entry GuardedWriter::entry(std::string_view key, std::string_view raw, EventName name) {
    return {.key = std::string(key), .written = json_string(key), .raw = raw, .name = name, .need = {}, .share = {}};
}

std::vector<Entry> GuardedWriter::members(std::string_view object, bool top_level) {
    std::vector<Entry> entries;
    std::unordered_map<std::string, std::size_t> places;
    JsonScanner scanner(object);
    scanner.peek();
    scanner.enter();
    std::string_view key_raw;
    std::string_view raw;
    std::string scratch;
    while (scanner.next_key(key_raw) && scanner.value(raw)) {
        const std::string_view key = json_string_text(key_raw, scratch);
        const auto known = places.find(std::string(key));
        const Step step(path_, key);
        std::string written;
        if (append_guarded_string(written, key_raw, SIZE_MAX).replaced) {
            report_.note(Guard::characters_replaced);
            report_.note_loss(path_);
        }
        if (known != places.end()) {
            take_out(entries[known->second].raw, Guard::duplicate_key);
            entries[known->second].raw = raw;
            continue;
        }
        if (is_unusable_key(key, top_level, limits_.string_characters_max)) {
            take_out(raw, Guard::unusable_key);
            continue;
        }
        const EventName name = top_level ? event_name(key) : EventName::other;
        // No line has room for more; the keys that matter are taken wherever they stand.
        if (entries.size() >= limits_.fields_max && name == EventName::other) {
            take_out(raw, Guard::too_many_fields);
            continue;
        }
        places.emplace(key, entries.size());
        Entry& entry = entries.emplace_back();
        entry.key = key;
        entry.written = std::move(written);
        entry.raw = raw;
        entry.name = name;
    }
    return entries;
}

std::optional<Guard> GuardedWriter::misfit(std::string_view raw, std::size_t level, const Room& need,
                                           const Room& share) const {
    const char first = raw.front();
    if (is_number(first) && is_integer_out_of_range(raw)) return Guard::integer_out_of_range;
    const bool container = is_container(raw);
    if (container && level > limits_.levels_max) return Guard::too_deep;
    // A container may come in with a part of what is in it.
    if (share.values < 1) return Guard::too_many_fields;
    if (share.bytes < (container ? 2 : need.bytes)) return Guard::line_too_long;
    return {};
}

void GuardedWriter::measure_all(std::vector<Entry>& entries) const {
    for (Entry& entry : entries) {
        entry.need = measure(entry.raw, limits_);
        entry.need.bytes += entry.written.size() + 2;  // colon and comma
    }
}

void GuardedWriter::write_top_level(std::vector<Entry>& entries, const Room& room, std::string& out) {
    measure_all(entries);
    share_out(entries, room);
    write_members(entries, 2, out);
}

/// `level` is that of containers among the values.
void GuardedWriter::write_members(std::vector<Entry>& entries, std::size_t level, std::string& out) {
    bool first = true;
    for (const Entry& entry : entries) {
        const Step step(path_, entry.key);
        const std::size_t frame = entry.written.size() + 2;
        const Room need{entry.need.values, entry.need.bytes - frame};
        const Room share{entry.share.values, entry.share.bytes - std::min(frame, entry.share.bytes)};
        const auto why = misfit(entry.raw, level, need, share);
        if (why) {
            take_out(entry.raw, *why);
            continue;
        }
        if (!first) out += ',';
        first = false;
        out += entry.written;
        out += ':';
        write_value(entry.raw, level, share, out);
    }
}

void GuardedWriter::write_value(std::string_view raw, std::size_t level, const Room& share, std::string& out) {
    switch (raw.front()) {
        case '{':
            return write_object(raw, level, share, out);
        case '[':
            return write_array(raw, level, share, out);
        case '"': {
            const StringGuards guards = append_guarded_string(out, raw, limits_.string_characters_max);
            if (guards.cut) report_.note(Guard::string_cut);
            if (guards.replaced) report_.note(Guard::characters_replaced);
            if (guards.cut || guards.replaced) report_.note_loss(path_);
            return;
        }
        default:
            out += raw;
    }
}

void GuardedWriter::write_object(std::string_view raw, std::size_t level, const Room& share, std::string& out) {
    std::vector<Entry> entries = members(raw, false);
    measure_all(entries);
    // Two brackets; and each entry counts a comma, but the last has none.
    share_out(entries, {share.values - 1, share.bytes - 1});
    out += '{';
    write_members(entries, level + 1, out);
    out += '}';
}

/// Keeps the front of an array that is too long. Only its first element may come in with a part of what is in it, so
/// that an array of one is not lost whole.
void GuardedWriter::write_array(std::string_view raw, std::size_t level, Room share, std::string& out) {
    JsonScanner scanner(raw);
    scanner.peek();
    scanner.enter();
    share.values -= 1;
    share.bytes -= 1;  // as in write_object
    out += '[';
    std::size_t written = 0;
    bool full = false;
    std::string_view element;
    for (std::size_t place = 0; scanner.next_element() && scanner.value(element); ++place) {
        const Step step(path_, std::to_string(place));
        const Room need = measure(element, limits_);
        const Room room{share.values, share.bytes > 0 ? share.bytes - 1 : 0};  // a comma
        full = full || (written > 0 && (need.values > room.values || need.bytes > room.bytes));
        auto why = misfit(element, level + 1, need, room);
        if (!why && full) why = need.values > room.values ? Guard::too_many_fields : Guard::line_too_long;
        if (why) {
            full = full || *why == Guard::too_many_fields || *why == Guard::line_too_long;
            // When the rest has no room anywhere, there is no use in going through all of it.
            if (!take_out(element, *why) && full) return static_cast<void>(out += ']');
            continue;
        }
        if (written++ > 0) out += ',';
        const Room part{std::min(need.values, room.values), std::min(need.bytes, room.bytes)};
        write_value(element, level + 1, part, out);
        share.values -= part.values;
        share.bytes -= std::min(part.bytes + 1, share.bytes);
    }
    out += ']';
}

}  // namespace hookline::logzio
