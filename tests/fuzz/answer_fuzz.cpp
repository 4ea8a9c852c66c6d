// Whatever a listener answers has a meaning, no wait is absurd, no counts are believed that do not add up, and an
// echoed token is masked.
//
// The input is read as: a byte for the status, a byte for the number of lines, then header lines up to an empty one,
// then the body.

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "judge.h"
#include "logzio/http_date.h"
#include "logzio/listener.h"
#include "logzio/mask.h"

namespace hookline::fuzz {
namespace {

constexpr std::string_view token = "abcdefghijABCDEFGHIJ012345678901";
constexpr int statuses[] = {200, 204, 301, 400, 400, 400, 401, 403, 404, 408, 413, 429, 500, 503, 999, 0};

net::ClientAnswer answer_in(std::string_view input) {
    net::ClientAnswer answer;
    while (true) {
        const auto end = std::min(input.find('\n'), input.size());
        const std::string_view line = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        if (line.empty()) break;
        const auto colon = std::min(line.find(':'), line.size());
        answer.headers.add(std::string(line.substr(0, colon)),
                           std::string(line.substr(std::min(colon + 1, line.size()))));
    }
    answer.body = input;
    return answer;
}

void check_meaning(const logzio::Verdict& verdict, std::size_t lines) {
    if (const auto* retry = std::get_if<logzio::RetryLater>(&verdict.meaning)) {
        expect(retry->at_least.count() >= 0, "a wait is never negative");
    }
    if (const auto* counts = std::get_if<logzio::PartlyAccepted>(&verdict.meaning)) {
        expect(verdict.status == 400, "only a 400 counts");
        expect(counts->accepted <= lines && counts->bad() <= lines, "no count is larger than the bulk");
        expect(counts->accepted + counts->bad() == lines, "counts add up");
    }
    if (std::holds_alternative<logzio::Delivered>(verdict.meaning)) {
        expect(verdict.status >= 200 && verdict.status < 300, "only a 2xx delivers");
    }
}

void check_mask(std::string_view text) {
    std::string echoed(text.substr(0, text.size() / 2));
    echoed += token;
    echoed += text.substr(text.size() / 2);
    for (const std::string& masked :
         {logzio::mask_token(echoed, token), logzio::mask_token(std::string(text), token)}) {
        expect(ascii_lower(masked).find(ascii_lower(token)) == std::string::npos, "no token is left");
    }
}

void run(std::string_view input) {
    if (input.size() < 2) return;
    const auto first = static_cast<std::uint8_t>(input[0]);
    const std::size_t lines = static_cast<std::uint8_t>(input[1]) + 1U;
    input.remove_prefix(2);

    net::ClientOutcome outcome;
    outcome.answer = answer_in(input);
    outcome.answer->status = statuses[first % std::size(statuses)];
    const WallTime now{std::chrono::seconds(1'767'225'600)};
    check_meaning(logzio::verdict_of(outcome, lines, now), lines);
    check_mask(outcome.answer->body);
    if (const auto date = logzio::parse_http_date(outcome.answer->body)) {
        expect(date->time_since_epoch().count() > -100'000'000'000'000'000, "a date is one of our calendar");
    }
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hookline::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
