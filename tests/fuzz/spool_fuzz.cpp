// Whatever stands in a row of the spool is read as a value or refused, in memory that its size explains; and what was
// read is written in one way, which is read as the same.
//
// The input is read as: a byte that chooses the kind of row, then the row.

#include <cstdint>
#include <string>
#include <string_view>

#include "judge.h"
#include "spool/format.h"
#include "spool/packing.h"

namespace hookline::fuzz {
namespace {

using namespace spool;

/// `read` gives an optional value, `write` its bytes.
template <class Read, class Write>
void settles(std::string_view row, const Read& read, const Write& write) {
    const auto value = read(row);
    if (!value) return;
    const std::string once = write(*value);
    const auto again = read(std::string_view(once));
    expect(again.has_value(), "what was written is read");
    expect(write(*again) == once, "what was read is written alike");
}

/// Rows of version 1 are read to be converted, and never written again.
std::optional<TenantRow> decode_sealed_tenant(std::string_view row) {
    auto tenant = decode_tenant(row);
    if (tenant && tenant->sealed.empty()) tenant.reset();
    return tenant;
}

template <class Value>
std::string written(const Value& value) {
    return encode(value);
}

std::string tenant_written(const TenantRow& tenant) { return encode(tenant).append(tenant.sealed); }

std::string record_written(const Record& record) { return encode(record.header, record.sealed).append(record.payload); }

void read_record(std::string_view row) {
    Record record;
    if (!decode_record(row, record)) return;
    std::uint64_t bytes = 0;
    for (const std::uint32_t line : record.header.line_bytes) bytes += line;
    expect(bytes == record.lines_bytes, "a record's lines are summed up");
    const std::string once = record_written(record);
    Record again;
    expect(decode_record(once, again), "a record that was written is read");
    expect(record_written(again) == once, "a record that was read is written alike");
}

void read_seen(std::string_view row) {
    std::string once = seen_row_start();
    const bool good = read_seen_row(row, [&](const SeenDelivery& delivery) { append_to_seen_row(once, delivery); });
    std::string twice = seen_row_start();
    const bool good_again =
        read_seen_row(once, [&](const SeenDelivery& delivery) { append_to_seen_row(twice, delivery); });
    expect(good_again && once == twice, "what was read of a seen row is written alike");
    if (!good && row.empty()) expect(once == seen_row_start(), "nothing is read of nothing");
}

void read_texts(std::string_view row) {
    LetterDraft draft;
    if (!decode_letter_texts(row, draft)) return;
    const std::string once = encode_letter_texts(draft);
    LetterDraft again;
    expect(decode_letter_texts(once, again) && again.uuid == draft.uuid && again.answer == draft.answer,
           "a letter's texts come back");
}

void read_body(std::string_view row) {
    const auto body = decode_body(row);
    if (!body) return;
    const auto again = decode_body(encode_body(*body));
    expect(again && *again == *body, "a body comes back");
}

void run(std::string_view input) {
    if (input.empty()) return;
    const auto kind = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    switch (kind % 12) {
        case 0:
            return settles(input, decode_number, encode_number);
        case 1:
            return settles(input, decode_heartbeat, written<Heartbeat>);
        case 2:
            return settles(input, decode_sealed_tenant, tenant_written);
        case 3:
            return settles(input, decode_main_key, written<MainKeyRow>);
        case 4:
            return settles(input, decode_due, written<DueRow>);
        case 5:
            return settles(input, decode_cursor, written<Position>);
        case 6:
            return settles(input, decode_note, written<NoteRow>);
        case 7:
            return settles(input, decode_gap, written<Gap>);
        case 8:
            return read_record(input);
        case 9:
            return read_seen(input);
        case 10:
            read_texts(input);
            return (void)decode_letter(input);
        default:
            (void)decode_identity(input.size() % 2 == 0, input);
            return read_body(input);
    }
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hookline::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
