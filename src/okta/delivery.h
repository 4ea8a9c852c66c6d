#pragma once
// What Okta posts: an envelope with events in it (facts: Okta "Event Hooks", the sample payload; CloudEvents 0.1).
//
// Parsing validates the whole body (RFC 8259) and takes raw slices of it in the same pass, so that an event's bytes
// pass through untouched and everything legal arrives, also what a parser could not hold (base/json_scanner.h). Pure;
// one parser a thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hookline::okta {

/// A key and its raw JSON value, both as they stand in the body. `key` is unescaped.
struct Member {
    std::string key;
    std::string_view raw;  ///< the JSON value, verbatim
};

/// The envelope. Slices point into the body. A part that is absent, or not a string where a string is due, is left out
/// of the decoded fields but stays in `others`.
struct Envelope {
    std::vector<Member>
        known;  ///< eventType, eventTypeVersion, cloudEventsVersion, source, eventId, eventTime, contentType
    std::vector<Member> others;  ///< unknown top-level keys, and unknown keys of `data`, in order
    std::string event_id;        ///< decoded; empty when absent
    std::string event_time;
    std::string source;
};

struct Event {
    std::string_view raw;     ///< the object's bytes, braces included
    std::uint32_t place = 0;  ///< its index in data.events
    std::string uuid;         ///< decoded; empty when absent or no string
};

/// An element of data.events that is no object: kept aside, the others go on.
struct OddElement {
    std::string_view raw;
    std::uint32_t place = 0;
};

struct Delivery {
    Envelope envelope;
    std::vector<Event> events;
    std::vector<OddElement> odd;
};

struct DeliveryLimits {  // so that a body made for it cannot take many times its size in memory; more is refused
    std::size_t elements_max = 100'000;  ///< of data.events: ten times what fits into 16 MiB of real events
    std::size_t others_max = 100;        ///< members around the events that nobody knows
};

class DeliveryParser {
 public:
    explicit DeliveryParser(DeliveryLimits limits = {}) : limits_(limits) {}

    /// `body` must outlive the Delivery, which points into it. Errors say in one sentence for an Okta admin what was
    /// found and what was expected: not JSON (and where), no object, no `data.events` array. A UTF-8 byte order mark
    /// in front is skipped. Of equal keys the later one counts and the earlier one goes to `others`; of several
    /// `data.events` all events are taken.
    Result<Delivery> parse(std::string_view body);

 private:
    DeliveryLimits limits_;
};

}  // namespace hookline::okta
