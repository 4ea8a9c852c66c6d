// The file, systemd's credentials, the environment, the flags and the sockets that were passed, in this order: each
// replaces what stood before.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "app/config_rule.h"
#include "app/config_text.h"
#include "app/spool_key.h"
#include "base/text.h"

namespace hookline::app {
namespace {

constexpr std::string_view environment_prefix = "HOOKLINE_";
constexpr std::size_t config_file_bytes_max = 4 * 1024 * 1024;
enum Rank { from_file, from_credentials, from_environment, from_flags, from_sockets };

/// Variables that commands read for themselves.
bool is_read_elsewhere(std::string_view name) { return name == "HOOKLINE_CONFIG"; }

/// Kubernetes puts HOOKLINE_SERVICE_HOST, HOOKLINE_PORT=tcp://… and the like into every pod beside a service that is
/// called hookline (or hookline-admin): these are nobody's mistake.
bool is_kubernetes_service_link(std::string_view name, std::string_view value) {
    if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos) return true;
    if (name.ends_with("_PORT") && (value.starts_with("tcp://") || value.starts_with("udp://"))) return true;
    const std::size_t port = name.find("_PORT_");
    if (port == std::string_view::npos) return false;
    const std::string_view rest = name.substr(port);
    return rest.find("_TCP") != std::string_view::npos || rest.find("_UDP") != std::string_view::npos;
}

/// What a later source replaces is judged all the same: the day that source falls silent, it counts. Only the files it
/// names are not opened, since that they are not here may be why another is named.
void judge_replaced(const Setting& replaced, Draft& draft) {
    if (replaced.rule->kind.find("file") != std::string::npos) return;
    Draft aside;
    replaced.rule->set(aside, replaced);
    for (ConfigProblem& problem : aside.problems) draft.problems.push_back(std::move(problem));
}

void keep(Setting setting, Draft& draft, Settings& settings) {
    if (!setting.instance.empty()) note_instance(parts_of(setting.key).front(), setting.instance, setting.place, draft);
    const auto earlier = settings.find(setting.key);
    if (earlier == settings.end()) {
        const std::string key = setting.key;
        settings.emplace(key, std::move(setting));
        return;
    }
    if (earlier->second.rank != setting.rank) judge_replaced(earlier->second, draft);
    earlier->second = std::move(setting);
}

void read_file_into(const Path& path, Draft& draft, Settings& settings) {
    const auto text = read_file(path, config_file_bytes_max);
    if (!text) return draft.problem({path.string()}, "", text.error().message);
    read_toml(*text, path.string(), path.parent_path(), draft, settings);
}

void read_credentials(const std::map<std::string, std::string>& environment, Draft& draft, Settings& settings) {
    const auto directory = environment.find("CREDENTIALS_DIRECTORY");
    if (directory == environment.end() || directory->second.empty()) return;
    std::error_code fault;
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory->second, fault)) {
        // Kubernetes keeps a volume's present and former state beside the files, as ..data and the like.
        if (!entry.path().filename().string().starts_with('.')) files.push_back(entry.path());
    }
    if (fault) return draft.problem({"$CREDENTIALS_DIRECTORY"}, "", "cannot be read: " + fault.message());
    std::sort(files.begin(), files.end());
    for (const Path& file : files) {
        std::string key = file.filename().string();
        const Place place{"credential " + key};
        if (key.starts_with(credential_prefix)) key.erase(0, credential_prefix.size());
        const auto match = rule_for(key);
        const bool names_a_file = match && (match->rule->path || match->rule->kind == "file");
        if (!match || (match->rule->form != Form::secret && !names_a_file)) {
            draft.config.warnings.push_back(
                fmt::format("systemd {} is not used: no key of this name takes one", place.source));
            continue;
        }
        Setting setting{match->rule, key, match->instance, {}, place, {}, from_credentials};
        if (names_a_file) {
            setting.words.push_back({file.string(), place});
        } else {
            auto text = read_file(file, config_file_bytes_max);
            if (!text) {
                draft.problem(place, key, text.error().message);
                continue;
            }
            setting.words.push_back({std::move(*text), place});
        }
        keep(std::move(setting), draft, settings);
    }
}

/// The names known already that a variable may mean, the section's own first: a hook is often called as its tenant.
std::vector<std::string> names_known(std::string_view section, const Draft& draft, const Settings& settings) {
    std::vector<std::string> tenants;
    std::vector<std::string> hooks;
    std::vector<std::string> regions;
    for (const auto& [name, tenant] : draft.tenants) tenants.push_back(name);
    for (const auto& [name, hook] : draft.hooks) hooks.push_back(name);
    for (const auto& [key, setting] : settings) {
        if (key.starts_with("regions.")) regions.push_back(setting.instance);
    }
    if (section == "regions") return regions;
    std::vector<std::string>& own = section == "hooks" ? hooks : tenants;
    const std::vector<std::string>& others = section == "hooks" ? tenants : hooks;
    own.insert(own.end(), others.begin(), others.end());
    return own;
}

/// What the middle of HOOKLINE_TENANTS_ACME_EU_TOKEN names: what is known already ("acme-eu"), else "acme_eu".
std::string instance_named(std::string_view section, const std::string& middle, const Draft& draft,
                           const Settings& settings) {
    for (const std::string& name : names_known(section, draft, settings)) {
        if (environment_name(name) == environment_name(middle)) return name;
    }
    return ascii_lower(middle);
}

/// The key that a variable stands for, with its instance filled in.
std::optional<std::string> key_of_variable(const std::string& variable, const Draft& draft, const Settings& settings) {
    for (const KeyRule& rule : key_rules()) {
        const std::size_t star = rule.name.find('*');
        if (star == std::string::npos) {
            if (environment_name(rule.name) == variable) return rule.name;
            continue;
        }
        const std::string before = environment_name(rule.name.substr(0, star - 1)) + "_";
        const std::string after =
            environment_name("x" + rule.name.substr(star + 1)).substr(environment_prefix.size() + 1);
        if (variable.size() > before.size() + after.size() && variable.starts_with(before) &&
            variable.ends_with(after)) {
            const std::string middle = variable.substr(before.size(), variable.size() - before.size() - after.size());
            const std::string section = rule.name.substr(0, star - 1);
            return section + "." + instance_named(section, middle, draft, settings) + rule.name.substr(star + 1);
        }
    }
    return {};
}

std::string suggested_variable(const std::string& variable) {
    std::vector<std::string> names;
    std::string words = variable;
    std::replace(words.begin(), words.end(), '_', ' ');
    const std::vector<std::string> pieces = split_list(words);
    for (const KeyRule& rule : key_rules()) {
        std::string name = environment_name(rule.name);
        if (const std::size_t star = name.find("<NAME>"); star != std::string::npos) {
            name.replace(star, 6, pieces.size() > 2 ? pieces[2] : "NAME");
        }
        names.push_back(std::move(name));
    }
    return did_you_mean(variable, names);
}

void read_environment(const std::map<std::string, std::string>& environment, Draft& draft, Settings& settings) {
    for (const auto& [variable, value] : environment) {
        if (!variable.starts_with(environment_prefix) || value.empty() || is_read_elsewhere(variable)) continue;
        const Place place{"$" + variable};
        const auto key = key_of_variable(variable, draft, settings);
        if (!key) {
            if (is_kubernetes_service_link(variable, value)) continue;
            draft.problem(place, "", "no key answers to this variable" + suggested_variable(variable));
            continue;
        }
        const auto match = rule_for(*key);
        if (!match) continue;
        Setting setting{match->rule, *key, match->instance, {}, place, {}, from_environment};
        if (match->rule->form == Form::list) {
            for (std::string& piece : split_list(value)) setting.words.push_back({std::move(piece), place});
        } else {
            setting.words.push_back({value, place});
        }
        keep(std::move(setting), draft, settings);
    }
}

void read_flags(const std::vector<std::pair<std::string, std::string>>& flags, const Place& place, Rank rank,
                Draft& draft, Settings& settings) {
    for (const auto& [key, value] : flags) {
        const auto match = rule_for(key);
        if (!match) {
            draft.problem(place, key, "unknown key" + did_you_mean(key, similar_keys(key)));
            continue;
        }
        if (match->rule->form == Form::secret) {
            draft.problem(place, key, secret_advice(key));
            continue;
        }
        Setting setting{match->rule, key, match->instance, {}, place, {}, rank};
        const auto earlier = settings.find(key);
        const bool goes_on =
            match->rule->form == Form::list && earlier != settings.end() && earlier->second.rank == rank;
        if (goes_on) setting.words = earlier->second.words;
        if (match->rule->form == Form::list) {
            for (std::string& piece : split_list(value)) setting.words.push_back({std::move(piece), place});
        } else {
            setting.words.push_back({value, place});
        }
        keep(std::move(setting), draft, settings);
    }
}

/// Of a secret and the file of the same secret, from two sources, the earlier's is judged and goes, its file unopened.
void settle_secrets(Draft& draft, Settings& settings) {
    std::vector<std::string> replaced;
    for (const auto& [key, secret] : settings) {
        if (!secret.rule->in_place_of_file) continue;
        const auto file = settings.find(key + "_file");
        if (file == settings.end() || file->second.rank == secret.rank) continue;  // the same: a contradiction
        const Setting& earlier = file->second.rank < secret.rank ? file->second : secret;
        judge_replaced(earlier, draft);
        replaced.push_back(earlier.key);
    }
    for (const std::string& key : replaced) settings.erase(key);
}

}  // namespace

std::string secret_advice(const std::string& key) {
    const std::vector<std::string> parts = parts_of(key);
    const bool several = parts.back() == "secret";
    const std::string file_key =
        parts.back() == "tokens_allowed" ? key + "_file" : key + (several ? "_files" : "_file");
    return fmt::format(
        "a secret does not belong here, where others can read it; put it into a file of its own and name that with {}, "
        "or "
        "set ${}, or give the systemd credential {}",
        file_key, environment_name(key), key);
}

void note_instance(std::string_view section, const std::string& instance, const Place& place, Draft& draft) {
    const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const bool good = !instance.empty() && instance.size() <= 64 &&
                      letters.find(instance.front()) != std::string::npos &&
                      instance.find_first_not_of(letters + "-_") == std::string::npos;
    const bool known = (section == "tenants" && draft.tenants.contains(instance)) ||
                       (section == "hooks" && draft.hooks.contains(instance));
    if (!good && !known) {
        draft.problem(place, fmt::format("{}.{}", section, instance),
                      "is no good name; expected 1 to 64 letters, digits, - and _, a letter or digit first");
    }
    if (section == "tenants" && !known && !instance.empty() &&
        instance.find_first_not_of("0123456789") == std::string::npos) {
        draft.problem(place, fmt::format("{}.{}", section, instance),
                      "could be taken for a tenant's number; expected a name with at least one letter");
    }
    if (section == "tenants" && !draft.tenants.contains(instance)) draft.tenants[instance].place = place;
    if (section == "hooks" && !draft.hooks.contains(instance)) draft.hooks[instance].place = place;
}

Settings gather(const ConfigSources& sources, Draft& draft) {
    Settings settings;
    const auto named = sources.environment.find("HOOKLINE_CONFIG");
    if (sources.file) {
        read_file_into(*sources.file, draft, settings);
    } else if (named != sources.environment.end() && !named->second.empty()) {
        read_file_into(named->second, draft, settings);
    }
    read_credentials(sources.environment, draft, settings);
    read_environment(sources.environment, draft, settings);
    read_flags(sources.flags, {"command line"}, from_flags, draft, settings);
    read_flags(sources.sockets, {"passed socket"}, from_sockets, draft, settings);
    settle_secrets(draft, settings);
    return settings;
}

}  // namespace hookline::app
