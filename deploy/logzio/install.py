#!/usr/bin/env python3
"""Brings alerts/*.json and okta.ndjson into a Logz.io account through its API. Without --apply it only says what it would do.

  deploy/logzio/install.py alerts  --region eu --email soc@example.com
  deploy/logzio/install.py alerts  --region eu --email soc@example.com --token-file api.token --apply
  deploy/logzio/install.py objects --region eu --token-file api.token --apply

The token is an API token of the account (Settings > Manage tokens > API tokens), not a shipping token. Alerts whose title the
account has already are left as they are, so that thresholds that were tuned there stay. Objects with the same id are left
as well, unless --override is given.
"""

import argparse
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
REGIONS = {"us": "https://api.logz.io", **{code: f"https://api-{code}.logz.io" for code in ("au", "ca", "eu", "uk")}}
SECONDS_MAX = 30
ANSWER_BYTES_MAX = 16 * 1024 * 1024


class Failed(Exception):
    pass


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to nobody but the API."""

    def redirect_request(self, *_):
        return None


class Api:
    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token
        self.opener = urllib.request.build_opener(NoRedirects)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"X-API-TOKEN": self.token, "Content-Type": "application/json",
                                                  "User-Agent": "hookline-install"})
        try:
            with self.opener.open(request, timeout=SECONDS_MAX) as answer:
                text = answer.read(ANSWER_BYTES_MAX).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            said = error.read(2000).decode("utf-8", "replace").replace(self.token, "…")
            hint = " (an API token of this account and region?)" if error.code in (401, 403) else ""
            raise Failed(f"{method} {path}: {error.code}{hint} {said[:300]}".rstrip()) from None
        except (OSError, ValueError) as error:
            raise Failed(f"{method} {path}: {str(error).replace(self.token, '…')}") from None
        try:
            return json.loads(text) if text.strip() else {}
        except ValueError:
            raise Failed(f"{method} {path}: the answer is no JSON") from None


def read_token(path):
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Failed("the token's file cannot be read, or is not plain text") from None
    if not re.fullmatch(r"[!-~]{8,200}", token):
        raise Failed("the token's file does not hold one token")
    if Path(path).stat().st_mode & 0o077:
        print("warning: others on this machine can read the token's file (chmod 600)", file=sys.stderr)
    return token


def alert_bodies(options):
    bodies = []
    for path in sorted((HERE / "alerts").glob("*.json")):
        if options.only and path.stem not in options.only:
            continue
        body = json.loads(path.read_text())
        body["enabled"] = not options.disabled
        body["output"]["recipients"] = {"emails": options.email, "notificationEndpointIds": options.endpoint}
        if options.account:
            for part in body["subComponents"]:
                part["queryDefinition"] |= {"shouldQueryOnAllAccounts": False, "accountIdsToQueryOn": options.account}
        bodies.append((path.stem, body))
    if unknown := set(options.only) - {name for name, _ in bodies}:
        raise Failed(f"there is no alert {', '.join(sorted(unknown))}")
    return bodies


def install_alerts(api, options):
    bodies = alert_bodies(options)
    if api is None:
        for name, body in bodies:
            print(f"would make   {name}: {body['title']}")
        return
    there = {one.get("title") for one in api.call("GET", "/v2/alerts")}
    for name, body in bodies:
        if body["title"] in there:
            print(f"left as is   {name}: the account has an alert of this title")
        else:
            made = api.call("POST", "/v2/alerts", body)
            print(f"made         {name}: alert {made.get('id', '?')}")


def hit(saved):
    """A saved object as Logz.io's own import takes it."""
    kind, name = saved["type"], saved["id"]
    return {"_index": "logzioCustomerIndex*", "_type": "_doc", "_id": f"{kind}:{name}", "_score": 1,
            "_source": {"type": kind, "id": name, "references": saved["references"],
                        "migrationVersion": saved["migrationVersion"], kind: saved["attributes"] | {"id": name}}}


def install_objects(api, options):
    objects = [json.loads(line) for line in (HERE / "okta.ndjson").read_text().splitlines()]
    if api is None:
        for one in objects:
            print(f"would import {one['type']} {one['id']}: {one['attributes']['title']}")
        return
    # An import must name the version that the account runs; only an export tells it.
    version = api.call("POST", "/v1/kibana/export", {"type": "search"}).get("kibanaVersion")
    done = api.call("POST", "/v1/kibana/import",
                    {"kibanaVersion": version, "override": options.override, "hits": [hit(one) for one in objects]})
    for how in ("created", "updated", "ignored", "failed"):
        for name in done.get(how) or []:
            print(f"{how:12} {name}")
    if done.get("failed"):
        raise Failed("some objects were refused: ship some Okta events first and refresh the field mapping, or import "
                     "okta.ndjson in the browser")


def api_url(options):
    if not options.api_url:
        return REGIONS[options.region]
    parts = urllib.parse.urlsplit(options.api_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        raise Failed("the API is asked over https only")
    return options.api_url


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("alerts", "objects"))
    parser.add_argument("--region", choices=sorted(REGIONS), required=True)
    parser.add_argument("--token-file", metavar="FILE", help="holds an API token of the account")
    parser.add_argument("--apply", action="store_true", help="do it; without this nothing is sent")
    parser.add_argument("--email", action="append", default=[], metavar="ADDRESS", help="alerts: who is told; again for more")
    parser.add_argument("--endpoint", action="append", default=[], type=int, metavar="ID", help="alerts: a notification endpoint")
    parser.add_argument("--account", action="append", default=[], type=int, metavar="ID",
                        help="alerts: look into this account only, where Okta's events are")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="alerts: this one; again for more")
    parser.add_argument("--disabled", action="store_true", help="alerts: made, but switched off")
    parser.add_argument("--override", action="store_true", help="objects: replace those with the same id")
    parser.add_argument("--api-url", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    try:
        api = None
        if options.apply:
            if not options.token_file:
                raise Failed("--apply needs --token-file")
            api = Api(api_url(options), read_token(options.token_file))
        (install_alerts if options.what == "alerts" else install_objects)(api, options)
    except Failed as problem:
        print(f"install.py: {problem}", file=sys.stderr)
        return 1
    if api is None:
        print("nothing was sent; --apply does it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
