#include "status/metrics_page.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/exemplars.h"
#include "base/openmetrics.h"
#include "base/text.h"

namespace hookline::status {
namespace {

/// One of the comma-separated wishes: `application/openmetrics-text; version=1.0.0; q=0.5`.
struct Wish {
    std::string type;
    std::string version;  ///< empty: any
    double weight = 1;
};

std::string_view cut_off(std::string_view& text, char at) {
    const std::size_t end = std::min(text.find(at), text.size());
    const std::string_view piece = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return piece;
}

Wish read_wish(std::string_view text) {
    Wish wish;
    wish.type = ascii_lower(cut_off(text, ';'));
    while (!text.empty()) {
        std::string_view value = cut_off(text, ';');
        const std::string name = ascii_lower(cut_off(value, '='));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        if (name == "version") wish.version = value;
        if (name == "q") std::from_chars(value.data(), value.data() + value.size(), wish.weight);
    }
    return wish;
}

/// What is named more exactly counts: of `text/plain;q=0.2, */*` the text format has 0.2.
struct Preference {
    int exactness = -1;
    double weight = 0;
    void note(int how_exact, double how_much) {
        if (how_exact > exactness || (how_exact == exactness && how_much > weight)) {
            exactness = how_exact;
            weight = how_much;
        }
    }
};

}  // namespace

bool prefers_openmetrics(std::string_view accept) {
    Preference text;
    double openmetrics = 0;
    while (!accept.empty()) {
        const Wish wish = read_wish(cut_off(accept, ','));
        if (wish.type == "application/openmetrics-text" && (wish.version.empty() || wish.version == "1.0.0")) {
            openmetrics = std::max(openmetrics, wish.weight);
        }
        if (wish.type == "text/plain" && (wish.version.empty() || wish.version == "0.0.4")) text.note(2, wish.weight);
        if (wish.type == "text/*") text.note(1, wish.weight);
        if (wish.type == "*/*") text.note(0, wish.weight);
    }
    return openmetrics > 0 && openmetrics >= text.weight;
}

net::HttpResponse metrics_page(const Metrics& metrics, const net::Headers& asked) {
    net::HttpResponse response;
    response.headers.push_back({"Vary", "Accept"});
    if (prefers_openmetrics(asked.find("accept").value_or(""))) {
        response.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        response.body = openmetrics_of(metrics.text(), exemplars_of(metrics));
    } else {
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = metrics.text();
    }
    return response;
}

}  // namespace hookline::status
