#include "rehearse/document.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/time_text.h"

namespace hookline::rehearse {
namespace {

/// Known to be good enough for maps of a rehearsal; two of 2^32 paths would have to meet by chance.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    std::uint64_t hash = (seed ^ text.size()) * odd;
    while (!text.empty()) {
        std::uint64_t bytes = 0;
        const std::size_t count = std::min<std::size_t>(8, text.size());
        std::memcpy(&bytes, text.data(), count);
        text.remove_prefix(count);
        hash = (hash ^ bytes) * odd;
        hash ^= hash >> 29U;
    }
    return hash;
}

bool fits_long(std::string_view number) {
    if (number.find_first_of(".eE") != std::string_view::npos) return true;
    std::int64_t value = 0;
    return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}

}  // namespace

std::string_view name_of(Tag tag) {
    static constexpr std::array<std::string_view, tags_count> names{
        "MAX_FIELD_KEY_SIZE", "INVALID_FIELD_VALUE_LENGTH", "MAX_JSON_DEPTH", "MAX_FIELDS_NUMBER",
        "FIELDS_MISSING",     "mapping-conflict",           "dotted-name",    "out-of-range",
        "duplicate-key"};
    return names[static_cast<std::size_t>(tag)];
}

std::string_view name_of(FieldType type) {
    static constexpr std::array<std::string_view, 4> names{"number", "string", "boolean", "object"};
    return names[static_cast<std::size_t>(type)];
}

bool Document::invalid() const {
    return std::any_of(tags.begin(), tags.end(), [](bool set) { return set; });
}

std::string Document::path_of(const Field& field) const {
    std::string path(field.key);
    for (std::uint32_t above = field.parent; above != 0; above = fields[above].parent) {
        path.insert(0, std::string(fields[above].key) + ".");
    }
    return path;
}

const Document* DocumentReader::read(std::string_view line) {
    document_.tags.fill(false);
    document_.fields.clear();
    document_.fields.emplace_back();
    document_.uuid = {};
    document_.type.reset();
    depth_ = leaves_ = 0;
    field_ = 0;
    levels_.clear();
    keys_.clear();
    decoded_.clear();
    timestamp_good_ = false;
    if (!scan_.object(line, *this)) return nullptr;
    if (light_) return &document_;
    if (!timestamp_good_) document_.tag(Tag::timestamp_missing);
    if (leaves_ > limits_.fields_max) document_.tag(Tag::too_many_fields);
    return &document_;
}

void DocumentReader::open(bool object) {
    ++depth_;
    if (light_) return;
    if (depth_ > limits_.levels_max) document_.tag(Tag::too_deep);
    if (object && depth_ > 1) value_of_type(FieldType::object);
    levels_.push_back({field_, object, keys_.size()});
}

void DocumentReader::close() {
    --depth_;
    if (light_) return;
    const Level level = levels_.back();
    levels_.pop_back();
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(level.keys_begin);
    std::sort(first, keys_.end());
    if (std::adjacent_find(first, keys_.end()) != keys_.end()) document_.tag(Tag::duplicate_key);
    keys_.erase(first, keys_.end());
    // An array's elements share its path, so the level above goes on with its own field.
    if (!levels_.empty()) field_ = levels_.back().field;
}

void DocumentReader::key(const JsonText& text) {
    if (light_ && depth_ > 1) return;
    key_ = text.escaped ? decoded_.emplace_back(text.decoded()) : text.raw;
    if (light_) return;
    if (text.utf16_units > limits_.text_characters_max) document_.tag(Tag::key_too_long);
    if (key_.empty() || key_.find('.') != std::string_view::npos) document_.tag(Tag::dotted_name);
    const std::uint32_t parent = levels_.back().field;
    const std::uint64_t path = hash_of(key_, document_.fields[parent].path);
    keys_.push_back(path);
    field_ = static_cast<std::uint32_t>(document_.fields.size());
    document_.fields.push_back({path, parent, FieldType::text, false, key_});
    ++leaves_;
}

void DocumentReader::value_of_type(FieldType type) {
    if (light_) return;
    Document::Field& field = document_.fields[field_];
    const bool in_object = levels_.back().object;
    if (type == FieldType::object && in_object) --leaves_;
    if (field.typed && field.type != type) document_.tag(Tag::mapping_conflict);
    field.typed = true;
    field.type = type;
    if (!in_object) field_ = levels_.back().field;
}

void DocumentReader::take_top_level(const JsonText& text) {
    if (key_ == "uuid") document_.uuid = text.raw;
    if (key_ == "type") document_.type = text.decoded();
    if (key_ == "@timestamp") timestamp_good_ = parse_rfc3339(text.raw).has_value();
}

void DocumentReader::string(const JsonText& text) {
    if (at_top()) take_top_level(text);
    if (light_) return;
    if (text.utf16_units > limits_.text_characters_max) document_.tag(Tag::value_too_long);
    value_of_type(FieldType::text);
}

void DocumentReader::number(std::string_view raw) {
    if (light_) return;
    if (at_top() && key_ == "@timestamp") timestamp_good_ = true;  // UNIX seconds or milliseconds
    if (!fits_long(raw)) document_.tag(Tag::out_of_range);
    value_of_type(FieldType::number);
}

void DocumentReader::literal(std::string_view raw) {
    if (raw != "null") value_of_type(FieldType::boolean);
}

}  // namespace hookline::rehearse
