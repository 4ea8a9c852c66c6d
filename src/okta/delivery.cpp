#include "okta/delivery.h"

#include <algorithm>
#include <array>

#include "base/json_scanner.h"

namespace hookline::okta {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view expected = "; an Okta event-hook delivery is a JSON object with the array data.events";

constexpr std::array<std::string_view, 7> known_keys{
    "eventType", "eventTypeVersion", "cloudEventsVersion", "source", "eventId", "eventTime", "contentType",
};

std::string_view name_of_kind(char first) {
    switch (first) {
        case '{':
            return "an object";
        case '[':
            return "an array";
        case '"':
            return "a string";
        case 't':
        case 'f':
            return "true or false";
        case 'n':
            return "null";
        default:
            return "a number";
    }
}

/// One walk over one body.
class Walk {
 public:
    Walk(std::string_view body, const DeliveryLimits& limits) : body_(body), limits_(limits), scanner_(body) {}

    Result<Delivery> run() {
        const char first = scanner_.peek();
        if (scanner_.offset() == body_.size()) return failed("the body is empty" + std::string(expected));
        if (first == '{') {
            read_envelope();
        } else {
            std::string_view raw;
            scanner_.value(raw);
        }
        if (too_many_) return failed(too_many_);
        if (!scanner_.finish()) return failed("the body is not JSON: " + describe(scanner_.problem(), body_));
        if (first != '{') return refuse(std::string("the body is ") + std::string(name_of_kind(first)));
        if (data_ == 0) return refuse("the body has no \"data\"");
        if (data_ != '{') return refuse("\"data\" is " + std::string(name_of_kind(data_)));
        if (events_ == 0) return refuse("\"data\" has no \"events\"");
        if (events_ != '[') return refuse("\"data.events\" is " + std::string(name_of_kind(events_)));
        decode_known();
        return std::move(delivery_);
    }

 private:
    static tl::unexpected<Error> refuse(const std::string& found) { return failed(found + std::string(expected)); }

    void read_envelope() {
        delivery_.envelope.known.reserve(known_keys.size());
        scanner_.enter();
        std::string_view key;
        while (!too_many_ && scanner_.next_key(key)) {
            const std::string_view name = json_string_text(key, name_scratch_);
            const char first = scanner_.peek();
            if (name == "data" && first == '{') {
                data_ = first;
                read_data();
                continue;
            }
            if (name == "data" && data_ != '{') data_ = first;
            std::string_view raw;
            if (!scanner_.value(raw)) return;
            note_member(name, raw);
        }
    }

    /// Of two equal keys the later one counts; the earlier one is not lost.
    void note_member(std::string_view name, std::string_view raw) {
        Envelope& envelope = delivery_.envelope;
        const bool is_known = raw.front() == '"' && std::ranges::find(known_keys, name) != known_keys.end();
        if (!is_known) {
            note_other(std::string(name), raw);
            return;
        }
        const auto earlier = std::ranges::find(envelope.known, name, &Member::key);
        if (earlier == envelope.known.end()) {
            envelope.known.push_back({std::string(name), raw});
            return;
        }
        note_other(earlier->key, earlier->raw);
        earlier->raw = raw;
    }

    void note_other(std::string name, std::string_view raw) {
        std::vector<Member>& others = delivery_.envelope.others;
        if (too_many(others.size(), limits_.others_max, "the body holds too many unknown keys around data.events"))
            return;
        others.push_back({std::move(name), raw});
    }

    void read_data() {
        scanner_.enter();
        std::string_view key;
        while (!too_many_ && scanner_.next_key(key)) {
            const std::string_view name = json_string_text(key, name_scratch_);
            const char first = scanner_.peek();
            if (name == "events" && first == '[') {
                events_ = first;
                read_events();
                continue;
            }
            if (name == "events" && events_ != '[') events_ = first;
            std::string other = "data." + std::string(name);
            std::string_view raw;
            if (!scanner_.value(raw)) return;
            note_other(std::move(other), raw);
        }
    }

    void read_events() {
        scanner_.enter();
        for (; scanner_.next_element(); ++place_) {
            if (too_many(place_, limits_.elements_max, "data.events holds too many elements")) return;
            if (scanner_.peek() == '{') {
                read_event();
                continue;
            }
            std::string_view raw;
            if (!scanner_.value(raw)) return;
            delivery_.odd.push_back({raw, place_});
        }
    }

    void read_event() {
        const std::size_t start = scanner_.offset();
        std::string_view uuid;
        std::string_view key;
        scanner_.enter();
        while (scanner_.next_key(key)) {
            std::string_view raw;
            if (!scanner_.value(raw)) return;
            if (is_uuid(key)) uuid = raw;
        }
        if (scanner_.failed()) return;
        Event& event = delivery_.events.emplace_back();
        event.raw = body_.substr(start, scanner_.offset() - start);
        event.place = place_;
        if (uuid.starts_with('"')) event.uuid = json_string_text(uuid, scratch_);
    }

    bool is_uuid(std::string_view key) {
        constexpr std::string_view plain = R"("uuid")";
        constexpr std::size_t escaped_size_max = plain.size() + 20;  // \u0075 for u, and so on
        if (key.size() == plain.size()) return key == plain;
        return key.size() > plain.size() && key.size() <= escaped_size_max &&
               key.find('\\') != std::string_view::npos && json_string_text(key, scratch_) == "uuid";
    }

    void decode_known() {
        for (const Member& member : delivery_.envelope.known) {
            std::string* const decoded = member.key == "eventId"     ? &delivery_.envelope.event_id
                                         : member.key == "eventTime" ? &delivery_.envelope.event_time
                                         : member.key == "source"    ? &delivery_.envelope.source
                                                                     : nullptr;
            if (decoded) *decoded = json_string_text(member.raw, scratch_);
        }
    }

    /// True when the limit is reached: the walk ends there.
    bool too_many(std::size_t count, std::size_t count_max, const char* what) {
        if (count >= count_max) too_many_ = what;
        return too_many_ != nullptr;
    }

    std::string_view body_;
    DeliveryLimits limits_;
    JsonScanner scanner_;
    const char* too_many_ = nullptr;
    Delivery delivery_;
    char data_ = 0;    ///< how the value of "data" begins; an object is preferred to others of that name
    char events_ = 0;  ///< the same for "data.events" and arrays
    std::uint32_t place_ = 0;
    std::string name_scratch_;
    std::string scratch_;
};

}  // namespace

Result<Delivery> DeliveryParser::parse(std::string_view body) {
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    return Walk(body, limits_).run();
}

}  // namespace hookline::okta
