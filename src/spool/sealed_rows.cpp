#include "spool/sealed_rows.h"

#include "spool/encoding.h"
#include "spool/packing.h"

namespace hookline::spool {
namespace {

constexpr SealedAs as_record{SealedKind::record, 0, {}};
constexpr std::string_view main_key_proof = "hookline spool";

}  // namespace

SealedLines seal_lines(std::string_view lines, const Sealer& sealer) {
    SealedLines sealed;
    std::string packed;
    sealed.codec = pack(lines, packed);
    sealer.seal(as_record, sealed.codec == Codec::plain ? lines : std::string_view(packed), sealed.payload);
    return sealed;
}

std::string seal_packed_lines(std::string_view payload, const Sealer& sealer) {
    std::string sealed;
    sealer.seal(as_record, payload, sealed);
    return sealed;
}

bool open_lines(const Record& record, const Sealer& sealer, std::string& out) {
    // What salvage puts where a delivery was lost.
    if (record.header.line_bytes.empty()) return record.payload.empty();
    if (!record.sealed) return false;
    if (record.header.codec == Codec::plain) {
        const std::size_t start = out.size();
        return sealer.open(as_record, record.payload, out) && out.size() - start == record.lines_bytes;
    }
    std::string packed;
    return sealer.open(as_record, record.payload, packed) &&
           unpack(record.header.codec, packed, record.lines_bytes, out);
}

std::string seal_tenant(const OpenedTenant& tenant, TenantId id, const Keyring& keys) {
    TenantRow row;
    row.named = std::holds_alternative<NamedIdentity>(tenant.identity);
    row.proven = tenant.proven;
    row.first_seen = tenant.first_seen;
    std::string value = encode(row);
    std::string secrets(tenant.key.reveal());
    std::string identity = encode_identity(tenant.identity);
    secrets += identity;
    std::string sealed;
    keys.rows().seal({SealedKind::tenant, id.number, value}, secrets, sealed);
    wipe(identity);
    wipe(secrets);
    return value + sealed;
}

std::optional<OpenedTenant> open_tenant(std::string_view value, TenantId id, const Keyring& keys) {
    const auto row = decode_tenant(value);
    if (!row || row->sealed.empty()) return {};
    const std::string_view front = value.substr(0, value.size() - row->sealed.size());
    std::string secrets;
    if (!keys.rows().open({SealedKind::tenant, id.number, front}, row->sealed, secrets)) return {};
    const auto key = SealKey::from_bytes(std::string_view(secrets).substr(0, SealKey::size));
    std::optional<Identity> identity;
    if (key) identity = decode_identity(row->named, std::string_view(secrets).substr(SealKey::size));
    wipe(secrets);
    if (!identity) return {};
    return OpenedTenant{std::move(*identity), row->proven, row->first_seen, *key};
}

std::string seal_main_key(const Keyring& keys) {
    const std::string id = keys.main_key().id();
    std::string sealed;
    keys.rows().seal({SealedKind::key, 0, id}, main_key_proof, sealed);
    return encode(MainKeyRow{id, sealed});
}

bool is_of_main_key(std::string_view value, const Keyring& keys) {
    const auto row = decode_main_key(value);
    std::string proof;
    return row && keys.rows().open({SealedKind::key, 0, row->id}, row->sealed, proof) && proof == main_key_proof;
}

std::string seal_letter(std::uint64_t id, const LetterRow& row, const Sealer& sealer) {
    std::string value = encode(row);
    std::string sealed;
    sealer.seal({SealedKind::letter, id, value}, encode_letter_texts(row.draft), sealed);
    return value + sealed;
}

bool open_letter(std::uint64_t id, LetterRow& row, const Sealer& sealer) {
    std::string texts;
    return sealer.open({SealedKind::letter, id, encode(row)}, row.sealed, texts) &&
           decode_letter_texts(texts, row.draft);
}

std::string seal_body(std::uint64_t id, std::string_view body, const Sealer& sealer) {
    return seal_packed_body(id, encode_body(body), sealer);
}

std::string seal_packed_body(std::uint64_t id, std::string_view value, const Sealer& sealer) {
    std::string sealed = sealed_body_start();
    sealer.seal({SealedKind::body, id, {}}, value, sealed);
    return sealed;
}

std::optional<std::string> open_body(std::uint64_t id, std::string_view value, const Sealer& sealer) {
    const auto sealed = sealed_body_of(value);
    std::string bytes;
    if (!sealed || !sealer.open({SealedKind::body, id, {}}, *sealed, bytes)) return {};
    return decode_body(bytes);
}

}  // namespace hookline::spool
