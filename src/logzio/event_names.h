#pragma once
// The keys of an event that a line cares about, and what each is to it. Pure functions; any thread.

#include <cstdint>
#include <string_view>

namespace hookline::logzio {

enum class EventName : std::uint8_t {
    other,
    // Reserved: hookline sets these, a payload cannot (nor `token` and `tags`, which mean something to Logz.io).
    type,
    timestamp,
    message,
    token,
    tags,
    tenant_name,
    hook_event_type,
    hookline,
    // The envelope's, taken over where the event has no such key.
    event_id,
    event_time,
    source,
    event_type_version,
    cloud_events_version,
    content_type,
    // The event's own that are read or, with those above, stay longest when a line is too full.
    published,
    display_message,
    event_type,
    uuid,
    severity,
    version,
    legacy_event_type,
};

/// `key` is unescaped.
EventName event_name(std::string_view key);

constexpr bool is_reserved(EventName name) { return name >= EventName::type && name <= EventName::hookline; }
constexpr bool is_from_envelope(EventName name) {
    return name >= EventName::event_id && name <= EventName::content_type;
}

/// A set of names, one bit each.
class EventNames {
 public:
    void add(EventName name) { bits_ |= bit(name); }
    [[nodiscard]] bool has(EventName name) const { return (bits_ & bit(name)) != 0; }
    [[nodiscard]] bool has_reserved() const { return (bits_ & (bit(EventName::event_id) - bit(EventName::type))) != 0; }

 private:
    static constexpr std::uint32_t bit(EventName name) { return 1U << static_cast<unsigned>(name); }
    std::uint32_t bits_ = 0;
};

}  // namespace hookline::logzio
