#include "receive/packer.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/hash.h"
#include "logzio/suspects.h"

namespace hookline::receive {
namespace {

using namespace std::string_view_literals;

/// What a line holds besides its event: the envelope and our own keys.
constexpr std::size_t added_bytes_usual = 768;

/// Who an event is. One without a uuid is known by where it stood and what it is: NUL keeps the parts apart, and apart
/// from every uuid.
Hash128 identity_of(const okta::Event& event, std::string_view event_id, const Hash128& content) {
    if (!event.uuid.empty()) return hash128(event.uuid);
    std::string known_by;
    known_by.append("event\0"sv).append(event_id).append("\0"sv).append(std::to_string(event.place)).append("\0"sv);
    known_by.append(reinterpret_cast<const char*>(content.bytes.data()), content.bytes.size());
    return hash128(known_by);
}

std::vector<logzio::RawMember> raw_members(const std::vector<okta::Member>& members) {
    std::vector<logzio::RawMember> raw;
    raw.reserve(members.size());
    for (const okta::Member& member : members) raw.push_back({member.key, member.raw});
    return raw;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

spool::LetterDraft kept_aside(spool::LetterReason reason, std::string answer, std::string_view uuid,
                              std::string_view bytes) {
    spool::LetterDraft letter;
    letter.kind = spool::LetterClass::kept_aside;
    letter.reason = reason;
    letter.answer = std::move(answer);
    letter.uuid = uuid;
    letter.body = bytes;
    return letter;
}

}  // namespace

std::optional<spool::Append> Packer::pack(const okta::Delivery& delivery, std::string_view body, WallTime received_at,
                                          std::size_t lines_bytes_max) {
    spool::Append append;
    append.event_id = delivery.envelope.event_id.substr(0, event_id_bytes_max);
    append.received_at = received_at;
    append.events.reserve(delivery.events.size());
    append.lines.reserve(std::min(lines_bytes_max, body.size() + delivery.events.size() * added_bytes_usual));
    for (const okta::OddElement& element : delivery.odd) {
        append.asides.push_back(kept_aside(spool::LetterReason::element_refused,
                                           "element " + std::to_string(element.place) + " of data.events is no object",
                                           "", element.raw));
    }

    logzio::LineSource source;
    source.envelope = raw_members(delivery.envelope.known);
    source.envelope_other = raw_members(delivery.envelope.others);
    source.envelope_event_time = delivery.envelope.event_time;
    source.source = delivery.envelope.source;
    source.received_at = received_at;
    std::int32_t whole_body = -1;  // its letter: all events of a delivery share the envelope
    for (const okta::Event& event : delivery.events) {
        source.event = event.raw;
        const std::size_t offset = append.lines.size();
        const logzio::BuiltLine built = builder_.build(source, append.lines);
        if (append.lines.size() > lines_bytes_max) return {};

        spool::AppendLine line;
        line.offset = static_cast<std::uint32_t>(offset);
        line.length = static_cast<std::uint32_t>(append.lines.size() - offset);
        line.content = hash128(event.raw);
        line.id = identity_of(event, delivery.envelope.event_id, line.content);
        line.mark_at = built.mark_at;
        line.mark = built.mark;
        if (built.envelope_cut) {
            if (whole_body < 0) {
                whole_body = static_cast<std::int32_t>(append.asides.size());
                append.asides.push_back(kept_aside(spool::LetterReason::content_cut, joined(built.guards),
                                                   delivery.events.size() == 1 ? event.uuid : "", body));
            }
            line.aside = whole_body;
        } else if (built.cut) {
            line.aside = static_cast<std::int32_t>(append.asides.size());
            append.asides.push_back(
                kept_aside(spool::LetterReason::content_cut, joined(built.guards), event.uuid, event.raw));
        }
        append.events.push_back(line);
    }
    return append;
}

LinesToProve lines_to_prove(const spool::Append& append) {
    LinesToProve sent;
    sent.lines.reserve(append.lines.size());
    std::map<Hash128, std::set<Hash128>> contents;
    for (const spool::AppendLine& line : append.events) {
        auto& known = contents[line.id];
        const bool conflict = !known.empty();
        if (!known.insert(line.content).second) continue;
        const std::string_view text = std::string_view(append.lines).substr(line.offset, line.length);
        const std::size_t mark_at = conflict ? line.mark_at : 0;
        sent.lines += text.substr(0, mark_at);
        if (conflict) sent.lines += line.mark;
        sent.lines += text.substr(mark_at);
        ++sent.count;
    }
    return sent;
}

std::vector<spool::LetterDraft> letters_of(const logzio::Proof& proof, std::string_view lines_sent) {
    std::vector<std::string_view> lines;
    while (!lines_sent.empty()) {
        lines.push_back(lines_sent.substr(0, lines_sent.find('\n') + 1));
        lines_sent.remove_prefix(lines.back().size());
    }
    std::vector<spool::LetterDraft> letters;
    for (const logzio::CondemnedLines& condemned : proof.condemned) {
        spool::LetterDraft letter;
        letter.reason = condemned.in_doubt ? spool::LetterReason::bulk_refused : spool::LetterReason::line_refused;
        letter.status = proof.status;
        letter.answer = condemned.answer;
        letter.lines = static_cast<std::uint32_t>(condemned.lines.size());
        for (const std::uint32_t line : condemned.lines) letter.body += lines.at(line);
        if (!condemned.in_doubt) letter.uuid = logzio::uuid_of(letter.body);
        letters.push_back(std::move(letter));
    }
    return letters;
}

}  // namespace hookline::receive
