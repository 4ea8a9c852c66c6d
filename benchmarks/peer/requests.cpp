#include "peer/requests.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"
#include "rehearse/okta_deliveries.h"

namespace hookline::bench {
namespace {

constexpr std::size_t templates_bytes = 4 * 1024 * 1024;  ///< well over what a bulk's compression looks back upon
constexpr std::size_t templates_min = 8;
constexpr std::size_t templates_max = 512;
constexpr std::size_t token_digits = 8;
constexpr std::string_view token_start = "BenchBenchBenchBenchBenc";  ///< and 8 digits: a token has 32 characters

}  // namespace

Requests::Template Requests::find_places(const std::string& body, const std::string& uuids) const {
    Template made;
    made.text =
        fmt::format("POST / HTTP/1.1\r\nAccept: application/json\r\nHost: {}\r\nlogzio_region: {}\r\nlogzio_token: {}",
                    options_.authority, options_.region, token_start);
    made.token = made.text.size();
    made.text.append(token_digits, '0');
    if (!options_.secret.empty()) made.text += "\r\nAuthorization: " + options_.secret;
    made.text += fmt::format(
        "\r\nUser-Agent: Okta Hook Service v1.0.0 - who1a2b3c4d5e6f7g8h9\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n",
        body.size());
    const std::size_t begin = made.text.size();
    made.text += body;
    constexpr std::string_view event_id = R"("eventId":")";
    made.event_id = made.text.find(event_id, begin) + event_id.size();
    std::size_t at = begin;
    for (std::size_t line = 0; line < uuids.size(); line += stamp_bytes + 1) {
        at = made.text.find(std::string_view(uuids).substr(line, stamp_bytes), at);
        check(at != std::string::npos, "a uuid stands in its body");
        made.uuids.push_back(at);
    }
    return made;
}

Result<Requests> Requests::make(const RequestOptions& options) {
    rehearse::OktaSenderOptions okta;
    okta.events_min = okta.events_max = options.events;
    okta.seed = options.seed;
    auto maker = rehearse::OktaDeliveryMaker::make(okta);
    if (!maker) return tl::unexpected(maker.error());
    Requests requests(options);
    std::size_t bytes = 0;
    rehearse::OktaBody body;
    const WallTime now = SystemClock().wall();
    while (requests.templates_.size() < templates_min ||
           (bytes < templates_bytes && requests.templates_.size() < templates_max)) {
        (*maker)->next(body, now);
        bytes += body.text.size();
        requests.templates_.push_back(requests.find_places(body.text, body.uuids));
    }
    requests.body_bytes_mean_ = static_cast<double>(bytes) / static_cast<double>(requests.templates_.size());
    return requests;
}

void Requests::write(std::string& to, std::chrono::steady_clock::time_point now) {
    const Template& chosen = templates_[written_ % templates_.size()];
    to = chosen.text;
    std::uint64_t tenant = written_++ % options_.tenants;
    for (std::size_t digit = token_digits; digit-- > 0; tenant /= 10) {
        to[chosen.token + digit] = static_cast<char>('0' + tenant % 10);
    }
    write_stamp(to.data() + chosen.event_id, now, dice_);
    for (const std::size_t at : chosen.uuids) write_stamp(to.data() + at, now, dice_);
}

}  // namespace hookline::bench
