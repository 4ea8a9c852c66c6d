#include "simulation/logzio.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "support/inflate.h"

namespace hookline::simulation {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_in(const std::string& body) {
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < body.size();) {
        const auto end = body.find('\n', from);
        check(end != std::string::npos, "a bulk ends in a newline");
        lines.push_back(body.substr(from, end - from));
        from = end + 1;
    }
    return lines;
}

bool is_poison(const std::string& line) { return line.find("poison") != std::string::npos; }

}  // namespace

void Logzio::take(const std::string& region, const std::string& token, const std::vector<std::string>& lines) {
    const auto owner = owners_.find({region, token});
    for (const std::string& line : lines) {
        if (is_poison(line)) continue;
        const std::string name = name_in(line);
        if (!books_.knows(name)) {
            books_.violation("a line arrived that nobody sent: " + line.substr(0, 200));
            continue;
        }
        EventBook& event = books_.of(name);
        ++event.arrivals;
        if (owner == owners_.end() || owner->second != event.owner) {
            books_.violation(fmt::format("{} of tenant {} arrived at another's", name, event.owner));
        }
    }
}

Logzio::Answer Logzio::honest(const std::string& region, const std::string& token,
                              const std::vector<std::string>& lines) {
    if (refused_.contains(token) || !owners_.contains({region, token})) return {401, "Logging token is not valid"};
    take(region, token, lines);
    std::size_t bad = 0;
    for (const std::string& line : lines) bad += is_poison(line) ? 1U : 0U;
    if (bad == 0) return {};
    return {400, fmt::format(R"({{"malformedLines":{},"oversizedLines":0,"emptyLogLines":0,"successfulLines":{}}})",
                             bad, lines.size() - bad)};
}

Logzio::Answer Logzio::answer_to(const std::string& region, const std::string& token,
                                 const std::vector<std::string>& lines, std::size_t bytes) {
    const auto found = moods_.find(region);
    const Mood mood = found == moods_.end() ? Mood::fine : found->second;
    Answer answer;
    switch (mood) {
        case Mood::fine:
            answer = honest(region, token, lines);
            break;
        case Mood::slow:
            answer = honest(region, token, lines);
            answer.after = chance_.between(500ms, 45s);
            return answer;
        case Mood::away:
            answer.lost = answer.nothing_sent = true;
            break;
        case Mood::lossy:
            if (chance_.one_in(2)) answer = honest(region, token, lines);
            answer.lost = true;
            break;
        case Mood::overloaded:
            if (chance_.one_in(3)) take(region, token, lines);
            answer = {chance_.one_in(2) ? 429 : 503, "busy"};
            if (chance_.one_in(2)) answer.retry_after = static_cast<int>(chance_.below(120));
            break;
        case Mood::rejecting:
            answer = {401, "Logging token is not valid"};
            break;
        case Mood::puzzling:
            if (chance_.one_in(3)) take(region, token, lines);
            answer = {400, "something is not right"};
            break;
        case Mood::small:
            answer = bytes > 8'000 ? Answer{413, "too large"} : honest(region, token, lines);
            break;
        case Mood::somebody_else:
            answer = chance_.one_in(2) ? Answer{200, "<!DOCTYPE html><html>hello</html>"} : Answer{302, ""};
            break;
    }
    answer.after = chance_.between(5ms, 150ms);
    return answer;
}

void Logzio::start(net::ClientRequest request, Mailbox& mailbox, std::function<void(net::ClientOutcome)> done) {
    ++requests;
    const std::string query(request.secret_query.reveal());
    const std::string token = query.substr(6, 32);  // token=…&type=okta
    const std::string region = request.url.substr(request.url.find("listener/") + 9, 2);
    const std::string body = test::inflated(*request.body);
    const std::vector<std::string> lines = lines_in(body);
    Answer answer = answer_to(region, token, lines, body.size());
    if (answer.after >= request.time_max) {
        answer.after = request.time_max;
        answer.lost = true;
    }
    std::vector<std::string> names;
    for (const std::string& line : lines) names.push_back(name_in(line));
    // Only a plain 2xx leaves no doubt, and a slow one may come when a proof is not waited for any more.
    const bool in_doubt = answer.lost || answer.status != 200 || answer.after >= 500ms;
    if (in_doubt && !answer.nothing_sent) {
        for (const std::string& name : names) ++books_.of(name).ambiguous;
    }
    if (on_bulk && !names.empty()) {
        on_bulk(fmt::format("{} {} gets {} lines, {} to {}: {}{} after {} ms", region, token.substr(0, 4), names.size(),
                            names.front(), names.back(), answer.lost ? "lost, " : "", answer.status,
                            answer.after / 1ms));
    }
    note_bulk(token, std::move(names));
    ++answers[answer.lost ? 0 : answer.status];

    agenda_.in(answer.after, [this, answer, &mailbox, done = std::move(done), generation = generation_] {
        if (generation != generation_) return;
        net::ClientOutcome outcome;
        outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(answer.after);
        if (answer.lost) {
            outcome.failure = {"the connection was cut", answer.nothing_sent, false};
        } else {
            net::ClientAnswer given{answer.status, {}, answer.body};
            if (answer.retry_after > 0) given.headers.add("Retry-After", std::to_string(answer.retry_after));
            outcome.answer = std::move(given);
        }
        mailbox.post([done, outcome] { done(outcome); });
    });
}

/// What is narrowed down piece by piece is noted on the relay's disk only at the end, all of it.
void Logzio::note_bulk(const std::string& token, std::vector<std::string> names) {
    auto& last = last_bulks_[token];
    const auto holds_all = [&](const std::set<std::string>& bulk) {
        return std::all_of(names.begin(), names.end(), [&](const auto& name) { return bulk.contains(name); });
    };
    const auto whole = std::find_if(last.begin(), last.end(), holds_all);
    if (whole == last.end()) {
        last.emplace_back(names.begin(), names.end());
    } else if (whole == std::prev(last.end())) {
        last.erase(last.begin(), whole);
    } else {
        std::rotate(whole, whole + 1, last.end());
    }
    if (last.size() > 2) last.erase(last.begin());
}

void Logzio::forget_transfers() {
    ++generation_;
    for (const auto& [token, bulks] : last_bulks_) {
        for (const auto& names : bulks) {
            for (const std::string& name : names) ++books_.of(name).ambiguous;
        }
    }
    last_bulks_.clear();
}

}  // namespace hookline::simulation
