#pragma once
// Some forty System Log event types that Okta offers to event hooks, with what their events look like. Constants.

#include <span>
#include <string_view>

namespace hookline::rehearse {

struct OktaEventType {
    std::string_view name;
    std::string_view message;  ///< displayMessage
    std::string_view legacy;   ///< legacyEventType
    /// Who did it: 'u' a user on a browser, 'a' an administrator on a browser, 's' Okta itself.
    char actor;
    /// What it was done to, a letter each: U user, A application, a user's assignment to one, G group, P policy,
    /// R rule of a policy, F factor, T API token, Z network zone, I identity provider, r role, D device.
    std::string_view targets;
    std::string_view result = "SUCCESS";
    std::string_view reason = "";
    bool sign_in = false;  ///< carries the long risk and behaviour texts of the sign-in pipeline
};

std::span<const OktaEventType> okta_event_types();

}  // namespace hookline::rehearse
