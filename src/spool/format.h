#pragma once
// What stands on the disk: every key and every value, as docs/spool-format.md draws them. Pure functions and values;
// any thread. Decoding gives nothing when the bytes are not what was written.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/ids.h"
#include "spool/letter.h"
#include "spool/spool.h"
#include "spool/tenant.h"

namespace hookline::spool {

/// Time as the spool counts its ages: see AgeClock.
using AgeTime = WallTime;

// Keys. Numbers are 8 bytes, big-endian. No key ever holds a secret.
std::string number_key(std::uint64_t number);  ///< seen rows, notes, gaps, letters, bodies
std::optional<std::uint64_t> number_of(std::string_view key);
std::string record_key(TenantId tenant, Sequence sequence);
struct RecordKey {
    TenantId tenant;
    Sequence sequence;
};
std::optional<RecordKey> record_key_of(std::string_view key);
std::string tenant_key(TenantId tenant);
std::string cursor_key(TenantId tenant);
inline constexpr std::string_view tenant_prefix = "t";
inline constexpr std::string_view cursor_prefix = "c";
std::optional<TenantId> tenant_of_key(std::string_view prefix, std::string_view key);
inline constexpr std::string_view heartbeat_key = "m/heartbeat";
inline constexpr std::string_view next_tenant_key = "m/next-tenant";
inline constexpr std::string_view next_letter_key = "m/next-letter";
inline constexpr std::string_view main_key_key = "m/key";
inline constexpr std::string_view due_key = "m/due";

std::string encode_number(std::uint64_t number);
std::optional<std::uint64_t> decode_number(std::string_view value);

struct Heartbeat {
    WallTime wall{};
    AgeTime age{};
    bool closed = false;  ///< the last one of a process that ended in order
};
std::string encode(const Heartbeat& beat);
std::optional<Heartbeat> decode_heartbeat(std::string_view value);

/// A tenant's row as it stands: who the tenant is, and its key, are sealed (sealed_rows.h opens them).
struct TenantRow {
    bool named = false;
    bool proven = false;
    WallTime first_seen{};
    std::string_view sealed;           ///< points into the value; empty in a row of version 1
    std::optional<Identity> identity;  ///< in a row of version 1 only
};
/// All but what is sealed, which follows.
std::string encode(const TenantRow& row);
std::optional<TenantRow> decode_tenant(std::string_view value);

/// What is sealed of a tenant's row.
std::string encode_identity(const Identity& identity);
std::optional<Identity> decode_identity(bool named, std::string_view bytes);

/// Which main key a spool is sealed with.
struct MainKeyRow {
    std::string_view id;      ///< points into the value
    std::string_view sealed;  ///< opens with that key only
};
std::string encode(const MainKeyRow& row);
std::optional<MainKeyRow> decode_main_key(std::string_view value);

/// What must be rewritten before old bytes are gone from the files; a process may have ended before it was done.
struct DueRow {
    bool rows = false;   ///< tenants' rows: a key was changed or destroyed
    bool plain = false;  ///< values of version 1 are to be sealed
    friend bool operator==(const DueRow&, const DueRow&) = default;
};
std::string encode(const DueRow& row);
std::optional<DueRow> decode_due(std::string_view value);

std::string encode(const Position& cursor);
std::optional<Position> decode_cursor(std::string_view value);

/// How bytes are kept.
enum class Codec : std::uint8_t { plain = 0, deflate = 1 };

/// Running sums over a queue. Only differences mean anything: what waits is the sum at the tail less that at the
/// cursor.
struct Totals {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;   ///< of lines
    std::uint64_t stored = 0;  ///< keys and values of records
    friend bool operator==(const Totals&, const Totals&) = default;
};

/// One delivery's lines. What a record says in front of its payload.
struct RecordHeader {
    Codec codec = Codec::plain;
    bool copy = false;  ///< lines that were delivered before: they are not kept again
    WallTime received_at{};
    AgeTime age{};  ///< when it was received, by the spool's own clock
    Totals before;  ///< of all records of this queue in front of this one
    std::string_view event_id;
    std::vector<std::uint32_t> line_bytes;  ///< each line's, newline included
};
/// Everything but the payload, which follows: packed lines, sealed; nothing where there are no lines.
std::string encode(const RecordHeader& header, bool sealed = true);
struct Record {
    RecordHeader header;
    std::string_view payload;  ///< points into the value
    std::uint64_t lines_bytes = 0;
    bool sealed = true;  ///< false: of version 1
};
/// Reads into `record`, whose vector is used again. False when the value is damaged.
bool decode_record(std::string_view value, Record& record);

/// The ids of one delivery, in a seen row.
struct SeenEvent {
    Hash128 id;
    Hash128 content;
    std::uint32_t line = 0;
    bool conflict = false;
};
struct SeenDelivery {
    TenantId tenant;
    AgeTime age{};
    WallTime received_at{};
    Sequence sequence;  ///< 0: delivered before it was stored
    std::vector<SeenEvent> events;
};
std::string seen_row_start();
void append_to_seen_row(std::string& row, const SeenDelivery& delivery);
/// False when the row is damaged; what was read until then has been given to `take`.
template <class Take>
bool read_seen_row(std::string_view row, const Take& take);

struct NoteRow {
    TenantId tenant;
    Position from;
    Position upto;
    AgeTime age{};
    BulkNote note;
};
std::string encode(const NoteRow& row);
std::optional<NoteRow> decode_note(std::string_view value);

std::string encode(const Gap& gap);
std::optional<Gap> decode_gap(std::string_view value);

/// A letter without its body. Its uuid and answer are sealed (sealed_rows.h opens them).
struct LetterRow {
    TenantId tenant;
    WallTime at{};
    AgeTime age{};
    std::uint64_t body_bytes = 0;
    std::uint64_t charged_bytes = 0;  ///< what the quotas count
    LetterDraft draft;                ///< body left empty; uuid and answer too, until they are opened
    std::string sealed;               ///< as it was read; empty in a row of version 1
};
/// All but uuid and answer, which follow, sealed.
std::string encode(const LetterRow& row);
std::optional<LetterRow> decode_letter(std::string_view value);

/// What is sealed of a letter's row.
std::string encode_letter_texts(const LetterDraft& draft);
bool decode_letter_texts(std::string_view bytes, LetterDraft& draft);

/// A letter's body, packed if that pays: what is sealed of the value, and the whole value in version 1.
std::string encode_body(std::string_view body);
std::optional<std::string> decode_body(std::string_view bytes);
/// In front of what is sealed.
std::string sealed_body_start();
/// What is sealed of a body's value; nothing when that is of version 1.
std::optional<std::string_view> sealed_body_of(std::string_view value);

// ---------------------------------------------------------------------------------------------------------------------

/// Reads one delivery off the front of what follows a seen row's start; used by read_seen_row.
class SeenRowReader {
 public:
    explicit SeenRowReader(std::string_view row);
    /// The next delivery, or nothing at the end or at damage.
    const SeenDelivery* next();
    [[nodiscard]] bool good() const { return good_; }

 private:
    std::string_view rest_;
    bool good_ = true;
    SeenDelivery delivery_;
};

template <class Take>
bool read_seen_row(std::string_view row, const Take& take) {
    SeenRowReader reader(row);
    while (const SeenDelivery* delivery = reader.next()) take(*delivery);
    return reader.good();
}

}  // namespace hookline::spool
