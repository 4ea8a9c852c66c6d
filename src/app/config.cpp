#include "app/config.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "app/config_rule.h"
#include "app/config_secrets.h"
#include "app/config_text.h"
#include "base/text.h"

namespace hookline::app {

std::string to_string(const ConfigProblem& problem) {
    std::string text = problem.source;
    if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
    if (!problem.key.empty()) text += ": " + problem.key;
    return text + ": " + problem.message;
}

void Draft::problem(const Place& place, std::string_view key, std::string_view message) {
    problems.push_back({place.source, place.line, place.column, without_secrets(key), without_secrets(message)});
}

const std::vector<KeyRule>& key_rules() {
    static const std::vector<KeyRule> rules = [] {
        std::vector<KeyRule> all = entrance_rules();
        for (KeyRule& rule : inner_rules()) all.push_back(std::move(rule));
        for (KeyRule& rule : outward_rules()) all.push_back(std::move(rule));
        return all;
    }();
    return rules;
}

std::vector<std::string> parts_of(std::string_view key) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t dot = std::min(key.find('.'), key.size());
        parts.emplace_back(key.substr(0, dot));
        if (dot == key.size()) return parts;
        key.remove_prefix(dot + 1);
    }
}

std::string environment_name(std::string_view key) {
    std::string name = "HOOKLINE_";
    for (const char c : key) {
        if (c == '*') {
            name += "<NAME>";
        } else if (c == '.' || c == '-') {
            name += '_';
        } else {
            name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    return name;
}

std::optional<Match> rule_for(std::string_view key) {
    const std::vector<std::string> parts = parts_of(key);
    for (const KeyRule& rule : key_rules()) {
        const std::vector<std::string> names = parts_of(rule.name);
        if (names.size() != parts.size()) continue;
        Match match{&rule, ""};
        bool same = true;
        for (std::size_t i = 0; i < names.size() && same; ++i) {
            if (names[i] == "*") {
                match.instance = parts[i];
                same = !parts[i].empty();
            } else {
                same = names[i] == parts[i];
            }
        }
        if (same) return match;
    }
    return {};
}

std::vector<std::string> similar_keys(std::string_view key) {
    const std::vector<std::string> parts = parts_of(key);
    std::vector<std::string> names;
    for (const KeyRule& rule : key_rules()) {
        std::string name = rule.name;
        if (const std::size_t star = name.find('*'); star != std::string::npos) {
            name.replace(star, 1, parts.size() > 1 ? parts[1] : "NAME");
        }
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<std::string> similar_sections(std::string_view name) {
    std::set<std::string> sections;
    for (const std::string& key : similar_keys(name)) {
        for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
            sections.insert(key.substr(0, dot));
        }
    }
    return {sections.begin(), sections.end()};
}

bool is_section(std::string_view name) {
    const std::vector<std::string> sections = similar_sections(name);
    return std::find(sections.begin(), sections.end(), name) != sections.end();
}

namespace {

/// What `Relay::reload` takes up, by the beginning of the key.
constexpr std::array<std::string_view, 13> taken_up_at_once{"access.",
                                                            "hooks.",
                                                            "tenants.",
                                                            "regions.",
                                                            "log.",
                                                            "admin.token",
                                                            "admin.host_names",
                                                            "admin.certificate",
                                                            "admin.key",
                                                            "relay.stop_time_max",
                                                            "ship.plain_http_allowed",
                                                            "receive.certificate",
                                                            "receive.key"};

std::string text_of(const Setting& setting) {
    std::string text;
    for (const Word& word : setting.words) text += (text.empty() ? "" : ", ") + word.text;
    return text;
}

}  // namespace

std::vector<std::string> keys_for_the_next_start(const Config& before, const Config& next) {
    std::set<std::string> changed;
    const auto compare = [&changed](const Config& one, const Config& other) {
        for (const auto& [key, text] : one.said) {
            const auto found = other.said.find(key);
            if (found == other.said.end() || found->second != text) changed.insert(key);
        }
    };
    compare(before, next);
    compare(next, before);
    // Also when a certificate came or went.
    if (before.tls != next.tls) changed.insert("receive.tls");
    if (before.admin_certificate.empty() != next.admin_certificate.empty()) changed.insert("admin.listen");
    std::vector<std::string> keys;
    for (const std::string& key : changed) {
        const bool at_once = std::any_of(taken_up_at_once.begin(), taken_up_at_once.end(),
                                         [&](std::string_view beginning) { return key.starts_with(beginning); });
        if (!at_once) keys.push_back(key);
    }
    return keys;
}

void store(const Settings& settings, Draft& draft) {
    // In the order of the table, so that problems come in the order of the documents when the file has none.
    for (const KeyRule& rule : key_rules()) {
        for (const auto& [key, setting] : settings) {
            if (setting.rule != &rule) continue;
            draft.places[key] = setting.place;
            if (rule.form != Form::secret) draft.config.said[key] = text_of(setting);
            rule.set(draft, setting);
        }
    }
}

tl::expected<Config, std::vector<ConfigProblem>> read_config(const ConfigSources& sources) {
    Draft draft;
    store(gather(sources, draft), draft);
    check_whole(draft);
    if (draft.problems.empty()) return std::move(draft.config);
    std::stable_sort(draft.problems.begin(), draft.problems.end(), [](const ConfigProblem& a, const ConfigProblem& b) {
        return std::tie(a.source, a.line, a.column) < std::tie(b.source, b.line, b.column);
    });
    return tl::unexpected(std::move(draft.problems));
}

std::vector<ConfigKey> config_keys() {
    std::vector<ConfigKey> keys;
    for (const KeyRule& rule : key_rules()) {
        keys.push_back(
            {rule.name, environment_name(rule.name), rule.kind, rule.default_text, rule.limits, rule.meaning});
    }
    return keys;
}

std::string config_keys_markdown() {
    std::string page;
    std::string section;
    for (const ConfigKey& key : config_keys()) {
        std::string head = parts_of(key.name).front();
        if (key.name.find('*') != std::string::npos) head += ".NAME";
        if (head != section) {
            section = head;
            page += fmt::format("\n### [{}]\n\n| key | kind | default | allowed | meaning |\n|---|---|---|---|---|\n",
                                head);
        }
        const std::string name = key.name.substr(key.name.rfind('.') + 1);
        const bool secret = key.kind == "secret";
        const auto code = [](const std::string& text) { return text.empty() ? std::string() : "`" + text + "`"; };
        // A default in words is no value to copy.
        const bool in_words = key.default_text.find(' ') != std::string::npos &&
                              (key.kind == "switch" || key.default_text.starts_with("the "));
        page += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", name, key.kind,
                            in_words ? key.default_text : code(key.default_text), key.limits, key.meaning,
                            secret ? fmt::format(" (`{}` or systemd credential only)", key.environment) : "");
    }
    return page;
}

}  // namespace hookline::app
