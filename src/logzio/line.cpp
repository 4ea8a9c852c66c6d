#include "logzio/line.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/json_scanner.h"
#include "base/json_text.h"
#include "base/time_text.h"
#include "logzio/event_names.h"
#include "logzio/event_scan.h"
#include "logzio/guarded_string.h"
#include "logzio/guards.h"
#include "logzio/kept_text.h"

namespace hookline::logzio {
namespace {

constexpr std::string_view conflict_mark = R"(,"uuid_conflict":true)";
constexpr std::string_view message_of_nothing = R"("Okta event")";
constexpr std::string_view type_member = R"("type":"okta")";

/// Below these even the keys that hookline adds would not fit.
constexpr LineLimits smallest{
    .line_bytes_max = 10'000, .string_characters_max = 256, .fields_max = 50, .levels_max = 3};

/// The most values that hookline adds: type, @timestamp, message, tenant_name, and the object `hookline` with its
/// members, the names of all guards and the paths of losses.
constexpr std::size_t own_values_max = 4 + 1 + 8 + guard_count + GuardReport::lost_paths_max;
/// The object `hookline` without `folded` and `original`, at its longest; a path may grow threefold when it is written.
constexpr std::size_t hookline_bytes_max = 1024 + 3 * GuardReport::lost_paths_max * GuardReport::lost_path_bytes_max;

/// Each of `message`, `hookline.folded` and `hookline.original` may take a fifth of the line. The text of the last two
/// grows at most threefold when it becomes a string (quotes double, bad bytes triple).
std::size_t share_bytes_max(const LineLimits& limits) { return limits.line_bytes_max / 5; }
std::size_t kept_text_bytes_max(const LineLimits& limits) {
    return std::min(limits.string_characters_max, share_bytes_max(limits) / 3);
}

bool is_filled_string(std::string_view raw) { return raw.size() > 2 && raw.front() == '"'; }

/// `published` as it stands, where that is the form Logz.io's ISO8601 takes: a `T`, `Z` or an offset, no leap second.
bool is_iso8601(std::string_view text) {
    return text.size() >= 20 && text[10] == 'T' && text[17] != '6' && text.back() != 'z';
}

/// The host in a URL such as https://example.okta.com/api/v1/eventHooks/who1; empty when there is none.
std::string_view host_of(std::string_view url) {
    constexpr std::size_t host_bytes_max = 253;  // RFC 1035
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    std::string_view host = url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (const std::size_t user = host.rfind('@'); user != std::string_view::npos) host.remove_prefix(user + 1);
    host = host.substr(0, host.find(':'));
    const auto belongs = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_';
    };
    return host.size() <= host_bytes_max && std::all_of(host.begin(), host.end(), belongs) ? host : std::string_view();
}

/// An event's time, and whose it is.
struct Timestamp {
    std::string text;
    std::string_view from;  ///< empty: `published`
};

/// What an event gives to the keys that hookline sets.
struct Read {
    std::string_view published;  ///< raw strings, or empty
    std::string_view display_message;
    std::string_view event_type;
};

}  // namespace

struct LineBuilder::State {
    State(Shape chosen, const LineLimits& given)
        : shape(chosen),
          limits{std::max(given.line_bytes_max, smallest.line_bytes_max),
                 std::max(given.string_characters_max, smallest.string_characters_max),
                 std::max(given.fields_max, smallest.fields_max), std::max(given.levels_max, smallest.levels_max)},
          scanner(limits),
          folded(kept_text_bytes_max(limits)),
          original(kept_text_bytes_max(limits)) {}

    bool build_plain(const LineSource& source, std::string& out, BuiltLine& line);
    bool may_stand_beside(const RawMember& member, EventName name, const EventNames& of_event) const;
    BuiltLine build_guarded(const LineSource& source, std::string& out);

    std::vector<Entry> take_entries(const LineSource& source, GuardedWriter& writer, GuardReport& report, Read& read);
    void add_envelope(const LineSource& source, std::vector<Entry>& entries, GuardReport& report);
    void overwrite_by_envelope(const LineSource& source, std::vector<Entry>& entries, GuardReport& report);
    void keep_original(bool of_event, std::string_view key, std::string_view raw, GuardReport& report);

    Timestamp timestamp_of(const LineSource& source, std::string_view published);
    void append_own(std::string& out, const LineSource& source, const Timestamp& timestamp, std::string_view message);
    void append_hookline(std::string& out, const LineSource& source, std::string_view timestamp_from,
                         const GuardReport& report) const;
    std::string_view received_text(WallTime when);

    Shape shape;
    LineLimits limits;
    EventScanner scanner;
    FoldedText folded;
    OriginalText original;
    std::string scratch;
    // One delivery's events share their time of receipt.
    WallTime received_at{WallTime::min()};
    std::string received;
};

namespace {

std::string_view message_of(const Read& read) {
    if (is_filled_string(read.display_message)) return read.display_message;
    if (is_filled_string(read.event_type)) return read.event_type;
    return message_of_nothing;
}

}  // namespace

std::string_view LineBuilder::State::received_text(WallTime when) {
    if (when != received_at || received.empty()) {
        received_at = when;
        received = format_rfc3339(when);
    }
    return received;
}

Timestamp LineBuilder::State::timestamp_of(const LineSource& source, std::string_view published) {
    const auto read = [](std::string_view text) -> std::optional<std::string> {
        const auto instant = parse_rfc3339(text);
        if (!instant) return {};
        return is_iso8601(text) ? std::string(text) : format_rfc3339(*instant);
    };
    if (!published.empty()) {
        if (auto text = read(json_string_text(published, scratch))) return {std::move(*text), ""};
    }
    if (auto text = read(source.envelope_event_time)) return {std::move(*text), "eventTime"};
    return {std::string(received_text(source.received_at)), "received_at"};
}

void LineBuilder::State::append_own(std::string& out, const LineSource& source, const Timestamp& timestamp,
                                    std::string_view message) {
    out += type_member;
    out += R"(,"@timestamp":")";
    out += timestamp.text;  // digits and signs only
    out += R"(","message":)";
    append_guarded_string(out, message, limits.string_characters_max, share_bytes_max(limits) - 2);
    const std::string_view host = shape == Shape::hookline ? host_of(source.source) : std::string_view();
    if (!host.empty()) {
        out += R"(,"tenant_name":")";
        out += host;
        out += '"';
    }
}

void LineBuilder::State::append_hookline(std::string& out, const LineSource& source, std::string_view timestamp_from,
                                         const GuardReport& report) const {
    out += R"("hookline":{"received_at":")";
    out += received;
    out += R"(","via":)";
    append_json_string(out, source.via);
    if (!timestamp_from.empty()) {
        out += R"(,"timestamp_from":")";
        out += timestamp_from;
        out += '"';
    }
    const auto append_list = [&out](std::string_view key, const std::vector<std::string>& texts) {
        if (texts.empty()) return;
        out += key;
        char before = '[';
        for (const std::string& text : texts) {
            out += before;
            append_json_string(out, text);
            before = ',';
        }
        out += ']';
    };
    append_list(R"(,"guards":)", report.names());
    append_list(R"(,"lost":)", report.lost_paths());
    if (!folded.empty()) {
        out += R"(,"folded":)";
        folded.append_to(out);
    }
    if (!original.empty()) {
        out += R"(,"original":)";
        original.append_to(out);
    }
    out += '}';
}

/// True when an envelope's member goes into the line as it is.
bool LineBuilder::State::may_stand_beside(const RawMember& member, EventName name, const EventNames& of_event) const {
    // The envelope's eventType gets a name of its own.
    if (name != EventName::event_type && (!is_from_envelope(name) || of_event.has(name))) return false;
    if (member.raw.front() != '"' || member.raw.size() - 2 > limits.string_characters_max) return false;
    return clean_string_end(member.raw.data(), member.raw.data() + member.raw.size()) != nullptr;
}

/// The usual case: the event's bytes as they are, and keys behind them. False, with `out` as it was, when guards must
/// look at it.
bool LineBuilder::State::build_plain(const LineSource& source, std::string& out, BuiltLine& line) {
    if (shape != Shape::hookline || !source.envelope_other.empty()) return false;
    const EventScan scan = scanner.scan(source.event);
    if (!scan.plain || scan.names.has_reserved()) return false;
    if (scan.values + source.envelope.size() + own_values_max > limits.fields_max) return false;

    const std::size_t start = out.size();
    out.append(source.event.substr(0, source.event.size() - 1));
    EventNames taken;
    for (const RawMember& member : source.envelope) {
        const EventName name = event_name(member.key);
        if (taken.has(name) || !may_stand_beside(member, name, scan.names)) {
            out.resize(start);
            return false;
        }
        taken.add(name);
        out += out.size() > start + 1 ? R"(,")" : R"(")";
        out += name == EventName::event_type ? std::string_view("hookEventType") : member.key;
        out += R"(":)";
        out += member.raw;
    }
    if (out.size() > start + 1) out += ',';
    const Timestamp timestamp = timestamp_of(source, scan.published);
    append_own(out, source, timestamp, message_of({scan.published, scan.display_message, scan.event_type}));
    out += ',';
    received_text(source.received_at);
    append_hookline(out, source, timestamp.from, {});
    line.mark_at = static_cast<std::uint32_t>(out.size() - 1 - start);
    line.mark = conflict_mark;
    out += "}\n";
    if (out.size() - start + conflict_mark.size() > limits.line_bytes_max) {
        out.resize(start);
        return false;
    }
    return true;
}

void LineBuilder::State::keep_original(bool of_event, std::string_view key, std::string_view raw, GuardReport& report) {
    if (of_event ? original.add_of_event(key, raw) : original.add_of_envelope(key, raw)) return;
    report.note(Guard::original_cut);
    if (!of_event) report.note_envelope_loss();
    report.note_loss("/" + std::string(key));
}

/// The envelope's keys beside the event's, where it has none of that name.
void LineBuilder::State::add_envelope(const LineSource& source, std::vector<Entry>& entries, GuardReport& report) {
    for (const RawMember& member : source.envelope) {
        const bool is_type = event_name(member.key) == EventName::event_type;
        const std::string_view key = is_type ? std::string_view("hookEventType") : member.key;
        const EventName name = event_name(key);
        // Their fields are strings at Logz.io; anything else would be refused there, or would fix another type.
        const bool fits = (is_type || is_from_envelope(name)) && member.raw.front() == '"' &&
                          std::ranges::find(entries, key, &Entry::key) == entries.end();
        if (fits) {
            entries.push_back(GuardedWriter::entry(key, member.raw, name));
            report.note_envelope_key(key);
        } else {
            keep_original(false, member.key, member.raw, report);
        }
    }
    for (const RawMember& member : source.envelope_other) keep_original(false, member.key, member.raw, report);
}

/// The reference's way: every key of the envelope but `data` replaces the event's.
void LineBuilder::State::overwrite_by_envelope(const LineSource& source, std::vector<Entry>& entries,
                                               GuardReport& report) {
    const auto overwrite = [&](const RawMember& member) {
        const EventName name = event_name(member.key);
        if (is_reserved(name) || member.key == "data" || member.key.starts_with("data.") ||
            is_unusable_key(member.key, true, limits.string_characters_max)) {
            return keep_original(false, member.key, member.raw, report);
        }
        report.note_envelope_key(member.key);
        const auto there = std::ranges::find(entries, member.key, &Entry::key);
        if (there == entries.end()) {
            entries.push_back(GuardedWriter::entry(member.key, member.raw, name));
            return;
        }
        keep_original(true, member.key, there->raw, report);
        there->raw = member.raw;
    };
    std::ranges::for_each(source.envelope, overwrite);
    std::ranges::for_each(source.envelope_other, overwrite);
}

/// The members of the line that are not hookline's own.
std::vector<Entry> LineBuilder::State::take_entries(const LineSource& source, GuardedWriter& writer,
                                                    GuardReport& report, Read& read) {
    std::vector<Entry> entries = writer.members(source.event, true);
    for (const Entry& entry : entries) {
        if (entry.raw.front() != '"') continue;
        if (entry.name == EventName::published) read.published = entry.raw;
        if (entry.name == EventName::display_message) read.display_message = entry.raw;
        if (entry.name == EventName::event_type) read.event_type = entry.raw;
    }
    std::erase_if(entries, [&](const Entry& entry) {
        if (!is_reserved(entry.name)) return false;
        report.note(Guard::reserved_key);
        keep_original(true, entry.key, entry.raw, report);
        return true;
    });
    if (shape == Shape::hookline) {
        add_envelope(source, entries, report);
        return entries;
    }
    std::erase_if(entries, [&](const Entry& entry) {
        if (entry.name != EventName::published) return false;
        // `@timestamp` holds it, unless it is no instant or was written anew.
        if (timestamp_of(source, read.published).text != json_string_text(entry.raw, scratch)) {
            keep_original(true, entry.key, entry.raw, report);
        }
        return true;
    });
    overwrite_by_envelope(source, entries, report);
    return entries;
}

BuiltLine LineBuilder::State::build_guarded(const LineSource& source, std::string& out) {
    const std::size_t start = out.size();
    const std::size_t folded_bytes_max = share_bytes_max(limits);
    // First in all the room there is; if what was folded then takes the line over its limit, with room for that.
    for (const bool room_for_folded : {false, true}) {
        folded.clear();
        original.clear();
        GuardReport report;
        GuardedWriter writer(limits, folded, report);
        Read read;
        std::vector<Entry> entries = take_entries(source, writer, report, read);
        const Timestamp timestamp = timestamp_of(source, read.published);
        std::string own;
        append_own(own, source, timestamp, message_of(read));
        std::string kept;
        if (!original.empty()) original.append_to(kept);
        const std::size_t taken = own.size() + kept.size() + hookline_bytes_max + conflict_mark.size() +
                                  (room_for_folded ? folded_bytes_max : 0);

        out += '{';
        writer.write_top_level(entries, {limits.fields_max - own_values_max, limits.line_bytes_max - taken}, out);
        if (out.size() > start + 1) out += ',';
        out += own;
        out += ',';
        received_text(source.received_at);
        append_hookline(out, source, timestamp.from, report);
        const auto mark_at = static_cast<std::uint32_t>(out.size() - 1 - start);
        out += "}\n";
        if (room_for_folded || out.size() - start + conflict_mark.size() <= limits.line_bytes_max) {
            return {.cut = report.lost(),
                    .envelope_cut = report.envelope_lost(),
                    .guards = report.names(),
                    .mark_at = mark_at,
                    .mark = conflict_mark};
        }
        out.resize(start);
    }
    return {};
}

LineBuilder::LineBuilder(Shape shape, LineLimits limits) : state_(std::make_unique<State>(shape, limits)) {}
LineBuilder::~LineBuilder() = default;
LineBuilder::LineBuilder(LineBuilder&&) noexcept = default;

BuiltLine LineBuilder::build(const LineSource& source, std::string& out) {
    BuiltLine line;
    if (state_->build_plain(source, out, line)) return line;
    return state_->build_guarded(source, out);
}

}  // namespace hookline::logzio
