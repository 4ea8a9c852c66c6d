#pragma once
// Values with sealed parts, whole: what format.h lays out, sealed and opened. Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/seal.h"
#include "spool/format.h"
#include "spool/keyring.h"

namespace hookline::spool {

/// Lines as they stand in a record: packed if that pays, then sealed.
struct SealedLines {
    Codec codec = Codec::plain;
    std::string payload;
};
SealedLines seal_lines(std::string_view lines, const Sealer& sealer);
/// A payload of version 1, packed as it is.
std::string seal_packed_lines(std::string_view payload, const Sealer& sealer);
/// Appends a record's lines to `out`; false when they are damaged.
[[nodiscard]] bool open_lines(const Record& record, const Sealer& sealer, std::string& out);

/// A tenant and its key.
struct OpenedTenant {
    Identity identity;
    bool proven = false;
    WallTime first_seen{};
    SealKey key;
};
std::string seal_tenant(const OpenedTenant& tenant, TenantId id, const Keyring& keys);
/// Nothing when it is damaged or of version 1.
std::optional<OpenedTenant> open_tenant(std::string_view value, TenantId id, const Keyring& keys);

/// The value that tells which main key a spool has.
std::string seal_main_key(const Keyring& keys);
/// Whether the value is whole and of this key.
bool is_of_main_key(std::string_view value, const Keyring& keys);

/// The whole value of a letter's row.
std::string seal_letter(std::uint64_t id, const LetterRow& row, const Sealer& sealer);
/// Fills in uuid and answer; false when they are damaged.
[[nodiscard]] bool open_letter(std::uint64_t id, LetterRow& row, const Sealer& sealer);

std::string seal_body(std::uint64_t id, std::string_view body, const Sealer& sealer);
/// A value of version 1, packed as it is.
std::string seal_packed_body(std::uint64_t id, std::string_view value, const Sealer& sealer);
std::optional<std::string> open_body(std::uint64_t id, std::string_view value, const Sealer& sealer);

}  // namespace hookline::spool
