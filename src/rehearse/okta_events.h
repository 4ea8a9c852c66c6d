#pragma once
// Made-up System Log events in the form in which a hook gets them (facts: Okta, section 1.3), some 1.5 to 3 kB each.
// Texts are built once, a few for each type; an event is then a copy with its own uuid, times and ids. Belongs to one
// thread.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "rehearse/uuid_maker.h"

namespace hookline::rehearse {

/// `2019-10-24T14:21:28.577Z`: 24 characters, milliseconds. Quick: the date is worked out once a second.
class MillisecondText {
 public:
    static constexpr std::size_t bytes = 24;
    void write(char* to, WallTime when);

 private:
    std::int64_t second_ = -1;
    std::string text_;
};

class OktaEventMaker {
 public:
    /// `hook_id` appears in debugContext.debugData.targetEventHookIds.
    OktaEventMaker(std::uint64_t seed, std::string_view hook_id);

    /// Appends an event that occurred at `published`, and its uuid with a newline to `uuids`.
    void append(std::string& out, std::string& uuids, WallTime published);
    /// The same as Okta's "Deliver request" preview makes it: random uuid, no actor, no targets, "Success".
    void append_preview(std::string& out, std::string& uuids, WallTime published);

 private:
    enum class Slot : std::uint8_t { uuid, published, transaction, session, serial };
    struct Template {
        std::string text;
        struct Place {
            std::size_t at;
            Slot slot;
        };
        std::vector<Place> places;
        bool preview = false;
    };
    static Template find_places(std::string text);
    void append(const Template& of, std::string& out, std::string& uuids, WallTime published);
    void write_random(char* to, std::size_t bytes);

    std::mt19937_64 dice_;
    UuidMaker uuids_;
    MillisecondText time_;
    std::vector<Template> events_;
    std::vector<Template> previews_;
};

}  // namespace hookline::rehearse
