#include "receive/entry.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "logzio/listener.h"

namespace hookline::receive {
namespace {

constexpr std::string_view hooks_path = "/hooks/";
constexpr std::array<std::string_view, 3> token_names{"logzio_token", "logzio-token", "x-logzio-token"};
constexpr std::array<std::string_view, 3> region_names{"logzio_region", "logzio-region", "x-logzio-region"};

/// A header under any of its names.
struct Found {
    std::optional<std::string_view> value;  ///< nothing when absent or empty
    bool contradicts_itself = false;
};

Found find_any(const net::Headers& headers, const std::array<std::string_view, 3>& names) {
    Found found;
    for (const net::Header& header : headers.all()) {
        const bool meant = std::any_of(names.begin(), names.end(),
                                       [&](std::string_view name) { return equal_ignoring_case(header.name, name); });
        const std::string_view value = trim(header.value);
        if (!meant || value.empty()) continue;
        if (found.value && *found.value != value) found.contradicts_itself = true;
        found.value = value;
    }
    return found;
}

bool any_matches(const std::vector<Secret>& secrets, std::string_view value) {
    bool matched = false;
    for (const Secret& secret : secrets) matched = secret.matches(value) || matched;  // each is compared
    return matched;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// Reads one head; each part says why not, or nothing.
class Reader {
 public:
    Reader(const Entrances& entrances, const net::RequestHead& head, Purpose purpose)
        : entrances_(entrances), head_(head), purpose_(purpose) {}

    Entry read() {
        if (!entrances_.sources_allowed.empty() && !entrances_.sources_allowed.contains(head_.peer_address)) {
            return source_not_allowed(head_.peer_address);
        }
        if (head_.path.starts_with(hooks_path)) return by_name();
        if (head_.path != "/") return unknown_path();
        return by_headers();
    }

 private:
    Entry by_name() {
        const auto hook = entrances_.hooks.find(std::string_view(head_.path).substr(hooks_path.size()));
        if (hook == entrances_.hooks.end()) return unknown_hook();
        if (auto refusal = judge_secret(hook->second.secrets)) return *refusal;
        way_.identity = spool::NamedIdentity{hook->second.tenant};
        way_.label = spool::label_of(way_.identity);
        way_.listed = true;
        way_.hook_use = hook->second.use;
        way_.token_headers_ignored =
            find_any(head_.headers, token_names).value || find_any(head_.headers, region_names).value;
        return std::move(way_);
    }

    Entry by_headers() {
        const HeaderMode& mode = entrances_.header_mode;
        if (!mode.enabled) return header_mode_off(!entrances_.hooks.empty());
        if (!mode.secrets.empty()) {
            if (auto refusal = judge_secret(mode.secrets)) return *refusal;
        }
        spool::HeaderIdentity identity;
        if (auto refusal = read_token(identity)) return *refusal;
        if (auto refusal = read_region(identity)) return *refusal;
        if (!identity.token.empty() && !mode.tokens_allowed.empty()) {
            way_.listed = mode.tokens_allowed.holds(sha256(identity.token.reveal()));
            if (!way_.listed) return token_not_listed();
        }
        way_.identity = std::move(identity);
        if (way_.missing.empty()) way_.label = spool::label_of(way_.identity);
        return std::move(way_);
    }

    std::optional<Refusal> judge_secret(const std::vector<Secret>& secrets) {
        const std::string& name = entrances_.authorization_header;
        const auto value = head_.headers.find(name);
        if (!value && purpose_ == Purpose::challenge) {
            way_.missing.push_back(name);
            return {};
        }
        if (!value) return secret_missing(name);
        if (head_.headers.count(name) > 1) return header_contradicts_itself(name);
        if (!any_matches(secrets, *value)) return secret_wrong(name);
        return {};
    }

    std::optional<Refusal> read_token(spool::HeaderIdentity& identity) {
        const Found found = find_any(head_.headers, token_names);
        if (!found.value) return absent(token_names[0], "the shipping token of the Logz.io account");
        if (found.contradicts_itself) return header_contradicts_itself(token_names[0]);
        if (!logzio::is_token(*found.value)) return token_malformed();
        identity.token = Secret(std::string(*found.value));
        return {};
    }

    std::optional<Refusal> read_region(spool::HeaderIdentity& identity) {
        const Found found = find_any(head_.headers, region_names);
        if (!found.value) {
            return absent(region_names[0], "the region of the Logz.io account (" + joined(entrances_.regions) + ")");
        }
        if (found.contradicts_itself) return header_contradicts_itself(region_names[0]);
        identity.region = ascii_lower(*found.value);
        const auto& known = entrances_.regions;
        if (std::find(known.begin(), known.end(), identity.region) == known.end()) {
            return region_unknown(joined(known));
        }
        return {};
    }

    std::optional<Refusal> absent(std::string_view name, std::string_view what) {
        if (purpose_ == Purpose::delivery) return header_missing(name, what);
        way_.missing.emplace_back(name);
        return {};
    }

    const Entrances& entrances_;
    const net::RequestHead& head_;
    const Purpose purpose_;
    Way way_;
};

}  // namespace

Entry enter(const Entrances& entrances, const net::RequestHead& head, Purpose purpose) {
    return Reader(entrances, head, purpose).read();
}

bool is_hook(const Entrances& entrances, std::string_view path) {
    return path.starts_with(hooks_path) && entrances.hooks.contains(path.substr(hooks_path.size()));
}

}  // namespace hookline::receive
