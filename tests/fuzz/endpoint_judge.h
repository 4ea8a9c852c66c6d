#pragma once
// What may be said to a sender, as one finds it who shares no code with the endpoint: who was let in, how many events a
// body holds, and whether an answer repeats anything of its request.

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "net/http.h"

namespace hookline::fuzz {

/// Who may deliver, beside the Entrances that were made of it.
struct Access {
    bool header_mode = true;
    std::vector<std::string> header_secrets{};
    std::string only_token{};  ///< empty: any
    std::string hook_header = "authorization";
    std::vector<std::string> hook_secrets{};  ///< of /hooks/acme; empty: there is none
    bool source_allowed = true;
};

inline std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}
inline std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
    return text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
}

inline std::vector<std::string> values_of(const net::RequestHead& head, const std::vector<std::string>& names) {
    std::vector<std::string> values;
    for (const net::Header& header : head.headers.all()) {
        const std::string value = trimmed(header.value);
        const bool meant = std::find(names.begin(), names.end(), lower(header.name)) != names.end();
        if (meant && !value.empty()) values.push_back(value);
    }
    return values;
}
inline std::vector<std::string> tokens_of(const net::RequestHead& head) {
    return values_of(head, {"logzio_token", "logzio-token", "x-logzio-token"});
}
inline std::vector<std::string> regions_of(const net::RequestHead& head) {
    return values_of(head, {"logzio_region", "logzio-region", "x-logzio-region"});
}

inline bool all_are(const std::vector<std::string>& values, const std::vector<std::string>& allowed) {
    return !values.empty() && std::all_of(values.begin(), values.end(), [&](const std::string& value) {
        return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
    });
}

/// Whether a delivery with this head may be taken at all.
inline bool may_deliver(const Access& access, const net::RequestHead& head) {
    if (!access.source_allowed || head.method != "POST") return false;
    const std::vector<std::string> shown = values_of(head, {access.hook_header});
    if (head.path == "/hooks/acme") return all_are(shown, access.hook_secrets);
    if (head.path != "/" || !access.header_mode) return false;
    if (!access.header_secrets.empty() && !all_are(shown, access.header_secrets)) return false;
    const auto tokens = tokens_of(head);
    const auto good = [&](const std::string& token) {
        const bool is_token = token.size() == 32 &&
                              std::all_of(token.begin(), token.end(), [](unsigned char c) { return std::isalnum(c); });
        return is_token && token == tokens.front() && (access.only_token.empty() || token == access.only_token);
    };
    if (tokens.empty() || !std::all_of(tokens.begin(), tokens.end(), good)) return false;
    std::vector<std::string> regions = regions_of(head);
    for (std::string& region : regions) region = lower(region);
    return all_are(regions, {"us", "eu"});
}

/// The elements of data.events; nothing where simdjson does not say, or keys stand twice.
inline std::optional<std::size_t> events_in(std::string_view body) {
    simdjson::dom::parser parser;
    simdjson::dom::object outer;
    if (parser.parse(simdjson::padded_string(body)).get(outer) != simdjson::SUCCESS) return {};
    const auto only = [](const simdjson::dom::object& object, std::string_view name, simdjson::dom::element& found) {
        std::size_t count = 0;
        for (const auto member : object) {
            if (member.key != name) continue;
            found = member.value;
            ++count;
        }
        return count == 1;
    };
    simdjson::dom::element data;
    simdjson::dom::element events;
    if (!only(outer, "data", data) || !data.is_object()) return {};
    if (!only(simdjson::dom::object(data.get_object()), "events", events) || !events.is_array()) return {};
    std::size_t count = 0;
    for ([[maybe_unused]] const auto event : simdjson::dom::array(events.get_array())) ++count;
    return count;
}

/// Runs of letters and digits that are too long to be a word of ours: a token has 32.
inline void add_runs(std::string_view text, std::size_t bytes_min, std::vector<std::string>& runs) {
    std::string run;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (at < text.size() && std::isalnum(static_cast<unsigned char>(text[at]))) {
            run += text[at];
            continue;
        }
        if (run.size() >= bytes_min) runs.push_back(run);
        run.clear();
    }
}

/// What a sender told us and must not hear or read again: all but the challenge, which is there to be repeated.
inline std::vector<std::string> untold(const net::RequestHead& head, std::string_view body) {
    constexpr std::size_t header_bytes_min = 16;
    constexpr std::size_t body_bytes_min = 24;
    std::vector<std::string> runs;
    std::string challenge;
    add_runs(head.target, header_bytes_min, runs);
    add_runs(body, body_bytes_min, runs);
    for (const net::Header& header : head.headers.all()) {
        if (lower(header.name) == "x-okta-verification-challenge") {
            challenge += header.value;
        } else {
            add_runs(header.value, header_bytes_min, runs);
            add_runs(header.name, header_bytes_min, runs);
        }
    }
    runs.erase(std::remove_if(runs.begin(), runs.end(),
                              [&](const std::string& run) { return challenge.find(run) != std::string::npos; }),
               runs.end());
    return runs;
}

inline bool holds_any(std::string_view text, const std::vector<std::string>& runs) {
    return std::any_of(runs.begin(), runs.end(),
                       [&](const std::string& run) { return text.find(run) != std::string_view::npos; });
}

}  // namespace hookline::fuzz
