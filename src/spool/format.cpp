#include "spool/format.h"

#include "spool/encoding.h"
#include "spool/packing.h"

namespace hookline::spool {
namespace {

// Each kind of value counts its versions for itself, so that one can change without the others.
constexpr std::uint8_t version_1 = 1;
// Sealed.
constexpr std::uint8_t version_2 = 2;
// A record's first byte holds its version above and its codec below.
constexpr std::uint8_t record_version_1 = 0x10;  // plain, without an age
constexpr std::uint8_t record_version_2 = 0x20;
constexpr std::uint8_t record_is_copy = 0x08;

constexpr std::uint8_t header_kind = 1;
constexpr std::uint8_t named_kind = 2;

template <class Value>
std::optional<Value> if_complete(const Decoder& decoder, Value value) {
    if (!decoder.complete()) return {};
    return value;
}

void put_position(Encoder& encoder, const Position& position) {
    encoder.varint(position.sequence.number).varint(position.line);
}

Position take_position(Decoder& decoder) {
    Position position;
    position.sequence.number = decoder.varint();
    position.line = decoder.varint32();
    return position;
}

}  // namespace

std::string number_key(std::uint64_t number) {
    std::string key;
    Encoder(key).big64(number);
    return key;
}

std::optional<std::uint64_t> number_of(std::string_view key) {
    Decoder decoder(key);
    const std::uint64_t number = decoder.big64();
    return if_complete(decoder, number);
}

std::string record_key(TenantId tenant, Sequence sequence) {
    std::string key;
    key.reserve(16);
    Encoder(key).big64(tenant.number).big64(sequence.number);
    return key;
}

std::optional<RecordKey> record_key_of(std::string_view key) {
    Decoder decoder(key);
    RecordKey parts;
    parts.tenant.number = decoder.big64();
    parts.sequence.number = decoder.big64();
    return if_complete(decoder, parts);
}

std::string tenant_key(TenantId tenant) {
    std::string key(tenant_prefix);
    Encoder(key).big64(tenant.number);
    return key;
}

std::string cursor_key(TenantId tenant) {
    std::string key(cursor_prefix);
    Encoder(key).big64(tenant.number);
    return key;
}

std::optional<TenantId> tenant_of_key(std::string_view prefix, std::string_view key) {
    if (!key.starts_with(prefix)) return {};
    const auto number = number_of(key.substr(prefix.size()));
    if (!number) return {};
    return TenantId{*number};
}

std::string encode_number(std::uint64_t number) {
    std::string value;
    Encoder(value).byte(version_1).varint(number);
    return value;
}

std::optional<std::uint64_t> decode_number(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    const std::uint64_t number = decoder.varint();
    return if_complete(decoder, number);
}

std::string encode(const Heartbeat& beat) {
    std::string value;
    Encoder(value).byte(version_1).time(beat.wall).time(beat.age).byte(beat.closed ? 1 : 0);
    return value;
}

std::optional<Heartbeat> decode_heartbeat(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    Heartbeat beat;
    beat.wall = decoder.time();
    beat.age = decoder.time();
    beat.closed = decoder.byte() != 0;
    return if_complete(decoder, beat);
}

std::string encode(const TenantRow& row) {
    std::string value;
    Encoder(value)
        .byte(version_2)
        .byte(row.named ? named_kind : header_kind)
        .byte(row.proven ? 1 : 0)
        .time(row.first_seen);
    return value;
}

std::optional<TenantRow> decode_tenant(std::string_view value) {
    Decoder decoder(value);
    const std::uint8_t version = decoder.byte();
    const std::uint8_t kind = decoder.byte();
    if ((version != version_1 && version != version_2) || (kind != header_kind && kind != named_kind)) return {};
    TenantRow row;
    row.named = kind == named_kind;
    row.proven = decoder.byte() != 0;
    row.first_seen = decoder.time();
    if (version == version_2) {
        row.sealed = decoder.rest();
        return decoder.good() && !row.sealed.empty() ? std::optional(row) : std::nullopt;
    }
    row.identity = decode_identity(row.named, decoder.rest());
    return row.identity ? std::optional(row) : std::nullopt;
}

std::string encode_identity(const Identity& identity) {
    std::string bytes;
    if (const auto* headers = std::get_if<HeaderIdentity>(&identity)) {
        Encoder(bytes).text(headers->region).text(headers->token.reveal());
    } else {
        Encoder(bytes).text(std::get<NamedIdentity>(identity).name);
    }
    return bytes;
}

std::optional<Identity> decode_identity(bool named, std::string_view bytes) {
    Decoder decoder(bytes);
    if (named) {
        Identity identity = NamedIdentity{std::string(decoder.text())};
        return if_complete(decoder, std::move(identity));
    }
    HeaderIdentity headers;
    headers.region = decoder.text();
    headers.token = Secret(std::string(decoder.text()));
    return if_complete(decoder, Identity(std::move(headers)));
}

std::string encode(const MainKeyRow& row) {
    std::string value;
    Encoder(value).byte(version_1).text(row.id).raw(row.sealed);
    return value;
}

std::optional<MainKeyRow> decode_main_key(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    MainKeyRow row;
    row.id = decoder.text();
    row.sealed = decoder.rest();
    return decoder.good() ? std::optional(row) : std::nullopt;
}

std::string encode(const DueRow& row) {
    std::string value;
    Encoder(value).byte(version_1).byte(row.rows ? 1 : 0).byte(row.plain ? 1 : 0);
    return value;
}

std::optional<DueRow> decode_due(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    DueRow row;
    row.rows = decoder.byte() != 0;
    row.plain = decoder.byte() != 0;
    return if_complete(decoder, row);
}

std::string encode(const Position& cursor) {
    std::string value;
    Encoder encoder(value);
    encoder.byte(version_1);
    put_position(encoder, cursor);
    return value;
}

std::optional<Position> decode_cursor(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    const Position cursor = take_position(decoder);
    return if_complete(decoder, cursor);
}

std::string encode(const RecordHeader& header, bool sealed) {
    std::string value;
    value.reserve(48 + header.event_id.size() + header.line_bytes.size() * 3);
    Encoder encoder(value);
    const std::uint8_t version = sealed ? record_version_2 : record_version_1;
    const std::uint8_t copy = header.copy ? record_is_copy : 0;
    encoder.byte(static_cast<std::uint8_t>(version | copy | static_cast<std::uint8_t>(header.codec)));
    encoder.time(header.received_at);
    if (sealed) encoder.time(header.age);
    encoder.varint(header.before.lines).varint(header.before.bytes).varint(header.before.stored);
    encoder.text(header.event_id);
    encoder.varint(header.line_bytes.size());
    for (const std::uint32_t bytes : header.line_bytes) encoder.varint(bytes);
    return value;
}

bool decode_record(std::string_view value, Record& record) {
    Decoder decoder(value);
    const std::uint8_t first = decoder.byte();
    const auto codec = static_cast<std::uint8_t>(first & 0x07);
    const auto version = static_cast<std::uint8_t>(first & 0xf0);
    if (version != record_version_1 && version != record_version_2) return false;
    if (codec > static_cast<std::uint8_t>(Codec::deflate)) return false;
    record.sealed = version == record_version_2;
    RecordHeader& header = record.header;
    header.codec = static_cast<Codec>(codec);
    header.copy = (first & record_is_copy) != 0;
    header.received_at = decoder.time();
    header.age = version == record_version_1 ? header.received_at : decoder.time();
    header.before.lines = decoder.varint();
    header.before.bytes = decoder.varint();
    header.before.stored = decoder.varint();
    header.event_id = decoder.text();
    const std::uint64_t lines = decoder.varint();
    if (!decoder.good() || lines > decoder.rest().size()) return false;
    header.line_bytes.clear();
    header.line_bytes.reserve(lines);
    record.lines_bytes = 0;
    for (std::uint64_t line = 0; line < lines; ++line) {
        header.line_bytes.push_back(decoder.varint32());
        record.lines_bytes += header.line_bytes.back();
    }
    record.payload = decoder.rest();
    return decoder.good();
}

std::string seen_row_start() { return std::string(1, static_cast<char>(version_1)); }

void append_to_seen_row(std::string& row, const SeenDelivery& delivery) {
    Encoder encoder(row);
    encoder.varint(delivery.tenant.number).time(delivery.age).time(delivery.received_at);
    encoder.varint(delivery.sequence.number).varint(delivery.events.size());
    for (const SeenEvent& event : delivery.events) {
        encoder.hash(event.id).hash(event.content).varint(event.line).byte(event.conflict ? 1 : 0);
    }
}

SeenRowReader::SeenRowReader(std::string_view row) : rest_(row) {
    good_ = !rest_.empty() && rest_.front() == static_cast<char>(version_1);
    if (good_) rest_.remove_prefix(1);
}

const SeenDelivery* SeenRowReader::next() {
    if (!good_ || rest_.empty()) return nullptr;
    Decoder decoder(rest_);
    delivery_.tenant.number = decoder.varint();
    delivery_.age = decoder.time();
    delivery_.received_at = decoder.time();
    delivery_.sequence.number = decoder.varint();
    const std::uint64_t events = decoder.varint();
    delivery_.events.clear();
    for (std::uint64_t count = 0; count < events && decoder.good(); ++count) {
        SeenEvent event;
        event.id = decoder.hash();
        event.content = decoder.hash();
        event.line = decoder.varint32();
        event.conflict = decoder.byte() != 0;
        delivery_.events.push_back(event);
    }
    good_ = decoder.good();
    rest_ = decoder.rest();
    return good_ ? &delivery_ : nullptr;
}

std::string encode(const NoteRow& row) {
    std::string value;
    Encoder encoder(value);
    encoder.byte(version_1).varint(row.tenant.number);
    put_position(encoder, row.from);
    put_position(encoder, row.upto);
    encoder.time(row.age).varint(row.note.bulk).time(row.note.sent_at).time(row.note.answered_at);
    encoder.varint(static_cast<std::uint32_t>(row.note.status)).varint(row.note.lines);
    return value;
}

std::optional<NoteRow> decode_note(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    NoteRow row;
    row.tenant.number = decoder.varint();
    row.from = take_position(decoder);
    row.upto = take_position(decoder);
    row.age = decoder.time();
    row.note.bulk = decoder.varint();
    row.note.sent_at = decoder.time();
    row.note.answered_at = decoder.time();
    row.note.status = static_cast<int>(decoder.varint32());
    row.note.lines = decoder.varint32();
    return if_complete(decoder, row);
}

std::string encode(const Gap& gap) {
    std::string value;
    Encoder encoder(value);
    encoder.byte(version_1).byte(static_cast<std::uint8_t>(gap.kind)).time(gap.from).time(gap.to);
    encoder.varint(static_cast<std::uint32_t>(gap.status)).text(gap.tenant_label).text(gap.event_id);
    encoder.text(gap.reason).varint(gap.count).varint(gap.events);
    return value;
}

std::optional<Gap> decode_gap(std::string_view value) {
    Decoder decoder(value);
    if (decoder.byte() != version_1) return {};
    Gap gap;
    const std::uint8_t kind = decoder.byte();
    if (kind > static_cast<std::uint8_t>(Gap::Kind::lost)) return {};
    gap.kind = static_cast<Gap::Kind>(kind);
    gap.from = decoder.time();
    gap.to = decoder.time();
    gap.status = static_cast<int>(decoder.varint32());
    gap.tenant_label = decoder.text();
    gap.event_id = decoder.text();
    gap.reason = decoder.text();
    gap.count = decoder.varint();
    gap.events = decoder.varint();
    return if_complete(decoder, std::move(gap));
}

std::string encode(const LetterRow& row) {
    std::string value;
    Encoder encoder(value);
    const LetterDraft& draft = row.draft;
    encoder.byte(version_2).byte(static_cast<std::uint8_t>(draft.kind)).byte(static_cast<std::uint8_t>(draft.reason));
    encoder.varint(row.tenant.number).time(row.at).time(row.age);
    encoder.byte(draft.expires_at ? 1 : 0).time(draft.expires_at.value_or(WallTime{}));
    encoder.varint(static_cast<std::uint32_t>(draft.status)).varint(draft.lines);
    encoder.varint(row.body_bytes).varint(row.charged_bytes);
    return value;
}

std::optional<LetterRow> decode_letter(std::string_view value) {
    Decoder decoder(value);
    const std::uint8_t version = decoder.byte();
    if (version != version_1 && version != version_2) return {};
    LetterRow row;
    const std::uint8_t kind = decoder.byte();
    const std::uint8_t reason = decoder.byte();
    if (kind > static_cast<std::uint8_t>(LetterClass::kept_aside)) return {};
    if (reason > static_cast<std::uint8_t>(LetterReason::content_cut)) return {};
    row.draft.kind = static_cast<LetterClass>(kind);
    row.draft.reason = static_cast<LetterReason>(reason);
    row.tenant.number = decoder.varint();
    row.at = decoder.time();
    row.age = decoder.time();
    const bool expires = decoder.byte() != 0;
    const WallTime expires_at = decoder.time();
    if (expires) row.draft.expires_at = expires_at;
    row.draft.status = static_cast<int>(decoder.varint32());
    row.draft.lines = decoder.varint32();
    row.body_bytes = decoder.varint();
    row.charged_bytes = decoder.varint();
    if (!decoder.good()) return {};
    if (version == version_2) {
        row.sealed = decoder.rest();
        return row.sealed.empty() ? std::nullopt : std::optional(std::move(row));
    }
    if (!decode_letter_texts(decoder.rest(), row.draft)) return {};
    return row;
}

std::string encode_letter_texts(const LetterDraft& draft) {
    std::string bytes;
    Encoder(bytes).text(draft.uuid).text(draft.answer);
    return bytes;
}

bool decode_letter_texts(std::string_view bytes, LetterDraft& draft) {
    Decoder decoder(bytes);
    draft.uuid = decoder.text();
    draft.answer = decoder.text();
    return decoder.complete();
}

std::string encode_body(std::string_view body) {
    std::string packed;
    const Codec codec = pack(body, packed);
    std::string value;
    Encoder(value)
        .byte(static_cast<std::uint8_t>(codec))
        .varint(body.size())
        .raw(codec == Codec::plain ? body : packed);
    return value;
}

std::optional<std::string> decode_body(std::string_view bytes) {
    Decoder decoder(bytes);
    const std::uint8_t codec = decoder.byte();
    const std::uint64_t plain_bytes = decoder.varint();
    if (!decoder.good() || codec > static_cast<std::uint8_t>(Codec::deflate)) return {};
    std::string body;
    if (!unpack(static_cast<Codec>(codec), decoder.rest(), plain_bytes, body)) return {};
    return body;
}

std::string sealed_body_start() { return std::string(1, static_cast<char>(version_2)); }

std::optional<std::string_view> sealed_body_of(std::string_view value) {
    // In version 1 the codec stands here, which was never 2.
    if (value.empty() || value.front() != static_cast<char>(version_2)) return {};
    return value.substr(1);
}

}  // namespace hookline::spool
