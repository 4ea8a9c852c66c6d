// The TOML file: every value with its line and column, and everything that is wrong with it.

#include <cmath>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "app/config_rule.h"
#include "app/config_text.h"

namespace hookline::app {
namespace {

std::string_view name_of(toml::node_type type) {
    switch (type) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "true or false";
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
            return "a date or time";
        case toml::node_type::none:
            break;
    }
    return "nothing";
}

std::string_view wanted_by(Form form) {
    switch (form) {
        case Form::text:
            return R"(a text, such as "…")";
        case Form::count:
            return "a whole number";
        case Form::size:
            return R"(a size, such as "20 GiB")";
        case Form::duration:
            return R"(a duration with its unit, such as "2 s")";
        case Form::share:
            return "a number from 0 to 1";
        case Form::switch_:
            return R"("on" or "off")";
        case Form::list:
            return R"(a list of texts, such as ["…", "…"])";
        case Form::secret:
            break;
    }
    return "nothing";
}

bool fits(Form form, toml::node_type type) {
    using toml::node_type;
    switch (form) {
        case Form::text:
        case Form::duration:
            return type == node_type::string;
        case Form::count:
            return type == node_type::integer;
        case Form::size:
            return type == node_type::integer || type == node_type::string;
        case Form::share:
            return type == node_type::integer || type == node_type::floating_point || type == node_type::string;
        case Form::switch_:
            return type == node_type::boolean || type == node_type::string;
        case Form::list:
            return type == node_type::array;
        case Form::secret:
            break;
    }
    return false;
}

/// A value as the text that the environment would have brought.
std::string text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "on" : "off";
    return {};
}

class Reader {
 public:
    Reader(std::string name, Path folder, Draft& draft, Settings& settings)
        : name_(std::move(name)), folder_(std::move(folder)), draft_(draft), settings_(settings) {}

    void read(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const Place place = at(key.source().begin);
            const std::string dotted = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
            if (key.str().find('.') != std::string_view::npos) {
                draft_.problem(place, dotted, "a quoted dot is part of no name here; write [a.b] for b within a");
            } else if (const auto match = rule_for(dotted)) {
                take(dotted, *match, node, place);
            } else if (const toml::table* section = node.as_table()) {
                enter(dotted, *section, prefix, std::string(key.str()), place);
            } else {
                draft_.problem(place, dotted, "unknown key" + did_you_mean(dotted, similar_keys(dotted)));
            }
        }
    }

 private:
    [[nodiscard]] Place at(const toml::source_position& position) const {
        return {name_, position.line, position.column};
    }

    void enter(const std::string& dotted, const toml::table& section, const std::string& above, const std::string& name,
               const Place& place) {
        if (above == "tenants" || above == "hooks" || above == "regions") note_instance(above, name, place, draft_);
        if (section.empty() && !is_section(dotted)) {
            draft_.problem(place, dotted, "unknown section" + did_you_mean(dotted, similar_sections(dotted)));
        }
        read(section, dotted);
    }

    void take(const std::string& key, const Match& match, const toml::node& node, const Place& place) {
        if (match.rule->form == Form::secret) return draft_.problem(place, key, secret_advice(key));
        const Place value_place = at(node.source().begin);
        const bool is_zero = match.rule->form == Form::duration && node.value<std::int64_t>() == 0;
        if (!fits(match.rule->form, node.type()) && !is_zero) {
            return draft_.problem(value_place, key,
                                  fmt::format("is {}; expected {}", name_of(node.type()), wanted_by(match.rule->form)));
        }
        Setting setting{match.rule, key, match.instance, {}, value_place, folder_, 0};
        if (const toml::array* list = node.as_array()) {
            for (const toml::node& element : *list) {
                const Place element_place = at(element.source().begin);
                if (element.is_string()) {
                    setting.words.push_back({text_of(element), element_place});
                } else {
                    draft_.problem(element_place, key,
                                   fmt::format("holds {}; expected texts only", name_of(element.type())));
                }
            }
        } else {
            setting.words.push_back({text_of(node), value_place});
        }
        settings_.insert_or_assign(key, std::move(setting));
    }

    std::string name_;
    Path folder_;
    Draft& draft_;
    Settings& settings_;
};

}  // namespace

void read_toml(std::string_view text, const std::string& name, const Path& folder, Draft& draft, Settings& settings) {
    try {
        const toml::table table = toml::parse(text, name);
        Reader(name, folder, draft, settings).read(table, "");
    } catch (const toml::parse_error& error) {
        const toml::source_position& where = error.source().begin;
        draft.problem({name, where.line, where.column}, "", fmt::format("is no TOML: {}", error.description()));
    }
}

}  // namespace hookline::app
