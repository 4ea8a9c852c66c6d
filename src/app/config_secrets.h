#pragma once
// Reading secrets for the configuration. No text made here holds one. Private to the configuration reader.

#include <string>
#include <string_view>
#include <vector>

#include "app/config_rule.h"
#include "base/hash.h"

namespace hookline::app {

/// The text of the secret file that a setting names. When others on this machine may read it, that becomes a warning;
/// when there is no such file, the name is not repeated unless it can only be a path: it may be the secret itself.
Result<std::string> read_secret_text(Draft& draft, const Setting& setting, const std::string& configured);

/// The text without what looks like a token (32 letters and digits) or a key (64 hexadecimal digits).
std::string without_secrets(std::string_view text);

/// Authorization secrets, one a line; several, so that one can be rotated.
Result<std::vector<Secret>> read_authorizations(std::string_view text);

/// A Logz.io shipping token: exactly one line.
Result<Secret> read_token(std::string_view text);

/// Any secret on exactly one line.
Result<Secret> read_one_line(std::string_view text);

/// Tokens, or the 64 hex digits of their SHA-256, one a line; lines that begin with # and empty ones are skipped.
Result<std::vector<Sha256>> read_token_list(std::string_view text);

/// Keeps a secret that has two keys, X and X_file: both in one source contradict, and of two sources `gather` left one.
Result<void> keep_one(std::optional<Secret>& kept, Result<Secret> secret);

}  // namespace hookline::app
