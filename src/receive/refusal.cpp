#include "receive/refusal.h"

#include "base/json_text.h"

namespace hookline::receive {
namespace {

constexpr unsigned soon_s = 1;
constexpr unsigned later_s = 30;  // a queue that is full is not empty a second later

Refusal refused(int status, std::string error, std::string help, std::string_view ledger) {
    return {.status = status, .error = std::move(error), .help = std::move(help), .ledger = ledger};
}

Refusal not_now(std::string error, std::string_view ledger, unsigned retry_after_s) {
    return {.status = 503,
            .error = std::move(error),
            .help = "Nothing of this delivery was kept; Okta sends it once more by itself.",
            .ledger = ledger,
            .retry_after_s = retry_after_s};
}

}  // namespace

net::HttpResponse response_of(const Refusal& refusal) {
    net::HttpResponse response;
    response.status = refusal.status;
    response.body = R"({"error":)" + json_string(refusal.error);
    if (!refusal.help.empty()) response.body += R"(,"help":)" + json_string(refusal.help);
    response.body += "}\n";
    if (!refusal.allow.empty()) response.headers.push_back({"Allow", std::string(refusal.allow)});
    if (refusal.retry_after_s > 0) response.headers.push_back({"Retry-After", std::to_string(refusal.retry_after_s)});
    return response;
}

net::HttpResponse acknowledged() { return {}; }

net::HttpResponse verification(std::string_view challenge) {
    net::HttpResponse response;
    response.body = R"({"verification":)" + json_string(challenge) + "}";
    return response;
}

net::HttpResponse greeting() {
    net::HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.body =
        "This is hookline: Okta posts its event hooks here, and each event becomes a log line at Logz.io.\n";
    return response;
}

Refusal method_not_allowed() {
    Refusal refusal = refused(405, "only POST (deliveries) and GET (the verification of a hook) are answered here", "",
                              "method not allowed");
    refusal.allow = "GET, POST";
    return refusal;
}

Refusal unknown_path() {
    return refused(404, "nothing is taken on this path",
                   "The URL of an Okta event hook ends in / with the headers logzio_token and logzio_region, or in "
                   "/hooks/NAME for a hook that is configured here.",
                   "unknown path");
}

Refusal unknown_hook() {
    return refused(404, "no hook of this name is configured here",
                   "Compare the end of the hook's URL in Okta with the names of the hooks in the configuration.",
                   "unknown hook");
}

Refusal header_mode_off(bool has_hooks) {
    return refused(404, "deliveries on / are not taken here",
                   has_hooks ? "This relay has named hooks: the hook's URL in Okta must end in /hooks/NAME. Deliveries "
                               "on / with token headers can be enabled beside them with access.header_mode."
                             : "Deliveries on / with token headers are switched off by access.header_mode.",
                   "header mode is off");
}

Refusal hook_needs_post() {
    Refusal refusal = refused(405, "a hook takes deliveries by POST",
                              "A GET is answered here only when Okta verifies the hook with the header "
                              "x-okta-verification-challenge.",
                              "method not allowed");
    refusal.allow = "POST";
    return refusal;
}

Refusal source_not_allowed(std::string_view address) {
    return refused(403, "deliveries from " + std::string(address) + " are not allowed",
                   "access.sources lists the networks that may deliver. Behind a proxy, receive.trusted_proxies must "
                   "name it, so that the sender's own address is seen.",
                   "source not allowed");
}

Refusal secret_missing(std::string_view header) {
    return refused(401, "the header " + std::string(header) + " with the secret is missing",
                   "In Okta, set the hook's authentication field to \"" + std::string(header) +
                       "\" and its authentication secret to the one that is configured here, then verify the hook.",
                   "authorization missing");
}

Refusal secret_wrong(std::string_view header) {
    return refused(401, "the secret in the header " + std::string(header) + " is not the one that is configured here",
                   "Okta sends the authentication secret exactly as it was typed: it must match byte for byte, a word "
                   "such as Bearer or Basic in front included.",
                   "authorization wrong");
}

Refusal header_missing(std::string_view name, std::string_view what) {
    const std::string underscored(name);
    std::string dashed = underscored;
    for (char& c : dashed) c = c == '_' ? '-' : c;
    return refused(400, "the header " + underscored + " is missing",
                   "In Okta, add the custom header " + underscored + " to the event hook, with " + std::string(what) +
                       ". If it is there, a proxy in between may drop it: many drop header names with underscores. " +
                       "Then name it " + dashed + " or x-" + dashed + ".",
                   name == "logzio_token" ? "token missing" : "region missing");
}

Refusal header_contradicts_itself(std::string_view name) {
    return refused(400, "the header " + std::string(name) + " came more than once, with different values",
                   "Set it once, under one of its names.", "header twice");
}

Refusal token_malformed() {
    return refused(400, "the header logzio_token does not hold a Logz.io shipping token",
                   "A shipping token is 32 letters and digits, without blanks or quotes; Logz.io shows it under "
                   "Settings > Manage tokens > Data shipping tokens.",
                   "token malformed");
}

Refusal region_unknown(std::string_view known) {
    return refused(400, "the header logzio_region does not hold a region that is known here",
                   "Known are: " + std::string(known) +
                       ". It is the region of the Logz.io account, which Logz.io shows beside its tokens.",
                   "region unknown");
}

Refusal token_not_listed() {
    return refused(403, "this Logz.io token may not be used here",
                   "access.tokens_allowed lists the tokens that this relay takes deliveries for.", "token not listed");
}

Refusal challenge_too_long(std::size_t bytes_max) {
    return refused(400, "x-okta-verification-challenge is longer than " + std::to_string(bytes_max) + " bytes", "",
                   "challenge too long");
}

Refusal body_encoded() {
    return refused(400, "the body came with a Content-Encoding, and only plain JSON is taken",
                   "Okta does not compress its deliveries: something in between does, and must be told not to.",
                   "body encoded");
}

Refusal body_refused(std::string_view why) {
    return refused(400, std::string(why), "Deliveries come from an Okta event hook as they are; nothing was taken.",
                   "body is no delivery");
}

Refusal elements_refused(std::size_t count) {
    return refused(400,
                   std::to_string(count) +
                       " of the elements of data.events are no JSON objects; nothing was taken, "
                       "since no delivery with this token has been accepted by Logz.io before",
                   "", "elements are no objects");
}

Refusal too_many_lines() {
    return refused(413, "the events of this delivery make more log lines than are taken at once",
                   "Okta's own deliveries are far smaller; send fewer events in one request.", "too many lines");
}

Refusal token_refused_by_logzio(std::string_view region, std::string_view fingerprint) {
    return refused(401,
                   "Logz.io refuses this token in the region " + std::string(region) +
                       " (the token whose SHA-256 begins with " + std::string(fingerprint) + ")",
                   "Compare logzio_token and logzio_region with what Logz.io shows under Settings > Manage tokens: it "
                   "must be a data shipping token, and of an account in this region.",
                   "token refused by Logz.io");
}

Refusal late() { return not_now("the events were not safe on disk in time", "no commit in time", soon_s); }
Refusal perhaps_stored() {
    Refusal refusal =
        not_now("the events were not known to be safe on disk in time", "answered late, may be stored", soon_s);
    refusal.help = "They may be stored all the same: Okta sends them once more by itself, and each is shipped once.";
    return refusal;
}
Refusal too_much_at_once() { return not_now("too much arrives at once", "too much at once", soon_s); }
Refusal too_many_proofs() {
    return not_now("too many tokens that Logz.io has not accepted yet are being tried at once", "too many proofs",
                   soon_s);
}
Refusal tenant_full() { return not_now("the queue of this tenant is full", "tenant full", later_s); }
Refusal spool_full() { return not_now("the spool is full", "spool full", later_s); }
Refusal spool_busy() { return not_now("more waits to be written than fits in memory", "spool busy", soon_s); }
Refusal spool_failed() { return not_now("the events could not be written to disk", "write failed", soon_s); }

}  // namespace hookline::receive
