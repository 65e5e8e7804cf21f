"""Fields of the http kind that do not go together, told by name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from monitor_app.checks.http.auth import Auth
from monitor_app.checks.http.content import check_content
from monitor_app.plugins import pem

Values = Mapping[str, Any]

_NEEDED: dict[Auth, tuple[str, ...]] = {
    "none": (),
    "basic": ("username",),
    "bearer": ("token",),
    "oauth2_client_credentials": ("token_url", "client_id", "client_secret"),
}
_ALLOWED: dict[Auth, tuple[str, ...]] = {
    "none": (),
    "basic": ("username", "password"),
    "bearer": ("token",),
    "oauth2_client_credentials": ("token_url", "client_id", "client_secret", "scope", "audience"),
}
_AUTH_FIELDS = [name for names in _ALLOWED.values() for name in names]
# RFC 6750, section 2.1, without its limits on "=": what fits into a header and is no space.
_TOKEN = re.compile(r"[\x21-\x7e]+")
_BODY_FIELDS = ("body_contains", "body_lacks", "body_pattern", "body_json")


def conflicts(given: Values) -> dict[str, str]:
    """What is wrong, by the field's name, with fields that are good each for itself; never holds a secret."""
    problems: dict[str, str] = {}
    for name, text in (*_auth(given), *_content(given), *_tls(given), *_proxy(given)):
        problems.setdefault(name, text)
    return problems


def _auth(given: Values) -> Iterator[tuple[str, str]]:
    auth = given["auth"]
    for name in _AUTH_FIELDS:
        is_given = bool(given[name])
        if not is_given and name in _NEEDED[auth]:
            yield name, f"is required when auth is {auth}"
        if is_given and name not in _ALLOWED[auth]:
            wanted = next(other for other, names in _ALLOWED.items() if name in names)
            yield name, f"must be empty when auth is {auth}; it belongs to {wanted}"
    if auth != "none" and any(name.lower() == "authorization" for name in given["headers"]):
        yield "headers", f"must not have Authorization when auth is {auth}, which sets it"
    if ":" in given["username"]:
        yield "username", "must not have a colon: it ends the user name in basic authentication"
    if given["token"] and not _TOKEN.fullmatch(given["token"]):
        yield "token", "must be one line of plain characters without spaces"
    if any(not text.isprintable() for text in (given["username"], given["password"])):
        yield "password", "must not have control characters, neither must username"


def _content(given: Values) -> Iterator[tuple[str, str]]:
    try:
        check_content(given["body"], given["body_type"])
    except ValueError as err:
        yield "body", str(err)
    if given["method"] == "HEAD":
        for name in _BODY_FIELDS:
            if given[name]:
                yield name, "must be empty when method is HEAD, whose answer has no body"


def _tls(given: Values) -> Iterator[tuple[str, str]]:
    warning, failure = given["certificate_warning_days"], given["certificate_failure_days"]
    if warning and failure > warning:
        yield "certificate_failure_days", f"must be at most certificate_warning_days ({warning}), got {failure}"
    if given["ca_certificate"] and not given["verify_tls"]:
        yield "ca_certificate", "must be empty when verify_tls is off: any certificate is taken then"
    if given["client_key"] and not given["client_certificate"]:
        yield "client_certificate", "is required when there is a client_key"
    if not given["client_certificate"]:
        return
    if not given["url"].lower().startswith("https://"):
        yield "client_certificate", "needs a url that begins with https://"
    if not given["client_key"]:
        yield "client_key", "is required when there is a client_certificate"
    elif not pem.belong_together(given["client_certificate"], given["client_key"]):
        yield "client_key", "must be the key of client_certificate (its first one); this is another one's"


def _proxy(given: Values) -> Iterator[tuple[str, str]]:
    for name in ("proxy_username", "proxy_password"):
        if given[name] and not given["proxy_url"]:
            yield name, "must be empty without proxy_url"
    if given["proxy_password"] and not given["proxy_username"]:
        yield "proxy_username", "is required when there is a proxy_password"
    if ":" in given["proxy_username"]:
        yield "proxy_username", "must not have a colon: it ends the user name in basic authentication"
