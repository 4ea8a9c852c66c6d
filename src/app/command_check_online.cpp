// What Logz.io and the outside say: listeners, tokens, our own address.

#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include "app/command_certificate.h"
#include "app/command_check.h"
#include "base/crew.h"
#include "base/text.h"
#include "base/time_text.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using logzio::Verdict;

constexpr auto look_time_max = 10s;

/// Runs until the one answer has come.
template <class Start>
void wait_for(const Start& start) {
    const SystemClock clock;
    Crew crew(clock);
    start(crew, [&crew] { crew.stop(); });
    crew.run();
}

net::ClientOutcome ask_once(net::HttpClient& client, net::ClientRequest request) {
    net::ClientOutcome outcome;
    request.time_max = look_time_max;
    request.connect_time_max = look_time_max;
    wait_for([&](Mailbox& mailbox, const std::function<void()>& done) {
        client.start(std::move(request), mailbox, [&outcome, done](net::ClientOutcome got) {
            outcome = std::move(got);
            done();
        });
    });
    return outcome;
}

/// One line that says what it is, for whoever finds it in Logz.io.
std::string test_line(WallTime now) {
    return fmt::format(
        R"({{"@timestamp":"{}","type":"okta","message":"hookline check: a test line, no event","hookline":{{"via":"check"}}}})"
        "\n",
        format_rfc3339(now));
}

Verdict try_token(const OnlineParts& parts, const std::string& url, const Secret& token) {
    const logzio::Listener listener(parts.client, parts.config.listener);
    const logzio::Bulk bulk{std::make_shared<const std::string>(test_line(parts.now)), 1};
    Verdict verdict;
    wait_for([&](Mailbox& mailbox, const std::function<void()>& done) {
        listener.start(url, token, bulk, look_time_max, mailbox, [&verdict, done](Verdict got) {
            verdict = std::move(got);
            done();
        });
    });
    return verdict;
}

bool is_accepted(const Verdict& verdict) { return std::holds_alternative<logzio::Delivered>(verdict.meaning); }
bool is_rejected(const Verdict& verdict) { return std::holds_alternative<logzio::TokenRejected>(verdict.meaning); }

std::string answer_text(const Verdict& verdict) {
    if (verdict.status == 0) return one_line(verdict.answer, 200);
    return fmt::format("{} {}", verdict.status, one_line(verdict.answer, 200));
}

/// Where else a refused token is at home.
std::vector<std::string> regions_that_accept(const OnlineParts& parts, const TokenToTry& refused) {
    std::vector<std::string> accepting;
    for (const std::string& region : parts.config.regions.codes()) {
        if (region == refused.region) continue;
        const auto url = parts.config.regions.url(region);
        if (url && is_accepted(try_token(parts, *url, refused.token))) accepting.push_back(region);
    }
    return accepting;
}

void report_refusal(const OnlineParts& parts, const TokenToTry& tried, const Verdict& verdict) {
    const std::string name = fmt::format("this token ({})", tried.token.fingerprint());
    if (!parts.ask(fmt::format("{}: {} is refused in {}. Try the other regions with one test line each?", tried.whose,
                               name, tried.region))) {
        parts.findings.problem(tried.whose, fmt::format("{} is refused in {} ({}): token or region is wrong", name,
                                                        tried.region, answer_text(verdict)));
        return;
    }
    std::string accepting;
    for (const std::string& region : regions_that_accept(parts, tried))
        accepting += (accepting.empty() ? "" : " and ") + region;
    if (accepting.empty()) {
        parts.findings.problem(
            tried.whose,
            fmt::format("{} is refused in {} and accepted in no other region: it is wrong, disabled or deleted ({})",
                        name, tried.region, answer_text(verdict)));
    } else {
        parts.findings.problem(tried.whose,
                               fmt::format("{} is refused in {} and accepted in {}", name, tried.region, accepting));
    }
}

/// What Okta's verification brings: a text that nobody can know beforehand.
std::string fresh_challenge() {
    std::random_device random;
    return fmt::format("hookline-check-{:08x}{:08x}", random(), random());
}

/// Okta takes a hook into use when its URL returns the challenge.
void judge_verification(Findings& findings, const std::string& url, const std::string& challenge,
                        const net::ClientAnswer& answer) {
    const Json told = Json::parse(answer.body, nullptr, false);
    const bool returned = told.is_object() && told.contains("verification") && told["verification"] == challenge;
    if (answer.status == 200 && returned) {
        return findings.good("url", fmt::format("{} can be reached from here and answers Okta's verification", url));
    }
    std::string why = "is it hookline that answers there?";
    if (answer.status == 404) why = "is the hook's name right, and does a proxy in front pass this path on?";
    if (answer.status >= 500) why = "does a proxy in front reach the relay?";
    findings.problem("url", fmt::format("{} answers Okta's verification with {}{}: {}", url, answer.status,
                                        answer.status == 200 ? " and without its challenge" : "", why));
}

struct Url {
    bool secure = false;
    std::string host;
};
std::optional<Url> taken_apart(const std::string& url) {
    Url parts;
    parts.secure = url.starts_with("https://");
    if (!parts.secure && !url.starts_with("http://")) return {};
    std::string rest = url.substr(url.find("://") + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    parts.host = rest.starts_with('[') ? rest.substr(1, rest.find(']') - 1) : rest.substr(0, rest.find(':'));
    if (parts.host.empty()) return {};
    return parts;
}

}  // namespace

void check_listeners(const OnlineParts& parts, const std::vector<std::string>& regions) {
    for (const std::string& region : regions) {
        const auto url = parts.config.regions.url(region);
        if (!url) continue;
        net::ClientRequest request;
        request.url = *url + "/";
        request.body = std::make_shared<const std::string>();
        const net::ClientOutcome outcome = ask_once(parts.client, std::move(request));
        const std::string subject = "region " + region;
        if (!outcome.answer) {
            parts.findings.problem(subject, fmt::format("{}: {}", *url, outcome.failure.reason));
        } else if (outcome.answer->status == 401) {
            parts.findings.good(subject, fmt::format("{} answers in {} and wants a token, as it should", *url,
                                                     format_duration(outcome.took)));
        } else {
            parts.findings.warning(
                subject,
                fmt::format("{} answers {} to a request without a token; a Logz.io listener answers 401: is it one?",
                            *url, outcome.answer->status));
        }
    }
}

void check_tokens(const OnlineParts& parts, const std::vector<TokenToTry>& tokens) {
    if (tokens.empty()) return;
    if (!parts.ask(fmt::format("This writes one test line to Logz.io for each of {} tokens. Go on?", tokens.size()))) {
        parts.findings.warning("tokens", "not tried");
        return;
    }
    for (const TokenToTry& tried : tokens) {
        const auto url = parts.config.regions.url(tried.region);
        if (!url) {
            parts.findings.problem(tried.whose, "there is no region " + tried.region);
            continue;
        }
        const Verdict verdict = try_token(parts, *url, tried.token);
        if (is_accepted(verdict)) {
            parts.findings.good(
                tried.whose, fmt::format("its token ({}) is accepted in {}", tried.token.fingerprint(), tried.region));
        } else if (is_rejected(verdict)) {
            report_refusal(parts, tried, verdict);
        } else {
            parts.findings.problem(tried.whose, fmt::format("nothing can be said of its token: {} answered {}",
                                                            tried.region, answer_text(verdict)));
        }
    }
}

void check_own_url(const OnlineParts& parts, const std::string& url) {
    const auto taken = taken_apart(url);
    if (!taken)
        return parts.findings.problem(
            "url", fmt::format(R"("{}" is no URL; expected one such as "https://hooks.example.com/hooks/acme")", url));
    if (!taken->secure) parts.findings.problem("url", "Okta posts only to https");
    if (!parts.config.certificate.empty()) {
        const auto view = look_at_certificate(parts.config.certificate, parts.now);
        if (view && !covers(view->names, taken->host))
            parts.findings.problem("url", "the certificate is not for " + taken->host);
    }
    const std::string challenge = fresh_challenge();
    net::ClientRequest request;
    request.method = "GET";
    request.url = url;
    request.headers.push_back({"x-okta-verification-challenge", challenge});
    const net::ClientOutcome outcome = ask_once(parts.client, std::move(request));
    if (outcome.answer) {
        judge_verification(parts.findings, url, challenge, *outcome.answer);
    } else if (outcome.failure.certificate_refused) {
        parts.findings.problem("url", fmt::format("Okta would refuse the certificate: {}", outcome.failure.reason));
    } else {
        parts.findings.problem("url", fmt::format("from here it cannot be reached: {}", outcome.failure.reason));
    }
}

}  // namespace hookline::app
