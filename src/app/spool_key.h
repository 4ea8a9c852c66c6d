#pragma once
// The spool's main key as a person gives it: from a file, the environment or a systemd credential, never on a command
// line. Main thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "base/seal.h"

namespace hookline::app {

/// Of a whole directory loaded as credentials (LoadCredential=hookline:/etc/hookline/credentials) each bears this.
inline constexpr std::string_view credential_prefix = "hookline_";

/// One line of 64 hexadecimal digits. No error repeats any of it.
Result<SealKey> parse_spool_key(std::string_view text);
Result<SealKey> read_spool_key(const Path& file);

/// For commands that open a spool themselves: the file, if one is named; else what `serve` would find in its
/// environment. Nothing: the key beside the spool.
Result<std::optional<SealKey>> find_spool_key(const std::optional<Path>& file,
                                              const std::map<std::string, std::string>& environment);

}  // namespace hookline::app
