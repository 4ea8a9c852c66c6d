#include "base/openmetrics.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/exemplars.h"

namespace hookline {
namespace {

constexpr std::string_view help_begin = "# HELP ";
constexpr std::string_view type_begin = "# TYPE ";
constexpr std::string_view bucket_end = "_bucket";
constexpr std::string_view bound_begin = "le=\"";  // the last label of a bucket

std::string_view take_until(std::string_view& rest, char end) {
    const std::size_t length = std::min(rest.find(end), rest.size());
    const std::string_view taken = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    return taken;
}

std::string_view without(std::string_view ending, std::string_view name) {
    return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name;
}

/// The unit is the last word of a name.
std::string_view unit_in(std::string_view family) {
    constexpr std::array<std::string_view, 2> units{"_seconds", "_bytes"};
    const auto* const found =
        std::find_if(units.begin(), units.end(), [&](std::string_view unit) { return family.ends_with(unit); });
    return found == units.end() ? "" : found->substr(1);
}

/// A bound is compared as text, so that there is one right way to write it: "1.0", not "1".
std::string bound_text(std::string_view bound) {
    const bool whole = bound.find_first_not_of("-0123456789") == std::string_view::npos;
    return std::string(bound) + (whole ? ".0" : "");
}

class Writer {
 public:
    explicit Writer(const Exemplars& exemplars) : exemplars_(exemplars) {}

    void line(std::string_view line) {
        if (line.starts_with(help_begin)) {
            line.remove_prefix(help_begin.size());
            take_until(line, ' ');
            help_ = line;
        } else if (line.starts_with(type_begin)) {
            line.remove_prefix(type_begin.size());
            const std::string_view name = take_until(line, ' ');
            begin_family(name, line);
        } else if (!line.empty()) {
            sample(line);
        }
    }
    std::string end() { return std::move(out_) + "# EOF\n"; }

 private:
    void begin_family(std::string_view name, std::string_view type) {
        std::string_view family = name;
        if (type == "counter") family = without("_total", name);
        const bool is_info = type == "gauge" && name.ends_with("_info");
        if (is_info) family = without("_info", name);
        out_ += fmt::format("# TYPE {} {}\n", family, is_info ? "info" : type);
        const std::string_view unit = unit_in(family);
        if (!unit.empty() && !is_info) out_ += fmt::format("# UNIT {} {}\n", family, unit);
        out_ += fmt::format("# HELP {} ", family);
        for (const char c : help_) {
            if (c == '"') out_ += '\\';  // the one character that the text format does not escape here
            out_ += c;
        }
        out_ += '\n';
    }

    void sample(std::string_view line) {
        const std::size_t brace = line.find('{');
        const bool is_bucket = brace != std::string_view::npos && line.substr(0, brace).ends_with(bucket_end);
        if (is_bucket) {
            bucket(line, brace);
        } else {
            out_ += line;
        }
        out_ += '\n';
    }

    /// `name_bucket{label="value",le="1"} 7`
    void bucket(std::string_view line, std::size_t brace) {
        const std::size_t bound = line.rfind(bound_begin) + bound_begin.size();
        const std::size_t bound_end = line.find('"', bound);
        out_ += line.substr(0, bound);
        out_ += bound_text(line.substr(bound, bound_end - bound));
        out_ += line.substr(bound_end);

        std::string series(line.substr(0, brace - bucket_end.size()));
        const std::string_view labels = line.substr(brace + 1, bound - bound_begin.size() - brace - 1);
        if (!labels.empty()) series += fmt::format("{{{}}}", without(",", labels));
        if (series != series_) begin_series(std::move(series));
        if (next_slot_ < slots_.size() && slots_[next_slot_]) exemplar(*slots_[next_slot_]);
        ++next_slot_;
    }

    void begin_series(std::string series) {
        series_ = std::move(series);
        const ExemplarSlots* slots = exemplars_.find(series_);
        slots_ = slots != nullptr ? slots->all() : std::vector<std::optional<ExemplarSlots::Kept>>();
        next_slot_ = 0;
    }

    void exemplar(const ExemplarSlots::Kept& kept) {
        out_ += " # {" + kept.label + "=\"";
        for (const char c : kept.id) {
            if (c == '"' || c == '\\') out_ += '\\';
            out_ += c == '\n' ? ' ' : c;
        }
        const double at = std::chrono::duration<double>(kept.at.time_since_epoch()).count();
        out_ += fmt::format("\"}} {} {:.3f}", kept.value, at);
    }

    const Exemplars& exemplars_;
    std::string out_;
    std::string_view help_;
    std::string series_;  ///< the histogram that the last bucket belonged to
    std::vector<std::optional<ExemplarSlots::Kept>> slots_;
    std::size_t next_slot_ = 0;
};

}  // namespace

std::string openmetrics_of(std::string_view text, const Exemplars& exemplars) {
    Writer writer(exemplars);
    while (!text.empty()) writer.line(take_until(text, '\n'));
    return writer.end();
}

}  // namespace hookline
