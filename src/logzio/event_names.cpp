#include "logzio/event_names.h"

namespace hookline::logzio {

EventName event_name(std::string_view key) {
    const auto is = [key](std::string_view text, EventName name) { return key == text ? name : EventName::other; };
    // The length tells most keys apart, the first letter the rest.
    switch (key.size()) {
        case 4:
            if (key[0] == 'u') return is("uuid", EventName::uuid);
            if (key == "tags") return EventName::tags;
            return is("type", EventName::type);
        case 5:
            return is("token", EventName::token);
        case 6:
            return is("source", EventName::source);
        case 7:
            if (key[0] == 'm') return is("message", EventName::message);
            if (key[0] == 'v') return is("version", EventName::version);
            return is("eventId", EventName::event_id);
        case 8:
            if (key[0] == 's') return is("severity", EventName::severity);
            return is("hookline", EventName::hookline);
        case 9:
            if (key[0] == 'e')
                return key == "eventType" ? EventName::event_type : is("eventTime", EventName::event_time);
            return is("published", EventName::published);
        case 10:
            return is("@timestamp", EventName::timestamp);
        case 11:
            if (key[0] == 'c') return is("contentType", EventName::content_type);
            return is("tenant_name", EventName::tenant_name);
        case 13:
            return is("hookEventType", EventName::hook_event_type);
        case 14:
            return is("displayMessage", EventName::display_message);
        case 15:
            return is("legacyEventType", EventName::legacy_event_type);
        case 16:
            return is("eventTypeVersion", EventName::event_type_version);
        case 18:
            return is("cloudEventsVersion", EventName::cloud_events_version);
        default:
            return EventName::other;
    }
}

}  // namespace hookline::logzio
