"""Each endpoint of Gatus as a service; what it says of a domain's registration as one more."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from monitor_app.checks.dns.values import RecordType
from monitor_app.errors import InvalidInput
from monitor_app.plugins.hosts import host_port_of
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.placed import Placed, parse_placed
from monitor_app.use_cases.importers.gatus.conditions import (
    Condition,
    keep_statuses,
    least_days,
    longest_response,
    parsed,
    take_body,
)
from monitor_app.use_cases.importers.statuses import Statuses
from monitor_app.use_cases.importers.taking import (
    Draft,
    Found,
    Taking,
    listed,
    mapping,
    one_line,
    refuse,
    seconds_of,
    texts,
    truthy,
)

ENDPOINTS_LIMIT: Final = 20_000
_VARIABLE = re.compile(r"\$\{|\$[A-Za-z_]")
_PARTS: Final = {
    "alerting": "notification settings are not taken: who is told is decided here anew",
    "ui": "how its page looks is not taken",
    "storage": "its storage is not taken: history begins anew",
    "security": "who may see its page is not taken",
    "maintenance": "maintenance windows are not taken",
    "remote": "endpoints of other instances are not taken: import their own files",
    "suites": "suites are not taken: checks that follow each other have no counterpart",
    "announcements": "announcements are not taken",
    "connectivity": "its check of the own connection is not taken: Lightbulb has one",
    "tunneling": "tunnels are not taken",
}
_KNOWN: Final = frozenset(
    {
        "name",
        "group",
        "enabled",
        "url",
        "method",
        "conditions",
        "interval",
        "headers",
        "body",
        "graphql",
        "dns",
        "client",
    }
    | {"alerts", "ui", "maintenance-windows", "extra-labels", "ssh", "token", "heartbeat", "store", "always-run"}
)
_QUIET: Final = {
    "ui": "how it looks is left out",
    "maintenance-windows": "are left out",
    "extra-labels": "are left out",
}
_SERVES: Final = ("http", "https")


def read_gatus(data: bytes, name: str, registry: KindRegistry) -> Found:
    """A configuration file; in a thread. Raises InvalidInput when it is none."""
    try:
        tree = parse_placed(data, "yaml", file="file")
    except InvalidInput as err:
        raise refuse("; ".join(err.fields.values())) from err
    if not isinstance(tree.value, dict) or not {"endpoints", "services", "external-endpoints"} & tree.value.keys():
        raise refuse("must be a configuration of Gatus: it has no endpoints")
    return _Endpoints(tree.value, name, registry).found()


class _Endpoints:
    def __init__(self, parts: Mapping[str, Placed], name: str, registry: KindRegistry) -> None:
        self._parts = parts
        self._taking = Taking(name, registry)

    def found(self) -> Found:
        for name, take in (
            ("endpoints", self._endpoint),
            ("services", self._endpoint),
            ("external-endpoints", self._external),
        ):
            for placed in self._listed(name):
                values = placed.plain()
                if not isinstance(values, dict):
                    self._taking.leave(f"{name}, line {placed.line}", "it is no object", placed.line)
                    continue
                draft = self._draft(values, placed.line)
                try:
                    take(draft, values)
                except (InvalidInput, ValueError) as err:
                    self._taking.leave(draft.subject, str(err), placed.line)
        for part, text in _PARTS.items():
            if part in self._parts:
                self._taking.note("", "", text, self._parts[part].line)
        return self._taking.found()

    def _listed(self, name: str) -> list[Placed]:
        part = self._parts.get(name)
        if part is None or part.value is None:
            return []
        if not isinstance(part.value, list):
            raise refuse(f"must have a list of {name}, in line {part.line}")
        if len(part.value) > ENDPOINTS_LIMIT:
            raise refuse(f"must have at most {ENDPOINTS_LIMIT} endpoints, has {len(part.value)}")
        return part.value

    def _draft(self, values: Mapping[str, Any], line: int | None) -> Draft:
        name, group = one_line(values.get("name") or values.get("url") or "?"), one_line(values.get("group") or "")
        draft = Draft(f"endpoint {name[:80]}", name, group=group, line=line)
        draft.enabled = truthy(values.get("enabled", True))
        for option in values.keys() - _KNOWN:
            draft.off(one_line(option)[:40], "is not known and left out")
        for option, text in _QUIET.items():
            if values.get(option):
                draft.note(option, text)
        return draft

    def _endpoint(self, draft: Draft, values: Mapping[str, Any]) -> None:
        url = str(values.get("url") or "").strip()
        scheme = url.partition("://")[0].lower() if "://" in url else ""
        if values.get("dns"):
            fill: Callable[[Draft, Mapping[str, Any], str], None] | None = _dns
        else:
            fill = _FILLERS.get(scheme)
        if fill is None:
            raise ValueError(f"{scheme or 'without a scheme'} has no counterpart")
        draft.interval(seconds_of(values.get("interval", "60s")))
        client = mapping(values.get("client"))
        draft.deadline(seconds_of(client.get("timeout", "10s")))
        fill(draft, values, url)
        _take_client(draft, client)
        domain = self._conditions(draft, values)
        _take_alerts(draft, values)
        if _VARIABLE.search(repr([draft.config, url])):
            draft.off("variables", "stand for values of another environment: put those in")
        if self._taking.take(draft) and domain is not None:
            self._domain(draft, url, domain)

    def _conditions(self, draft: Draft, values: Mapping[str, Any]) -> int | None:
        """Take them one by one; the days that a domain must be registered for, if one of them says so."""
        statuses, domain = Statuses(), None
        for text in texts(values.get("conditions")):
            condition = parsed(text)
            if condition is not None and condition.left == "[DOMAIN_EXPIRATION]":
                domain = least_days(condition, draft)
                if domain is not None:
                    continue
            if condition is None or not _take_condition(draft, condition, statuses):
                draft.off(f"condition {one_line(text)[:120]}", "has no counterpart and is left out")
        if draft.kind == "http":
            accepted = statuses.text()
            if accepted is None:
                draft.off("conditions on [STATUS]", "fit no answer, or too many single ones")
            else:
                draft.config["accepted_statuses"] = accepted
        return domain

    def _domain(self, draft: Draft, url: str, days: int) -> None:
        host = re.split(r"[/:?#]", url.partition("://")[2].rpartition("@")[2])[0]
        more = Draft(draft.subject, f"{draft.label} (domain)", "domain_expiry", group=draft.group, line=draft.line)
        more.config = {"domain": host, "failure_days": days, "warning_days": max(days + 1, 30)}
        more.enabled = draft.enabled
        more.note("[DOMAIN_EXPIRATION]", "became a service of its own")
        self._taking.take(more)

    def _external(self, draft: Draft, values: Mapping[str, Any]) -> None:
        length = mapping(values.get("heartbeat")).get("interval")
        if not length:
            raise ValueError("without a heartbeat interval nothing is awaited")
        draft.kind, draft.config = "push", {"period_seconds": int(seconds_of(length)), "grace_seconds": 0}
        draft.note("token", "is another one here, and another address: its dialog shows both")
        _take_alerts(draft, values)
        self._taking.take(draft)


def _take_condition(draft: Draft, condition: Condition, statuses: Statuses) -> bool:
    """False when it has no counterpart in the kind of the draft."""
    config, kind = draft.config, draft.kind
    if condition.text.replace(" ", "") == "[CONNECTED]==true":
        return True
    if (seconds := longest_response(condition)) is not None:
        draft.deadline(seconds)
        draft.note(condition.text, "became the deadline of the check")
        return True
    if condition.left == "[CERTIFICATE_EXPIRATION]" and (days := least_days(condition, draft)) is not None:
        if kind == "http":
            config |= {"certificate_failure_days": days, "certificate_warning_days": max(days, 14)}
        elif kind == "tcp" and config.get("tls") in ("direct", "smtp"):
            _become_certificate(draft, days)
        else:
            return kind == "tls_certificate"
        return True
    if kind == "http":
        return keep_statuses(condition, statuses) or take_body(condition, draft)
    if kind == "dns" and condition.left == "[DNS_RCODE]" and condition.operator == "==":
        config["must_not_exist"] = condition.right == "NXDOMAIN"
        return condition.right in ("NOERROR", "NXDOMAIN")
    if kind == "dns" and condition.left == "[BODY]" and condition.operator == "==" and "(" not in condition.right:
        config |= {"expected": condition.right, "match": "any"}
        return True
    return False


def _become_certificate(draft: Draft, days: int) -> None:
    """A connection of which only the certificate is judged."""
    config = draft.config
    draft.kind = "tls_certificate"
    draft.config = {name: config[name] for name in ("host", "port", "deadline_seconds", "verify_tls") if name in config}
    draft.config |= {"failure_days": days, "warning_days": max(days, 14), "weak": "ignored"}
    draft.config["starttls"] = "smtp" if config.get("tls") == "smtp" else "none"


def _take_client(draft: Draft, client: Mapping[str, Any]) -> None:
    config = draft.config
    if truthy(client.get("insecure")) and draft.kind in ("http", "tcp", "websocket"):
        config["verify_tls"] = False
    if truthy(client.get("ignore-redirect")) and draft.kind == "http":
        config["follow_redirects"] = False
    if oauth2 := mapping(client.get("oauth2")):
        config |= {
            "auth": "oauth2_client_credentials",
            "token_url": str(oauth2.get("token-url") or ""),
            "client_id": str(oauth2.get("client-id") or ""),
            "client_secret": str(oauth2.get("client-secret") or ""),
            "scope": " ".join(texts(oauth2.get("scopes"))),
        }
    if proxy := client.get("proxy-url"):
        config["proxy_url"] = str(proxy)
    network = str(client.get("network") or "ip")
    if draft.kind == "icmp" and network in ("ip4", "ip6"):
        config["ip_version"] = network[-1]
    elif network not in ("ip", "tcp", "udp"):
        draft.off("client.network", "has no counterpart")
    known = {"insecure", "ignore-redirect", "timeout", "oauth2", "proxy-url", "network"}
    for option in client.keys() - known:
        draft.off(f"client.{one_line(option)[:40]}", "has no counterpart")


def _take_alerts(draft: Draft, values: Mapping[str, Any]) -> None:
    """Gatus counts for who is told; here it counts for what is down."""
    alerts = [each for each in listed(values.get("alerts")) if isinstance(each, dict)]
    # A single bad answer shows red there.
    draft.config["failures_to_fail"] = draft.config["successes_to_recover"] = 1
    if not alerts:
        return
    failures = {
        int(each.get("failure-threshold") or 3) for each in alerts if str(each.get("failure-threshold") or 3).isdigit()
    }
    successes = {
        int(each.get("success-threshold") or 2) for each in alerts if str(each.get("success-threshold") or 2).isdigit()
    }
    draft.failures(min(failures, default=3))
    draft.config["successes_to_recover"] = min(min(successes, default=2), 10)
    draft.note("alerts", "who is told is left out; the thresholds decide here what is down")


def _http(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    draft.kind = "http"
    draft.config |= {"url": url, "method": str(values.get("method") or "GET").upper()}
    if headers := mapping(values.get("headers")):
        draft.config["headers"] = {str(name): str(value) for name, value in headers.items()}
    body = str(values.get("body") or "")
    if truthy(values.get("graphql")):
        draft.off("graphql", "has no counterpart: put the query as JSON into the body")
    if body and draft.config["method"] not in ("POST", "PUT", "PATCH"):
        draft.off("body", f"is left out: none is sent with {draft.config['method']}")
    elif body:
        draft.config["body"] = body
    # Gatus tells only of what a condition says.
    draft.config["certificate_warning_days"] = 0


def _tcp(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    draft.kind = "tcp"
    draft.config["host"], draft.config["port"] = host_port_of(url.partition("://")[2].rstrip("/"))
    if values.get("body"):
        draft.off("body", "is left out")


def _tls(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    _tcp(draft, values, url)
    draft.config["tls"] = "direct"


def _starttls(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    _tcp(draft, values, url)
    draft.config["tls"] = "smtp"


def _icmp(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    draft.kind = "icmp"
    draft.config["host"] = url.partition("://")[2].rstrip("/")


def _dns(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    dns = mapping(values["dns"])
    record_type = str(dns.get("query-type") or "").upper()
    if record_type not in get_args(RecordType):
        raise ValueError(f"records of type {record_type[:20] or '(none)'} are not supported")
    resolver, port = host_port_of(url.partition("://")[2] if "://" in url else url, 53)
    draft.kind = "dns"
    draft.config |= {"name": str(dns.get("query-name") or "").rstrip("."), "record_type": record_type}
    draft.config |= {"resolver": resolver, "port": port}


def _websocket(draft: Draft, values: Mapping[str, Any], url: str) -> None:
    draft.kind = "websocket"
    draft.config["url"] = url
    if values.get("body"):
        draft.config["message"] = str(values["body"])
    if headers := mapping(values.get("headers")):
        draft.config["headers"] = {str(name): str(value) for name, value in headers.items()}


_FILLERS: Final[Mapping[str, Callable[[Draft, Mapping[str, Any], str], None]]] = {
    **dict.fromkeys(_SERVES, _http),
    "tcp": _tcp,
    "tls": _tls,
    "starttls": _starttls,
    "icmp": _icmp,
    "ws": _websocket,
    "wss": _websocket,
}
