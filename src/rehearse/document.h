#pragma once
// One line as Logz.io's indexing would look at it: what names it, and what would be wrong with it. The rules are those
// of section 1.3 of the facts ("invalid logs"), in their strictest reading; none of them changes the HTTP answer.
//
// Belongs to one thread; a view in a Document lives until the next `read`.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rehearse/json_scan.h"

namespace hookline::rehearse {

struct IndexLimits {
    std::size_t text_characters_max = 32'700;  ///< of a key and of a value, in UTF-16 units
    std::size_t levels_max = 10;               ///< objects and arrays, the document itself counted
    std::size_t fields_max = 1'000;            ///< members whose value is no object
};

/// Why a document would be tagged invalid.
enum class Tag : std::uint8_t {
    key_too_long,
    value_too_long,
    too_deep,
    too_many_fields,
    timestamp_missing,
    mapping_conflict,
    dotted_name,
    out_of_range,
    duplicate_key,
};
inline constexpr std::size_t tags_count = 9;
std::string_view name_of(Tag tag);

/// What the first value of the day fixes a field to.
enum class FieldType : std::uint8_t { number, text, boolean, object };
std::string_view name_of(FieldType type);

struct Document {
    struct Field {
        std::uint64_t path = 0;  ///< hash of the dotted path
        std::uint32_t parent = 0;
        FieldType type = FieldType::text;
        bool typed = false;  ///< false: only null was seen here
        std::string_view key;
    };
    std::array<bool, tags_count> tags{};
    std::vector<Field> fields;  ///< the first is the document itself
    std::string_view uuid;      ///< raw text of that top-level string; empty when absent
    std::optional<std::string> type;

    void tag(Tag tag) { tags[static_cast<std::size_t>(tag)] = true; }
    [[nodiscard]] bool invalid() const;
    [[nodiscard]] std::string path_of(const Field& field) const;
};

class DocumentReader final : private JsonEvents {
 public:
    /// With `light` only the JSON itself is checked and the names at the top level are taken: for load runs.
    explicit DocumentReader(bool light, IndexLimits limits = {}) : light_(light), limits_(limits) {}

    /// Null when the line is not one JSON object in valid UTF-8.
    const Document* read(std::string_view line);

 private:
    struct Level {
        std::uint32_t field;
        bool object;
        std::size_t keys_begin;
    };
    void open(bool object) override;
    void close() override;
    void key(const JsonText& text) override;
    void string(const JsonText& text) override;
    void number(std::string_view raw) override;
    void literal(std::string_view raw) override;

    void value_of_type(FieldType type);
    void take_top_level(const JsonText& text);
    [[nodiscard]] bool at_top() const { return depth_ == 1; }

    bool light_;
    IndexLimits limits_;
    JsonScan scan_;
    Document document_;
    std::size_t depth_ = 0;
    std::string_view key_;     ///< the last one, decoded
    std::uint32_t field_ = 0;  ///< whose value comes next
    std::vector<Level> levels_;
    std::vector<std::uint64_t> keys_;  ///< hashes of the keys of all open objects
    std::deque<std::string> decoded_;  ///< keys that held escapes
    std::size_t leaves_ = 0;
    bool timestamp_good_ = false;
};

}  // namespace hookline::rehearse
