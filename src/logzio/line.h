#pragma once
// One event becomes one line that a Logz.io listener accepts (facts: Logz.io http.md, invalid-log-errors.md).
//
// The event's bytes stay as they are; keys are added; guards keep the line within the listener's limits and say what
// they did. DESIGN section 3 is the table. Pure; a builder belongs to one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace hookline::logzio {

/// What a listener takes (Logz.io: http.md, invalid-log-errors.md). Smaller ones than 10,000 bytes, 256 characters, 50
/// fields and 3 levels are raised to these: what hookline adds must fit.
struct LineLimits {
    std::size_t line_bytes_max = 500'000;
    std::size_t string_characters_max = 32'700;  ///< UTF-16 code units
    std::size_t fields_max = 1'000;              ///< members, elements and containers, hookline's own included
    std::size_t levels_max = 10;                 ///< objects and arrays around a value, the line included
};

enum class Shape {
    hookline,   ///< the event unchanged, keys added beside it
    reference,  ///< as logzio/okta-events-hook 1.0 wrote it: envelope keys over the event's, `published` removed
};

/// An envelope key and its raw JSON value.
struct RawMember {
    std::string_view key;  ///< unescaped
    std::string_view raw;
};

struct LineSource {
    std::string_view event;                 ///< one JSON object, already validated
    std::vector<RawMember> envelope;        ///< the known envelope keys, raw
    std::vector<RawMember> envelope_other;  ///< unknown ones: into hookline.original
    std::string_view envelope_event_time;   ///< decoded
    std::string_view source;                ///< decoded; its host is tenant_name
    WallTime received_at;
    std::string_view via = "hook";
};

struct BuiltLine {
    bool cut = false;           ///< content was cut or folded with loss: the untouched original must be kept aside
    bool envelope_cut = false;  ///< and some of it stood in the envelope
    std::vector<std::string> guards;  ///< names, as in hookline.guards
    /// Where `mark` must be inserted, as an offset from the line's start, when the event turns out to carry a known
    /// uuid with other bytes; the line still keeps its limits with it.
    std::uint32_t mark_at = 0;
    std::string_view mark;  ///< static text, such as `,"uuid_conflict":true`
};

class LineBuilder {
 public:
    LineBuilder(Shape shape, LineLimits limits);
    ~LineBuilder();
    LineBuilder(LineBuilder&&) noexcept;

    /// Appends one line, newline included, to `out`. Anything that is a valid JSON object becomes an acceptable line:
    /// never fails.
    BuiltLine build(const LineSource& source, std::string& out);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hookline::logzio
