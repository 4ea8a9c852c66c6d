#pragma once
// Reading secrets for the configuration. No text made here holds one. Private to the configuration reader.

#include <string>
#include <string_view>
#include <vector>

#include "app/config_rule.h"
#include "base/hash.h"

namespace hookline::app {

/// The text of a secret file. When others on this machine may read it, that becomes a warning.
Result<std::string> read_secret_text(Draft& draft, const Path& path);

/// Authorization secrets, one a line; several, so that one can be rotated.
Result<std::vector<Secret>> read_authorizations(std::string_view text);

/// A Logz.io shipping token: exactly one line.
Result<Secret> read_token(std::string_view text);

/// Any secret on exactly one line.
Result<Secret> read_one_line(std::string_view text);

/// Tokens, or the 64 hex digits of their SHA-256, one a line; lines that begin with # and empty ones are skipped.
Result<std::vector<Sha256>> read_token_list(std::string_view text);

/// Keeps a secret that has two keys, X and X_file: the later source wins, and both in one source contradict.
Result<void> keep_one(std::optional<Secret>& kept, int& kept_rank, const Setting& setting, Result<Secret> secret);

}  // namespace hookline::app
