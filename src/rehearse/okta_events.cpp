#include "rehearse/okta_events.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/time_text.h"
#include "rehearse/okta_templates.h"

namespace hookline::rehearse {
namespace {

constexpr int texts_a_type = 8;

}  // namespace

OktaEventMaker::OktaEventMaker(std::uint64_t seed, std::string_view hook_id) : dice_(seed), uuids_(seed ^ 0x5EED) {
    for (const OktaEventType& type : okta_event_types()) {
        for (int which = 0; which < texts_a_type; ++which) {
            events_.push_back(find_places(okta_event_text(type, dice_, hook_id, which % 2 == 0)));
        }
        previews_.push_back(find_places(okta_preview_text(type)));
        previews_.back().preview = true;
    }
}

OktaEventMaker::Template OktaEventMaker::find_places(std::string text) {
    static constexpr std::array<std::pair<std::string_view, Slot>, 5> marks{{
        {uuid_mark, Slot::uuid},
        {published_mark, Slot::published},
        {transaction_mark, Slot::transaction},
        {session_mark, Slot::session},
        {serial_mark, Slot::serial},
    }};
    static_assert(uuid_mark.size() == UuidMaker::text_bytes && published_mark.size() == MillisecondText::bytes);
    Template made;
    for (const auto& [mark, slot] : marks) {
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
            made.places.push_back({at, slot});
        }
    }
    made.text = std::move(text);
    return made;
}

void OktaEventMaker::append(std::string& out, std::string& uuids, WallTime published) {
    append(events_[dice_() % events_.size()], out, uuids, published);
}

void OktaEventMaker::append_preview(std::string& out, std::string& uuids, WallTime published) {
    append(previews_[dice_() % previews_.size()], out, uuids, published);
}

void OktaEventMaker::append(const Template& of, std::string& out, std::string& uuids, WallTime published) {
    const std::size_t begin = out.size();
    out += of.text;
    std::array<char, transaction_mark.size()> transaction{};
    std::array<char, session_mark.size()> session{};
    write_random(transaction.data(), transaction.size());
    write_random(session.data(), session.size());
    for (const Template::Place& place : of.places) {
        char* to = out.data() + begin + place.at;
        switch (place.slot) {
            case Slot::uuid:
                of.preview ? uuids_.version_4(to) : uuids_.version_1(to, published);
                uuids.append(to, UuidMaker::text_bytes) += '\n';
                break;
            case Slot::published:
                time_.write(to, published);
                break;
            case Slot::transaction:
                std::memcpy(to, transaction.data(), transaction.size());
                break;
            case Slot::session:
                std::memcpy(to, session.data(), session.size());
                break;
            case Slot::serial:
                write_random(to, serial_mark.size());
                break;
        }
    }
}

/// 64 letters, 6 bits of a throw each.
void OktaEventMaker::write_random(char* to, std::size_t bytes) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::uint64_t bits = 0;
    for (std::size_t place = 0; place < bytes; ++place) {
        if (place % 10 == 0) bits = dice_();
        to[place] = letters[bits & 63U];
        bits >>= 6U;
    }
}

void MillisecondText::write(char* to, WallTime when) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count();
    if (milliseconds / 1'000 != second_) {
        second_ = milliseconds / 1'000;
        text_ = format_rfc3339(when).substr(0, 20);  // up to the point
    }
    std::memcpy(to, text_.data(), text_.size());
    const std::int64_t part = milliseconds % 1'000;
    to[20] = static_cast<char>('0' + part / 100);
    to[21] = static_cast<char>('0' + part / 10 % 10);
    to[22] = static_cast<char>('0' + part % 10);
    to[23] = 'Z';
}

}  // namespace hookline::rehearse
