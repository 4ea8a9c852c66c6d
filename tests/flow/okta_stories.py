"""What happens in an org that somebody at Logz.io should hear of, what is nearly the same, and an ordinary day: as Okta's events."""

import copy
from datetime import datetime, timedelta

from harness import event

NOON = datetime.fromisoformat("2026-03-04T12:00:00+00:00")

LISBON, PORTO, OSAKA, DENVER = ("Lisbon", "Portugal"), ("Porto", "Portugal"), ("Osaka", "Japan"), ("Denver", "United States")


def happened(kind, minute, who="kari", result="SUCCESS", reason=None, address="192.0.2.17", place=LISBON, debug=(), **changes):
    """An event as Okta's documentation and samples show them; what is in debugData depends on its type."""
    city, country = place
    made = event(
        eventType=kind, published=(NOON + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        outcome={"result": result, "reason": reason},
        actor={"id": f"00u{who}", "type": "User", "alternateId": f"{who}@example.com", "displayName": who, "detailEntry": None},
        securityContext={"asNumber": 64496, "asOrg": "example net", "isp": "example isp", "domain": "example.net", "isProxy": False})
    made["client"].update(ipAddress=address, geographicalContext={
        "city": city, "state": None, "country": country, "postalCode": None, "geolocation": {"lat": 38.7, "lon": -9.1}})
    made["debugContext"]["debugData"].update(debug)
    made.update(changes)
    return made


def signs_in(minute, **more):
    return happened("user.session.start", minute, **more)


def fails(minute, **more):
    return happened("user.session.start", minute, result="FAILURE", reason="INVALID_CREDENTIALS", **more)


def second_factor(minute, result="SUCCESS", factor="OKTA_VERIFY_PUSH", **more):
    debug = {"factor": factor} | more.pop("debug", {})
    return happened("user.authentication.auth_via_mfa", minute, result=result, debug=debug,
                    reason=None if result == "SUCCESS" else "INVALID_CREDENTIALS", **more)


def denies(minute, **more):
    return second_factor(minute, "FAILURE", debug={"pushOnlyResponseType": "OV_RESPONSE_DENY"}, **more)


def forged_twice():
    one = signs_in(0)
    return [one, {**copy.deepcopy(one), "displayMessage": "something else"}]


VELOCITY = {"behaviors": "{New Geo-Location=POSITIVE, New Device=NEGATIVE, Velocity=POSITIVE, New City=POSITIVE}"}
SAME_IN_JSON = {"logOnlySecurityData": '{"risk":{"level":"HIGH"},"behaviors":{"New IP":"POSITIVE","Velocity":"POSITIVE"}}'}
CALM = {"behaviors": "{New Geo-Location=NEGATIVE, New Device=POSITIVE, Velocity=NEGATIVE}",
        "logOnlySecurityData": '{"risk":{"level":"LOW"},"behaviors":{"New IP":"POSITIVE","Velocity":"NEGATIVE"}}'}
SUSPECTED = {"threatSuspected": "true"}

# alert: what happens, and for which group it must trigger how
STORIES = {
    "sign-in-burst-user": (lambda: [fails(n) for n in range(6)], {("kari@example.com",): "MEDIUM"}),
    "sign-in-spray": (lambda: [fails(n, who=f"user{n}") for n in range(16)], {("192.0.2.17",): "HIGH"}),
    "sign-in-after-failures": (lambda: [fails(n) for n in range(5)] + [signs_in(6)], {("kari@example.com",): "HIGH"}),
    "account-locks": (lambda: [happened("user.account.lock", n, who=f"user{n}") for n in range(5)], {(): "MEDIUM"}),
    "second-factor-burst": (lambda: [second_factor(n, "FAILURE", factor="SOFT_TOKEN") for n in range(9)],
                            {("kari@example.com",): "HIGH"}),
    "push-denied": (lambda: [denies(n) for n in range(2)], {("kari@example.com",): "MEDIUM"}),
    "mfa-fatigue": (lambda: [denies(n) for n in range(3)] + [second_factor(4)], {("kari@example.com",): "HIGH"}),
    "admin-granted": (lambda: [happened("user.account.privilege.grant", 0, who="admin",
                                        debug={"privilegeGranted": "Super administrator"})], {(): "HIGH"}),
    "api-token-made": (lambda: [happened("system.api_token.create", 0, who="admin")], {(): "MEDIUM"}),
    "policy-changed": (lambda: [happened("policy.lifecycle.update", 0, who="admin")], {(): "LOW"}),
    "policy-weakened": (lambda: [happened("policy.rule.delete", 0, who="admin")], {(): "HIGH"}),
    "factors-reset": (lambda: [happened("user.mfa.factor.reset_all", n, who="help") for n in range(5)],
                      {("help@example.com",): "MEDIUM"}),
    "identity-provider-changed": (lambda: [happened("system.idp.lifecycle.create", 0, who="admin")], {(): "HIGH"}),
    "log-stream-stopped": (lambda: [happened("system.log_stream.lifecycle.deactivate", 0, who="admin")], {(): "HIGH"}),
    "reported": (lambda: [happened("user.account.report_suspicious_activity_by_enduser", 0)], {(): "HIGH"}),
    "travel-countries": (lambda: [signs_in(0), signs_in(50, place=OSAKA, address="198.51.100.3"),
                                  signs_in(99, place=DENVER, address="203.0.113.9")], {("kari@example.com",): "HIGH"}),
    "travel-velocity": (lambda: [signs_in(0, debug=VELOCITY), signs_in(1, who="ada", debug=SAME_IN_JSON)], {(): "MEDIUM"}),
    "threat-signed-in": (lambda: [signs_in(0, debug=SUSPECTED)], {(): "HIGH"}),
    "threat-burst": (lambda: [fails(0, who=f"user{n}", debug=SUSPECTED) for n in range(20)], {("192.0.2.17",): "LOW"}),
    "relay-silent": (lambda: [], {(): "HIGH"}),
    "relay-lost": (lambda: [signs_in(0, displayMessage="long " * 8000)], {(): "LOW"}),
    "relay-suspicious": (forged_twice, {(): "MEDIUM"}),
}

# alert: what is nearly the same and must not trigger it
NEAR_MISSES = {
    "sign-in-burst-user": lambda: [fails(n * 4) for n in range(6)] + [fails(20, who=f"user{n}") for n in range(4)],
    "sign-in-spray": lambda: [fails(n) for n in range(20)] + [fails(n, who=f"user{n}", address=f"192.0.2.{n}") for n in range(9)],
    "sign-in-after-failures": lambda: [fails(n) for n in range(5)] + [signs_in(6, who="ada")],
    "second-factor-burst": lambda: [second_factor(n, "FAILURE", factor="PASSWORD_AS_FACTOR") for n in range(9)],
    "push-denied": lambda: [denies(0), denies(1, who="ada")],
    # What Identity Engine says of a right password is no second factor that was passed.
    "mfa-fatigue": lambda: [denies(n) for n in range(5)] + [second_factor(6, factor="PASSWORD_AS_FACTOR"), second_factor(7, who="ada")],
    "admin-granted": lambda: [happened("user.account.privilege.revoke", 0)],
    "api-token-made": lambda: [happened("system.api_token.revoke", 0)],
    "policy-changed": lambda: [happened("policy.evaluate_sign_on", 0)],
    "policy-weakened": lambda: [happened("policy.rule.update", 0)],
    "travel-countries": lambda: [signs_in(0), signs_in(30, place=PORTO), signs_in(50, place=OSAKA, who="hiro"), signs_in(200, place=OSAKA)],
    "travel-velocity": lambda: [signs_in(0, debug=CALM)],
    "threat-signed-in": lambda: [fails(0, debug=SUSPECTED), signs_in(1)],
    "relay-silent": lambda: [signs_in(0)],
    "relay-lost": lambda: [signs_in(0, displayMessage="long " * 1000)],
    "relay-suspicious": lambda: (lambda one: [one, copy.deepcopy(one)])(signs_in(0)),
}


def ordinary_day():
    made = []
    for n, who in enumerate(("ada", "bruno", "chiara", "dmitri")):
        made += [fails(n, who=who, address=f"192.0.2.{n}"), signs_in(n + 1, who=who, debug=CALM), second_factor(n + 1, who=who),
                 second_factor(n + 1, factor="PASSWORD_AS_FACTOR", who=who), happened("user.authentication.sso", n + 2, who=who),
                 happened("user.session.end", 400 + n, who=who)]
    return made + [second_factor(9, "FAILURE"), happened("group.user_membership.add", 10, who="admin"),
                   happened("user.mfa.factor.activate", 11), happened("application.user_membership.add", 12, who="admin"),
                   happened("user.account.lock", 13)]
