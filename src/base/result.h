#pragma once
// A value, or one sentence about why there is none.
//
// `Result<T>` is for failures that a caller can only report. Where a caller must choose what to do,
// a function returns a type of its own (see logzio/verdict.h). Values; no threads involved.

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace hookline {

/// One sentence, without a final stop; it grows at its front on the way up: "open spool /x: no space left".
struct Error {
    std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failed(std::string message) { return tl::unexpected(Error{std::move(message)}); }

/// Puts what was being tried in front of why it failed.
inline tl::unexpected<Error> failed(std::string_view trying, const Error& cause) {
    return failed(std::string(trying) + ": " + cause.message);
}

}  // namespace hookline
