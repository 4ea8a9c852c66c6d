#pragma once
// What a request is answered, as texts for an Okta admin. Nothing in them comes from the sender but what is named
// here (a region's code is checked against the configured ones first), and never a secret. Pure; any thread.

#include <string>
#include <string_view>

#include "net/http.h"

namespace hookline::receive {

struct Refusal {
    int status = 400;
    std::string error;           ///< one sentence: what is wrong
    std::string help{};          ///< what to do about it
    std::string_view ledger{};   ///< the reason as the ledger keeps it: few, fixed texts, so that they can be counted
    std::string_view allow{};    ///< methods, with a 405
    unsigned retry_after_s = 0;  ///< with a 503
};

net::HttpResponse response_of(const Refusal& refusal);

/// 200 without a body: how Okta likes a delivery acknowledged.
net::HttpResponse acknowledged();
/// 200 `{"verification":"<value>"}`.
net::HttpResponse verification(std::string_view challenge);
/// 200, one line for a person with a browser.
net::HttpResponse greeting();

// Where to deliver, and who may.
Refusal method_not_allowed();
Refusal unknown_path();
Refusal unknown_hook();
Refusal header_mode_off(bool has_hooks);
Refusal hook_needs_post();
Refusal source_not_allowed(std::string_view address);
Refusal secret_missing(std::string_view header);
Refusal secret_wrong(std::string_view header);
Refusal header_missing(std::string_view name, std::string_view what);
Refusal header_contradicts_itself(std::string_view name);
Refusal token_malformed();
Refusal region_unknown(std::string_view known);
Refusal token_not_listed();
Refusal challenge_too_long(std::size_t bytes_max);

// What was delivered.
Refusal body_encoded();
Refusal body_refused(std::string_view why);
Refusal elements_refused(std::size_t count);
Refusal too_many_lines();
Refusal token_refused_by_logzio(std::string_view region, std::string_view fingerprint);

// Not now.
Refusal late();
Refusal perhaps_stored();  ///< late, with the commit under way
Refusal too_much_at_once();
Refusal too_many_proofs();
Refusal tenant_full();
Refusal spool_full();
Refusal spool_busy();
Refusal spool_failed();

}  // namespace hookline::receive
