#pragma once
// The guards: how an event that a listener would not take, or that Logz.io would tag as invalid, is rewritten.
//
// One rule stands over all: no path changes its JSON type, since the first value of the day fixes a field's type for
// everyone. So strings are cut, and what else does not fit is taken out whole and kept as text in `hookline.folded`.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logzio/event_names.h"
#include "logzio/kept_text.h"
#include "logzio/line.h"

namespace hookline::logzio {

enum class Guard : std::uint8_t {
    string_cut,            ///< a string was longer than a field may be
    characters_replaced,   ///< bytes that are not UTF-8, or lone surrogates, became U+FFFD
    unusable_key,          ///< see is_unusable_key
    duplicate_key,         ///< a key twice in one object: the last one stays, as most readers take it
    reserved_key,          ///< a key that the line sets itself
    integer_out_of_range,  ///< no signed 64-bit number
    too_deep,
    too_many_fields,
    line_too_long,
    folded_cut,    ///< not all that was taken out fits into hookline.folded
    original_cut,  ///< the same for hookline.original
};
inline constexpr std::size_t guard_count = 11;
std::string_view name_of(Guard guard);

/// What the guards did to one line.
class GuardReport {
 public:
    void note(Guard guard) { bits_ |= 1U << static_cast<unsigned>(guard); }
    /// Content at `path` is not in the line any more.
    void note_loss(std::string_view path);
    /// What stands under this key of the top level came from the envelope.
    void note_envelope_key(std::string_view key);
    void note_envelope_loss() { envelope_lost_ = true; }
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] bool any() const { return bits_ != 0; }
    [[nodiscard]] bool lost() const { return lost_; }
    /// Some of what was lost came from the envelope.
    [[nodiscard]] bool envelope_lost() const { return envelope_lost_; }
    /// The first few paths where content was lost: a help, not a list to rely on.
    [[nodiscard]] const std::vector<std::string>& lost_paths() const { return lost_paths_; }
    static constexpr std::size_t lost_paths_max = 8;
    static constexpr std::size_t lost_path_bytes_max = 64;

 private:
    std::uint32_t bits_ = 0;
    bool lost_ = false;
    bool envelope_lost_ = false;
    std::vector<std::string> lost_paths_;
    std::vector<std::string> envelope_paths_;
};

/// How much room there is, or how much something takes: values (each member, element and container counts, the
/// strictest reading of "fields") and bytes of JSON.
struct Room {
    std::size_t values = 0;
    std::size_t bytes = 0;
};

/// One member of an object, on its way into the line.
struct Entry {
    std::string key;      ///< unescaped and clean
    std::string written;  ///< the key as JSON
    std::string_view raw;
    EventName name = EventName::other;  ///< on the top level
    Room need;
    Room share;
};

/// Rewrites one event. Belongs to one thread and one line.
class GuardedWriter {
 public:
    GuardedWriter(const LineLimits& limits, FoldedText& folded, GuardReport& report)
        : limits_(limits), folded_(folded), report_(report) {}

    /// The members of an object: each key once and fit for a field; what is not is taken out.
    std::vector<Entry> members(std::string_view object, bool top_level);

    /// A member that stands in the line from elsewhere.
    static Entry entry(std::string_view key, std::string_view raw, EventName name);

    /// Appends the entries of the top level, braces left out, in the room that is given.
    void write_top_level(std::vector<Entry>& entries, const Room& room, std::string& out);

 private:
    /// Where in the event we are, as a JSON pointer; leaves the step when it goes.
    class Step {
     public:
        Step(std::string& path, std::string_view key);
        ~Step() { path_.resize(size_before_); }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;

     private:
        std::string& path_;
        std::size_t size_before_;
    };

    bool take_out(std::string_view raw, Guard why);
    void measure_all(std::vector<Entry>& entries) const;
    void write_members(std::vector<Entry>& entries, std::size_t level, std::string& out);
    void write_value(std::string_view raw, std::size_t level, const Room& share, std::string& out);
    void write_object(std::string_view raw, std::size_t level, const Room& share, std::string& out);
    void write_array(std::string_view raw, std::size_t level, Room share, std::string& out);
    [[nodiscard]] std::optional<Guard> misfit(std::string_view raw, std::size_t level, const Room& need,
                                              const Room& share) const;

    LineLimits limits_;
    FoldedText& folded_;
    GuardReport& report_;
    std::string path_;
};

/// What `raw` takes when it is written without white space and with its strings guarded; never too little. Beyond what
/// a whole line may take it stops counting: by how much a value is too large makes no difference.
Room measure(std::string_view raw, const LineLimits& limits);

}  // namespace hookline::logzio
