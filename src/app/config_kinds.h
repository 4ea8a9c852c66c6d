#pragma once
// How each kind of value is read, checked against its limits and printed. Private to the tables of keys.
//
// A field is a function from the Config to the member a key sets. The default in the documents is read off a fresh
// Config through the same function, so that it cannot drift.

#include <type_traits>

#include <fmt/format.h>

#include "app/config_rule.h"
#include "app/config_text.h"

/// A member of Config, as a field. Only for the tables of keys.
// NOLINTBEGIN(bugprone-macro-parentheses): a member's name cannot stand in parentheses
#define HOOKLINE_FIELD(member) \
    [](Config & config) -> auto& { return config.member; }
// NOLINTEND(bugprone-macro-parentheses)

namespace hookline::app {

struct Bounds {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    std::string_view zero;  ///< what 0 means, where it is allowed besides
};

namespace kinds {

inline KeyRule rule(std::string_view name, Form form, std::string_view kind, std::string_view meaning) {
    KeyRule made;
    made.name = name;
    made.form = form;
    made.kind = kind;
    made.meaning = meaning;
    return made;
}

template <class Print>
std::string limits_text(const Bounds& bounds, Print print) {
    const std::string range = fmt::format("{} to {}", print(bounds.least), print(bounds.most));
    return bounds.zero.empty() ? range : fmt::format("{}; 0: {}", range, bounds.zero);
}

/// Reads one word within bounds; what does not fit is a problem and nothing is stored.
template <class Number, class Parse, class Store>
auto bounded(Bounds bounds, std::string limits, Parse parse, Store store) {
    return [bounds, limits = std::move(limits), parse, store](Draft& draft, const Setting& setting) {
        const Word& word = setting.words.front();
        const auto value = parse(word.text);
        if (!value) return draft.problem(word.place, setting.key, value.error().message + "; expected " + limits);
        const bool zero = *value == 0 && !bounds.zero.empty();
        const bool outside = *value < static_cast<Number>(bounds.least) || *value > static_cast<Number>(bounds.most);
        if (!zero && outside) {
            return draft.problem(word.place, setting.key,
                                 fmt::format(R"("{}" is out of range; expected {})", word.text, limits));
        }
        store(draft.config, *value);
    };
}

/// Durations of any unit, optional or not.
template <class T>
struct Length {
    using Type = T;
};
template <class T>
struct Length<std::optional<T>> {
    using Type = T;
};

}  // namespace kinds

template <class Field>
KeyRule size_key(std::string_view name, Field field, Bounds bounds, std::string_view meaning) {
    using Value = std::remove_reference_t<decltype(field(std::declval<Config&>()))>;
    KeyRule rule = kinds::rule(name, Form::size, "size", meaning);
    Config fresh;
    rule.default_text = field(fresh) == 0 && !bounds.zero.empty() ? "0" : format_size(field(fresh));
    rule.limits = kinds::limits_text(bounds, format_size);
    rule.set = kinds::bounded<std::uint64_t>(
        bounds, rule.limits, parse_size,
        [field](Config& config, std::uint64_t bytes) { field(config) = static_cast<Value>(bytes); });
    return rule;
}

template <class Field>
KeyRule count_key(std::string_view name, Field field, Bounds bounds, std::string_view meaning) {
    using Value = std::remove_reference_t<decltype(field(std::declval<Config&>()))>;
    KeyRule rule = kinds::rule(name, Form::count, "number", meaning);
    Config fresh;
    rule.default_text = fmt::format("{}", field(fresh));
    rule.limits = kinds::limits_text(bounds, [](std::uint64_t count) { return fmt::format("{}", count); });
    rule.set = kinds::bounded<std::uint64_t>(
        bounds, rule.limits, parse_count,
        [field](Config& config, std::uint64_t count) { field(config) = static_cast<Value>(count); });
    return rule;
}

template <class Field>
KeyRule duration_key(std::string_view name, Field field, std::chrono::milliseconds least,
                     std::chrono::milliseconds most, std::string_view meaning, std::string_view zero = {}) {
    using Value = typename kinds::Length<std::remove_reference_t<decltype(field(std::declval<Config&>()))>>::Type;
    using std::chrono::milliseconds;
    const auto print = [](std::uint64_t count) { return format_exactly(milliseconds(count)); };
    KeyRule rule = kinds::rule(name, Form::duration, "duration", meaning);
    Config fresh;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(field(fresh))>, Value>) {
        rule.default_text = print(static_cast<std::uint64_t>(milliseconds(field(fresh)).count()));
    } else {
        rule.default_text = "0 ms";  // an optional limit that is not set
    }
    const Bounds bounds{static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count()), zero};
    const auto unit = std::chrono::duration_cast<milliseconds>(Value(1));
    rule.limits = kinds::limits_text(bounds, print);
    if (unit > milliseconds(1))
        rule.limits += fmt::format(", in whole {}", unit >= std::chrono::hours(1) ? "hours" : "seconds");
    const auto parse = [unit, zero](std::string_view text) -> Result<std::uint64_t> {
        if (!zero.empty() && text == "0") return std::uint64_t{0};  // as the table of keys writes it
        const auto length = parse_duration(text);
        if (!length) return tl::unexpected(length.error());
        if (*length % unit != milliseconds(0)) return failed(fmt::format(R"("{}" is too finely given)", text));
        return static_cast<std::uint64_t>(length->count());
    };
    rule.set = kinds::bounded<std::uint64_t>(bounds, rule.limits, parse, [field](Config& config, std::uint64_t count) {
        auto& target = field(config);
        target = std::chrono::duration_cast<Value>(milliseconds(count));
        if constexpr (!std::is_same_v<std::remove_reference_t<decltype(target)>, Value>) {
            if (count == 0) target.reset();
        }
    });
    return rule;
}

template <class Field>
KeyRule share_key(std::string_view name, Field field, std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::share, "share", meaning);
    Config fresh;
    rule.default_text = format_share(field(fresh));
    rule.limits = "0 to 1, or 0 % to 100 %";
    rule.set = kinds::bounded<double>(Bounds{0, 1, {}}, rule.limits, parse_share,
                                      [field](Config& config, double share) { field(config) = share; });
    return rule;
}

/// A switch that may be left to its circumstances: `store` gets the Draft.
template <class Store>
KeyRule switch_key(std::string_view name, std::string_view default_text, Store store, std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::switch_, "switch", meaning);
    rule.default_text = default_text;
    rule.limits = "on, off";
    rule.set = [store](Draft& draft, const Setting& setting) {
        const Word& word = setting.words.front();
        const auto value = parse_switch(word.text);
        if (!value) return draft.problem(word.place, setting.key, value.error().message);
        store(draft, *value);
    };
    return rule;
}

template <class Field>
KeyRule plain_switch_key(std::string_view name, Field field, std::string_view meaning) {
    Config fresh;
    return switch_key(
        name, field(fresh) ? "on" : "off", [field](Draft& draft, bool value) { field(draft.config) = value; }, meaning);
}

/// A text that `parse` may refuse: Result<void>(Draft&, const Setting&, const std::string&).
template <class Parse>
KeyRule text_key(std::string_view name, std::string_view kind, std::string default_text, std::string_view limits,
                 Parse parse, std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::text, kind, meaning);
    rule.default_text = std::move(default_text);
    rule.limits = limits;
    rule.set = [parse](Draft& draft, const Setting& setting) {
        const Word& word = setting.words.front();
        const Result<void> taken = parse(draft, setting, word.text);
        if (!taken) draft.problem(word.place, setting.key, taken.error().message);
    };
    return rule;
}

/// One of a few words.
template <class Field, class Value>
KeyRule choice_key(std::string_view name, Field field, std::vector<std::pair<std::string, Value>> choices,
                   std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::text, "choice", meaning);
    Config fresh;
    for (const auto& [word, value] : choices) {
        rule.limits += (rule.limits.empty() ? "" : ", ") + word;
        if (field(fresh) == value) rule.default_text = word;
    }
    rule.set = [field, choices, limits = rule.limits](Draft& draft, const Setting& setting) {
        const Word& said = setting.words.front();
        for (const auto& [word, value] : choices) {
            if (word == said.text) {
                field(draft.config) = value;
                return;
            }
        }
        draft.problem(said.place, setting.key,
                      fmt::format(R"("{}" is not known; expected one of {})", said.text, limits));
    };
    return rule;
}

/// A path; a systemd credential of the key's name stands for the file.
template <class Field>
KeyRule path_key(std::string_view name, Field field, std::string_view kind, std::string_view meaning) {
    Config fresh;
    KeyRule rule = text_key(
        name, kind, Path(field(fresh)).string(), "",
        [field](Draft& draft, const Setting& setting, const std::string& text) -> Result<void> {
            if (text.empty()) return failed("is empty; expected a path");
            if (text.find("-----BEGIN") != std::string::npos)
                return failed("holds the text of a PEM file; expected its path");
            field(draft.config) = resolved(setting, text).string();
            return {};
        },
        meaning);
    rule.path = kind == "file";
    return rule;
}

/// A list; `parse` gets one element after the other: Result<void>(Draft&, const Setting&, const std::string&). `begin`
/// empties what the list replaces.
template <class Begin, class Parse>
KeyRule list_key(std::string_view name, std::string_view kind, std::string default_text, std::string_view limits,
                 Begin begin, Parse parse, std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::list, kind, meaning);
    rule.default_text = std::move(default_text);
    rule.limits = limits;
    rule.set = [begin, parse](Draft& draft, const Setting& setting) {
        begin(draft);
        for (const Word& word : setting.words) {
            const Result<void> taken = parse(draft, setting, word.text);
            if (!taken) draft.problem(word.place, setting.key, taken.error().message);
        }
    };
    return rule;
}

/// A secret: from the environment or a systemd credential only. `take` gets its text.
template <class Take>
KeyRule secret_key(std::string_view name, Take take, std::string_view limits, std::string_view meaning) {
    KeyRule rule = kinds::rule(name, Form::secret, "secret", meaning);
    rule.limits = limits;
    rule.set = [take](Draft& draft, const Setting& setting) {
        const Word& word = setting.words.front();
        const Result<void> taken = take(draft, setting, word.text);
        if (!taken) draft.problem(word.place, setting.key, taken.error().message);
    };
    return rule;
}

/// One secret that may also stand in a file, which the key "<name>_file" names.
template <class Take>
KeyRule secret_of_file_key(std::string_view name, Take take, std::string_view limits) {
    KeyRule rule = secret_key(name, take, limits, "the same, in place of the file");
    rule.in_place_of_file = true;
    return rule;
}

}  // namespace hookline::app
