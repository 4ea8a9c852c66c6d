#pragma once
// One key of the configuration: its name, what it takes, and where its value goes. Private to the configuration reader.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace hookline::app {

/// Where something was said.
struct Place {
    std::string source;  ///< file, "$HOOKLINE_…", "credential …" or "command line"
    unsigned line = 0;
    unsigned column = 0;
};

/// One value, or one element of a list, as text.
struct Word {
    std::string text;
    Place place;
};

struct KeyRule;

/// What a source said for one key; a later source replaces it whole.
struct Setting {
    const KeyRule* rule = nullptr;
    std::string key;          ///< "tenants.acme.region"
    std::string instance;     ///< "acme": what stands for the * of the rule's name
    std::vector<Word> words;  ///< one, or any number for a list
    Place place;
    Path folder;  ///< relative paths start here
    int rank = 0;
};

inline Path resolved(const Setting& setting, const std::string& text) {
    const Path path(text);
    return path.is_absolute() || setting.folder.empty() ? path : setting.folder / path;
}

struct TenantDraft {
    Place place;
    std::string region;
    std::optional<Secret> token;
};
struct HookDraft {
    Place place;
    std::string tenant;
    std::vector<Secret> secrets;
};

/// The configuration while it is being read: what can be judged only together stands beside it.
struct Draft {
    Config config;
    std::optional<bool> tls;
    std::optional<bool> header_mode;
    bool plain_http_allowed = false;
    std::map<std::string, std::string> region_urls;
    std::map<std::string, TenantDraft> tenants;
    std::map<std::string, HookDraft> hooks;
    std::optional<Secret> spool_key;
    std::optional<Secret> admin_token;
    std::optional<Secret> proxy_credentials;

    std::map<std::string, Place> places;  ///< of every key that was set
    std::vector<ConfigProblem> problems;

    /// What looks like a token or key in it is not shown: people paste these where a name belongs.
    void problem(const Place& place, std::string_view key, std::string_view message);
    /// Where a key was set; otherwise nowhere in particular.
    [[nodiscard]] Place place_of(const std::string& key) const {
        const auto found = places.find(key);
        return found == places.end() ? Place{"configuration"} : found->second;
    }
};

/// What a value looks like in TOML.
enum class Form { text, count, size, duration, share, switch_, list, secret };

struct KeyRule {
    std::string name;  ///< '*' stands for a name that the user chooses
    Form form = Form::text;
    std::string kind;
    std::string default_text;
    std::string limits;
    std::string meaning;
    bool path = false;              ///< a credential of this name stands for the file itself
    bool in_place_of_file = false;  ///< one secret with the key "<name>_file": of the two, the later source's counts
    std::function<void(Draft&, const Setting&)> set;
};

/// Every key there is, in the order of docs/configuration.md.
const std::vector<KeyRule>& key_rules();
std::vector<KeyRule> entrance_rules();  // receive, access, regions, tenants, hooks
std::vector<KeyRule> inner_rules();     // document, spool
std::vector<KeyRule> outward_rules();   // ship, listener, client, admin, log, relay

/// Splits at dots.
std::vector<std::string> parts_of(std::string_view key);
/// "HOOKLINE_SPOOL_TENANT_BYTES_MAX"; the * of a rule's name becomes <NAME>.
std::string environment_name(std::string_view key);

/// The rule for a key such as "tenants.acme.region", and what stands for its *.
struct Match {
    const KeyRule* rule = nullptr;
    std::string instance;
};
std::optional<Match> rule_for(std::string_view key);
/// What a secret's key answers to somebody who writes the secret where others can read it.
std::string secret_advice(const std::string& key);
/// Every key's name with the * filled in as in `key`, to find out which one was meant.
std::vector<std::string> similar_keys(std::string_view key);
/// Whether keys stand below this, such as "tenants.acme".
bool is_section(std::string_view name);
/// Every section's name with the * filled in as in `name`.
std::vector<std::string> similar_sections(std::string_view name);

/// By key; what a later source says replaces what an earlier one said.
using Settings = std::map<std::string, Setting, std::less<>>;

/// The lines of a TOML text as settings; `name` is how problems call it (config_file.cpp).
void read_toml(std::string_view text, const std::string& name, const Path& folder, Draft& draft, Settings& settings);
/// A table such as [tenants.acme] exists, whatever stands in it; a bad name is a problem.
void note_instance(std::string_view section, const std::string& instance, const Place& place, Draft& draft);
/// All sources, in their order (config_sources.cpp).
Settings gather(const ConfigSources& sources, Draft& draft);
/// Stores what was said, key by key.
void store(const Settings& settings, Draft& draft);
/// Judges what only the whole can show (config_checks.cpp).
void check_whole(Draft& draft);

}  // namespace hookline::app
