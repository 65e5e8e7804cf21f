"""Uptime Kuma's http, keyword and json-query monitors as the http kind."""

from collections.abc import Mapping
from typing import Final

from monitor_app.errors import InvalidInput
from monitor_app.use_cases.importers.json_conditions import COMPARISONS, json_path, json_value
from monitor_app.use_cases.importers.taking import Draft, inner_json, mapping, truthy
from monitor_app.use_cases.importers.uptime_kuma.source import Row

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_TYPES: Final = {"form": "application/x-www-form-urlencoded", "xml": "text/xml; charset=utf-8"}
_MOST_REDIRECTS: Final = 10


def http(draft: Draft, row: Row, proxies: Mapping[int, Row]) -> None:
    """Fill in the config. Raises InvalidInput in words when it cannot be taken."""
    method = str(row.get("method") or "GET").upper()
    if method not in _METHODS:
        raise InvalidInput({"method": f"{method[:20]} is not supported"})
    draft.config |= {"url": str(row.get("url") or "").strip(), "method": method}
    _answers(draft, row)
    _sent(draft, row, method)
    _authentication(draft, row)
    _tls(draft, row)
    _proxy(draft, row, proxies)
    if row.get("type") == "keyword":
        draft.config["body_lacks" if truthy(row.get("invert_keyword")) else "body_contains"] = str(
            row.get("keyword") or ""
        )
    if row.get("type") == "json-query":
        _json(draft, row)
    if truthy(row.get("cache_bust")):
        draft.note("cache bust", "is left out: no parameter is added to the address")
    if truthy(row.get("retry_only_on_status_code_failure")):
        draft.note("retry only on status code failure", "is left out: every failure counts alike")


def _answers(draft: Draft, row: Row) -> None:
    given = row.get("accepted_statuscodes") or row.get("accepted_statuscodes_json")
    if isinstance(given, str):
        given = inner_json(given)
    if isinstance(given, list) and given:
        draft.config["accepted_statuses"] = ",".join(str(each) for each in given)
    redirects = row.get("maxredirects")
    if isinstance(redirects, int) and not isinstance(redirects, bool):
        if redirects <= 0:
            draft.config["follow_redirects"] = False
        elif redirects > _MOST_REDIRECTS:
            draft.note("max. redirects", f"{redirects} became {_MOST_REDIRECTS}")
        else:
            draft.config["max_redirects"] = redirects


def _sent(draft: Draft, row: Row, method: str) -> None:
    headers = {}
    if text := row.get("headers"):
        given = inner_json(text) if isinstance(text, str) else text
        if isinstance(given, Mapping):
            headers = {str(name): str(value) for name, value in given.items()}
        else:
            draft.off("headers", "are no JSON object and are left out")
    body = row.get("body")
    if body and method not in _WITH_BODY:
        draft.off("body", f"is left out: none is sent with {method}")
    elif body:
        draft.config["body"] = str(body)
        encoding = str(row.get("http_body_encoding") or "json")
        if encoding in _TYPES and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = _TYPES[encoding]
        elif encoding == "json":
            draft.config["body_type"] = "json"
    if headers:
        draft.config["headers"] = headers


def _authentication(draft: Draft, row: Row) -> None:
    way = row.get("auth_method") or ("basic" if row.get("basic_auth_user") else "")
    config = draft.config
    match way:
        case "":
            pass
        case "basic":
            if row.get("basic_auth_user"):
                config |= {"auth": "basic", "username": str(row["basic_auth_user"])}
                config["password"] = str(row.get("basic_auth_pass") or "")
        case "oauth2-cc":
            config |= {
                "auth": "oauth2_client_credentials",
                "token_url": str(row.get("oauth_token_url") or ""),
                "client_id": str(row.get("oauth_client_id") or ""),
                "client_secret": str(row.get("oauth_client_secret") or ""),
                "scope": str(row.get("oauth_scopes") or ""),
                "audience": str(row.get("oauth_audience") or ""),
            }
            if row.get("oauth_auth_method") == "client_secret_post":
                draft.note("OAuth2 method", "client_secret_post became basic authentication")
        case "mtls":
            config |= {
                "client_certificate": str(row.get("tls_cert") or ""),
                "client_key": str(row.get("tls_key") or ""),
            }
        case _:
            draft.off("authentication", f"{str(way)[:20]} has no counterpart")


def _tls(draft: Draft, row: Row) -> None:
    if truthy(row.get("ignore_tls")):
        draft.config["verify_tls"] = False
    elif row.get("tls_ca") and row.get("auth_method") == "mtls":
        draft.config["ca_certificate"] = str(row["tls_ca"])
    # Kuma tells of it, and the monitor stays up; so does a service that is DEGRADED.
    if not truthy(row.get("expiry_notification")):
        draft.config["certificate_warning_days"] = 0


def _proxy(draft: Draft, row: Row, proxies: Mapping[int, Row]) -> None:
    number = row.get("proxy_id")
    if not number:
        return
    proxy = mapping(proxies.get(number)) if isinstance(number, int) else {}
    if proxy and not truthy(proxy.get("active", 1)):
        return
    if proxy.get("protocol") != "http":
        draft.off("proxy", f"{str(proxy.get('protocol') or 'unknown')[:20]} proxies have no counterpart")
        return
    draft.config["proxy_url"] = f"http://{proxy.get('host')}:{proxy.get('port')}"
    if truthy(proxy.get("auth")):
        draft.config |= {
            "proxy_username": str(proxy.get("username") or ""),
            "proxy_password": str(proxy.get("password") or ""),
        }


def _json(draft: Draft, row: Row) -> None:
    written, expected = str(row.get("json_path") or ""), str(row.get("expected_value") or "")
    operator = str(row.get("json_path_operator") or "==")
    path = json_path(written)
    if path is None or operator not in (*COMPARISONS, "contains"):
        draft.off("JSON query", f"{written[:80]} {operator[:20]} is more than a path that is compared: it is left out")
        return
    value, is_guessed = json_value(expected)
    draft.config["body_json"] = f"{path} {operator} {value}"
    if is_guessed:
        draft.note("JSON query", f"compares with {value} as JSON, not as text")
