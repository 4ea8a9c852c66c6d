#pragma once
// Takes a token out of text that came from outside. Pure; any thread.

#include <string>
#include <string_view>

namespace hookline::logzio {

/// Replaces the token, in whatever case, by "[token]"; also its first part where the text ends within it.
std::string mask_token(std::string text, std::string_view token);

}  // namespace hookline::logzio
