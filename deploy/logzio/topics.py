"""What to look for in Okta's events at Logz.io: searches, panels and alerts, as data. make.py makes importable files of it.

Queries are Lucene. Fields are those of docs/document.md; names of event types are Okta's. tests/flow/test_logzio_objects.py
ships events through the relay and fails when something here names a field or an event type that does not exist, and
when an alert does not trigger on the story that it is for.
"""

FAILED = "eventType:user.session.start AND outcome.result:FAILURE"
SIGNED_IN = "eventType:user.session.start AND outcome.result:SUCCESS"
# On Identity Engine this type is also fired for the password, with its factor in debugData.
SECOND_FACTOR = "eventType:user.authentication.auth_via_mfa AND NOT debugContext.debugData.factor:PASSWORD_AS_FACTOR"
SECOND_FACTOR_FAILED = SECOND_FACTOR + " AND outcome.result:FAILURE"
SECOND_FACTOR_PASSED = SECOND_FACTOR + " AND outcome.result:SUCCESS"
PUSH_DENIED = "debugContext.debugData.pushOnlyResponseType:OV_RESPONSE_DENY"
ADMIN_GRANTED = ("eventType:(user.account.privilege.grant OR group.privilege.grant OR iam.resourceset.bindings.add OR "
                 "app.oauth2.client.privilege.grant)")
TOKEN_MADE = "eventType:system.api_token.create"
POLICY_CHANGED = "eventType:(policy.lifecycle.* OR policy.rule.*)"
POLICY_WEAKENED = "eventType:(policy.lifecycle.deactivate OR policy.rule.deactivate OR policy.rule.delete)"
FACTORS_RESET = "eventType:(user.mfa.factor.deactivate OR user.mfa.factor.reset_all)"
IDENTITY_PROVIDER_CHANGED = "eventType:system.idp.lifecycle.*"
LOG_STREAM_STOPPED = "eventType:(system.log_stream.lifecycle.deactivate OR system.log_stream.lifecycle.delete)"
APP_CHANGED = ("eventType:(application.user_membership.* OR group.application_assignment.* OR application.lifecycle.*)")
THREAT_SUSPECTED = "debugContext.debugData.threatSuspected:true"
# Both texts begin with a brace, which serves where Logz.io allows no leading wildcard.
IMPOSSIBLE_VELOCITY = (r"(debugContext.debugData.behaviors:\{*Velocity\=POSITIVE* OR "
                       r"debugContext.debugData.logOnlySecurityData:\{*\"Velocity\"\:\"POSITIVE\"*)")
CHANGES = ("eventType:(user.account.privilege.* OR group.privilege.* OR iam.* OR app.oauth2.client.privilege.* OR "
           "system.api_token.* OR policy.lifecycle.* OR policy.rule.* OR system.idp.lifecycle.* OR "
           "security.authenticator.lifecycle.* OR system.log_stream.lifecycle.* OR user.mfa.factor.deactivate OR "
           "user.mfa.factor.reset_all)")
LOST = "_exists_:hookline.lost"
SUSPICIOUS_DELIVERY = "(hookline.uuid_conflict:true OR hookline.guards:reserved_key)"

WHO = ["actor.alternateId", "client.ipAddress", "client.geographicalContext.country"]
SIGN_IN = ["outcome.result", "outcome.reason", *WHO]
CHANGE = ["eventType", "actor.alternateId", "client.ipAddress", "outcome.result", "target"]

# id: title, what it shows, query, columns
SEARCHES = {
    "failed-sign-ins": ("Okta: failed sign-ins", "Who could not sign in, why, from where", FAILED, SIGN_IN),
    "second-factor": ("Okta: second factors", "Each attempt at a second factor; OV_RESPONSE_DENY is a push that was denied",
                      SECOND_FACTOR, [*SIGN_IN, "debugContext.debugData.factor",
                                      "debugContext.debugData.pushOnlyResponseType"]),
    "admin-grants": ("Okta: admin roles granted", "To users, groups, applications; what was granted is in privilegeGranted",
                     ADMIN_GRANTED, [*CHANGE, "debugContext.debugData.privilegeGranted"]),
    "api-tokens": ("Okta: API tokens", "Made and revoked", "eventType:system.api_token.*", CHANGE),
    "policy-changes": ("Okta: policies and their rules changed", "What an admin changed in them", POLICY_CHANGED, CHANGE),
    "factor-resets": ("Okta: second factors reset", "By admins, and by users themselves: then actor and target are one",
                      FACTORS_RESET, CHANGE),
    "identity-providers": ("Okta: identity providers changed", "Who may vouch for your users",
                           IDENTITY_PROVIDER_CHANGED, CHANGE),
    "app-assignments": ("Okta: applications and who may use them", "Assignments of users and groups; applications made, "
                        "changed, switched off", APP_CHANGED, CHANGE),
    "threats": ("Okta: ThreatInsight suspects the address", "Events whose address Okta has seen attack others",
                THREAT_SUSPECTED, ["eventType", *SIGN_IN]),
    "travel": ("Okta: impossible velocity", "Okta's own judgement: too far from the last sign-in for the time between",
               IMPOSSIBLE_VELOCITY, ["eventType", *SIGN_IN, "client.geographicalContext.city"]),
    "reported": ("Okta: users report something suspicious", "Sent by the users themselves from Okta's mails",
                 "eventType:user.account.report_suspicious_activity_by_enduser", ["eventType", *WHO]),
    "changes": ("Okta: changes to the org's protection", "Admin roles, tokens, policies, authenticators, identity providers, "
                "log streams, factor resets", CHANGES, CHANGE),
    "relay-marks": ("hookline: events that its guards touched", "What did not fit Logz.io's limits and what became of it",
                    "_exists_:hookline.guards", ["eventType", "hookline.guards", "hookline.lost", "hookline.received_at"]),
    "relay-suspicious": ("hookline: deliveries that look forged", "An id that was seen with other content, or keys that "
                         "only the relay sets", SUSPICIOUS_DELIVERY,
                         ["eventType", "hookline.guards", "hookline.original", "tenant_name"]),
}

# id: kind, title, query, what it counts and how it is split (make.py knows the kinds)
COUNT, OVER_TIME = ("count", None, "Events"), "@timestamp"
PANELS = {
    "glance": ("metric", "At a glance", "", [COUNT], [
        ("Sign-ins", SIGNED_IN), ("Failed sign-ins", FAILED), ("Second factors failed", SECOND_FACTOR_FAILED),
        ("Pushes denied", PUSH_DENIED), ("Admin roles granted", ADMIN_GRANTED), ("API tokens made", TOKEN_MADE),
        ("Policy changes", POLICY_CHANGED), ("Factor resets", FACTORS_RESET), ("Suspected by ThreatInsight", THREAT_SUSPECTED)]),
    "sign-ins": ("bars", "Sign-ins by result", "eventType:user.session.start", [COUNT], ["outcome.result"]),
    "failure-reasons": ("pie", "Why sign-ins fail", FAILED, [COUNT], ["outcome.reason"]),
    "failed-by-user": ("table", "Failed sign-ins by user", FAILED,
                       [COUNT, ("cardinality", "client.ipAddress", "Addresses")], ["actor.alternateId"]),
    "failed-by-address": ("table", "Failed sign-ins by address", FAILED,
                          [COUNT, ("cardinality", "actor.alternateId", "Users")], ["client.ipAddress"]),
    "second-factors": ("bars", "Second factors by result", SECOND_FACTOR, [COUNT], ["outcome.result"]),
    "second-factor-failures": ("table", "Second factors failed by user", SECOND_FACTOR_FAILED,
                               [COUNT, ("cardinality", "client.ipAddress", "Addresses")], ["actor.alternateId"]),
    "countries": ("pie", "Sign-ins by country", SIGNED_IN, [COUNT], ["client.geographicalContext.country"]),
    "travellers": ("table", "Users who signed in from most countries", SIGNED_IN,
                   [("cardinality", "client.geographicalContext.country", "Countries"), COUNT], ["actor.alternateId"]),
    "threat-addresses": ("table", "Addresses that ThreatInsight suspects", THREAT_SUSPECTED,
                         [COUNT, ("cardinality", "actor.alternateId", "Users")], ["client.ipAddress"]),
    "changes-over-time": ("bars", "Changes to the org's protection", CHANGES, [COUNT], ["eventType"]),
    "changes-by-actor": ("table", "Who changed what", CHANGES, [COUNT], ["actor.alternateId", "eventType"]),
    "orgs": ("bars", "Events by org", "", [COUNT], ["tenant_name"]),
    "guards": ("table", "What hookline's guards did", "_exists_:hookline.guards", [COUNT], ["hookline.guards"]),
}

# Rows of the dashboard: (panel or search, width of 48), and the row's height.
DASHBOARD = ("overview", "Okta through hookline", "Sign-ins, second factors, changes, and what the relay says about its lines", [
    ([("glance", 48)], 7),
    ([("sign-ins", 32), ("failure-reasons", 16)], 12),
    ([("failed-by-user", 24), ("failed-by-address", 24)], 14),
    ([("second-factors", 24), ("second-factor-failures", 24)], 12),
    ([("countries", 16), ("travellers", 16), ("threat-addresses", 16)], 14),
    ([("changes-over-time", 24), ("changes-by-actor", 24)], 14),
    ([("changes", 48)], 16),
    ([("orgs", 32), ("guards", 16)], 10),
])


def alone(query, minutes, tiers, by=(), unique=None, operator="GREATER_THAN_OR_EQUALS"):
    return {"minutes": minutes, "parts": [{"query": query, "tiers": tiers, "by": list(by), "unique": unique,
                                           "operator": operator}], "join": None}


def both(minutes, severity, first, second, join):
    """Two counts, each by the field `join`, that must both be reached for the same value of it."""
    return {"minutes": minutes, "join": join, "parts": [
        {"query": query, "tiers": {severity: at_least}, "by": [join], "unique": None, "operator": "GREATER_THAN_OR_EQUALS"}
        for query, at_least in (first, second)]}


USER, ADDRESS, COUNTRY = "actor.alternateId", "client.ipAddress", "client.geographicalContext.country"

# id: title, what it means and what to do, when
ALERTS = {
    "sign-in-burst-user": (
        "Okta: many failed sign-ins of one user",
        "Somebody guesses this user's password, or a program has an old one. Look where from; if the user does not know the "
        "addresses, have the password changed.",
        alone(FAILED, 10, {"MEDIUM": 5, "HIGH": 10, "SEVERE": 50}, by=[USER])),
    "sign-in-spray": (
        "Okta: one address fails for many users",
        "One password tried on many accounts, or an office behind one address on a bad morning. Block the address in a network "
        "zone if it is not yours, and look for a success from it.",
        alone(FAILED, 30, {"MEDIUM": 5, "HIGH": 15}, by=[ADDRESS], unique=USER)),
    "sign-in-after-failures": (
        "Okta: a sign-in beside many failed ones of the same user",
        "A guess may have succeeded. The order is not looked at: a user who signs in and mistypes later looks the same. "
        "Compare the addresses of both.",
        both(30, "HIGH", (FAILED, 5), (SIGNED_IN, 1), USER)),
    "account-locks": (
        "Okta: many accounts locked",
        "Guessing on a broad front, or an attempt to keep people out.",
        alone("eventType:user.account.lock", 15, {"MEDIUM": 5, "HIGH": 20})),
    "second-factor-burst": (
        "Okta: many failed second factors of one user",
        "Whoever it is has the password already. Ask the user; if it was not them, clear their sessions and change the password.",
        alone(SECOND_FACTOR_FAILED, 15, {"MEDIUM": 4, "HIGH": 8}, by=[USER])),
    "push-denied": (
        "Okta: a user denies pushes",
        "Somebody else causes them. Same as above. Only Identity Engine says this in an event that hooks carry.",
        alone(PUSH_DENIED, 15, {"MEDIUM": 2, "HIGH": 4}, by=[USER])),
    "mfa-fatigue": (
        "Okta: second factor passed beside many failed ones",
        "The user may have given in to a flood of prompts. The order is not looked at. Clear the user's sessions, then ask.",
        both(30, "HIGH", (SECOND_FACTOR_FAILED, 3), (SECOND_FACTOR_PASSED, 1), USER)),
    "admin-granted": (
        "Okta: an admin role was granted",
        "To a user, a group or an application. The actor is who granted it, the target who has it now.",
        alone(ADMIN_GRANTED, 15, {"HIGH": 1})),
    "api-token-made": (
        "Okta: an API token was made",
        "It has the rights of the admin who made it and no second factor. Ask that admin what it is for.",
        alone(TOKEN_MADE, 15, {"MEDIUM": 1})),
    "policy-changed": (
        "Okta: a policy was changed",
        "Or one of its rules. Compare with the planned changes.",
        alone(POLICY_CHANGED, 15, {"LOW": 1})),
    "policy-weakened": (
        "Okta: a policy or a rule was switched off or deleted",
        "What it asked for is asked no more.",
        alone(POLICY_WEAKENED, 15, {"HIGH": 1})),
    "factors-reset": (
        "Okta: second factors were reset",
        "By a help desk, as a rule; a caller may have talked them into it. A user who removes a factor of their own counts as well.",
        alone(FACTORS_RESET, 60, {"LOW": 1, "MEDIUM": 5, "HIGH": 15}, by=[USER])),
    "identity-provider-changed": (
        "Okta: an identity provider was changed",
        "Whoever runs one can sign in as your users. New ones are rare and planned.",
        alone(IDENTITY_PROVIDER_CHANGED, 15, {"HIGH": 1})),
    "log-stream-stopped": (
        "Okta: a log stream was stopped",
        "By an admin, or by Okta after failures. Somebody may be covering tracks.",
        alone(LOG_STREAM_STOPPED, 15, {"HIGH": 1})),
    "reported": (
        "Okta: a user reports something suspicious",
        "From the link in Okta's mails about new sign-ins and factors.",
        alone("eventType:user.account.report_suspicious_activity_by_enduser", 15, {"HIGH": 1})),
    "travel-countries": (
        "Okta: one user signs in from several countries",
        "Countries within two hours, whatever the distance: people at a border and users of a VPN are among them, and a jump within "
        "one country is not.",
        alone(SIGNED_IN, 120, {"MEDIUM": 2, "HIGH": 3}, by=[USER], unique=COUNTRY)),
    "travel-velocity": (
        "Okta: impossible velocity",
        "Okta compares distance and time with the last sign-in, if the behaviour Velocity is set up in the org.",
        alone(SIGNED_IN + " AND " + IMPOSSIBLE_VELOCITY, 15, {"MEDIUM": 1})),
    "threat-signed-in": (
        "Okta: a sign-in from an address that ThreatInsight suspects",
        "It succeeded. Look at what the session did.",
        alone(SIGNED_IN + " AND " + THREAT_SUSPECTED, 15, {"HIGH": 1})),
    "threat-burst": (
        "Okta: many events from an address that ThreatInsight suspects",
        "Block the address, or let ThreatInsight block.",
        alone(THREAT_SUSPECTED, 30, {"LOW": 20, "MEDIUM": 100}, by=[ADDRESS])),
    "relay-silent": (
        "hookline: no event from Okta arrives",
        "The hook may be unverified or deactivated, the relay down, or Logz.io's quota spent: hookline status, hookline gaps, "
        "hookline check --online. Choose the time so that your quietest hour has events.",
        alone("", 60, {"HIGH": 1}, operator="LESS_THAN")),
    "relay-lost": (
        "hookline: content did not fit and was cut from lines",
        "The event as it came is kept aside on the relay: hookline dead list. hookline.lost names the paths.",
        alone(LOST, 60, {"LOW": 1, "MEDIUM": 100})),
    "relay-suspicious": (
        "hookline: a delivery looks forged",
        "An event repeats an id with other content, or brings keys that only the relay sets. Whoever sent it knows the hook's secret, "
        "or Okta has changed something: hookline trace.",
        alone(SUSPICIOUS_DELIVERY, 15, {"MEDIUM": 1})),
}
