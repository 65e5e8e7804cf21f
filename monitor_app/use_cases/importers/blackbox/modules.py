"""Modules of the blackbox exporter as configs of our kinds: those of its own example, or of a given blackbox.yml."""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from monitor_app.checks.dns.values import RecordType
from monitor_app.plugins.hosts import host_port_of
from monitor_app.use_cases.importers.taking import Draft, listed, mapping, one_line, seconds_of, texts, truthy

Module = Mapping[str, Any]
# What the exporter's own example file names; a job that uses another one needs its blackbox.yml.
WELL_KNOWN: Final[Mapping[str, Module]] = {
    "http_2xx": {"prober": "http"},
    "http_post_2xx": {"prober": "http", "http": {"method": "POST"}},
    "tcp_connect": {"prober": "tcp"},
    "pop3s_banner": {"prober": "tcp", "tcp": {"tls": True, "query_response": [{"expect": "^+OK"}]}},
    "ssh_banner": {"prober": "tcp", "tcp": {"query_response": [{"expect": "^SSH-2.0-"}]}},
    "icmp": {"prober": "icmp"},
    "grpc": {"prober": "grpc", "grpc": {"tls": True}},
    "grpc_plain": {"prober": "grpc"},
}
_BANNERS: Final = {"^+OK": "+OK", "^SSH-2.0-": "SSH-2.0-"}
_SILENT: Final = frozenset(
    {"preferred_ip_protocol", "ip_protocol_fallback", "compression", "body_size_limit", "enable_http2"}
    | {"http_headers", "skip_resolve_phase_with_proxy", "use_proxy_dns"}
)
_HTTP: Final = frozenset(
    {"valid_status_codes", "method", "headers", "body", "no_follow_redirects", "follow_redirects", "fail_if_ssl"}
    | {"fail_if_not_ssl", "fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp", "tls_config", "basic_auth"}
    | {"bearer_token", "authorization", "proxy_url", "fail_if_header_not_matches", "valid_http_versions"}
)
_TCP: Final = frozenset({"tls", "tls_config", "query_response"})
_ICMP: Final = frozenset({"payload_size"})
_DNS: Final = frozenset({"query_name", "query_type", "transport_protocol", "valid_rcodes"})
_GRPC: Final = frozenset({"service", "tls", "tls_config"})


def fill(draft: Draft, module: Module, target: str) -> None:
    """Make a draft what a module asks of a target. Raises ValueError in words when that cannot be."""
    prober = str(module.get("prober") or "")
    found = _PROBERS.get(prober)
    if found is None:
        raise ValueError(f"prober {prober[:20] or '(none)'} has no counterpart")
    known, fill_config = found
    options = mapping(module.get(prober))
    if module.get("timeout") is not None:
        draft.deadline(seconds_of(module["timeout"]))
    fill_config(draft, options, target)
    if prober != "icmp" and str(options.get("preferred_ip_protocol") or "ip6") == "ip4":
        draft.note("preferred_ip_protocol", "is left out: the address that this machine prefers is taken")
    for option in options.keys() - known - _SILENT:
        draft.off(one_line(option)[:60], "has no counterpart and is left out")


def _http(draft: Draft, options: Mapping[str, Any], target: str) -> None:
    draft.kind, config = "http", draft.config
    config["url"] = target if "://" in target else f"http://{target}"
    config["method"] = str(options.get("method") or "GET").upper()
    if codes := listed(options.get("valid_status_codes")):
        config["accepted_statuses"] = ",".join(str(code) for code in codes if isinstance(code, int))
    if headers := mapping(options.get("headers")):
        config["headers"] = {str(name): str(value) for name, value in headers.items()}
    if options.get("body"):
        config["body"] = str(options["body"])
    if truthy(options.get("no_follow_redirects")) or options.get("follow_redirects") is False:
        config["follow_redirects"] = False
    _http_bodies(draft, options)
    _http_sent(draft, options)
    is_tls = config["url"].lower().startswith("https://")
    for option, is_wanted in (("fail_if_ssl", False), ("fail_if_not_ssl", True)):
        if truthy(options.get(option)) and is_tls is not is_wanted:
            draft.off(option, "the address says otherwise")
    if options.get("valid_http_versions"):
        draft.note("valid_http_versions", "is left out")


def _http_bodies(draft: Draft, options: Mapping[str, Any]) -> None:
    wanted, unwanted = (texts(options.get(f"fail_if_body_{way}_regexp")) for way in ("not_matches", "matches"))
    if wanted:
        draft.config["body_pattern"] = wanted[0]
    if len(wanted) > 1:
        draft.off("fail_if_body_not_matches_regexp", "only the first of several is taken")
    if unwanted:
        if len(unwanted) == 1 and unwanted[0].replace(" ", "").isalnum():
            draft.config["body_lacks"] = unwanted[0]
        else:
            draft.off("fail_if_body_matches_regexp", "a pattern that must not match has no counterpart")
    expected = {}
    for condition in listed(options.get("fail_if_header_not_matches")):
        condition = mapping(condition)
        if truthy(condition.get("allow_missing")):
            draft.off("fail_if_header_not_matches", "a header that may be missing has no counterpart")
        else:
            expected[str(condition.get("header"))] = f"/{condition.get('regexp')}/"
    if expected:
        draft.config["expected_headers"] = expected


def _http_sent(draft: Draft, options: Mapping[str, Any]) -> None:
    config = draft.config
    if basic := mapping(options.get("basic_auth")):
        config |= {
            "auth": "basic",
            "username": str(basic.get("username") or ""),
            "password": str(basic.get("password") or ""),
        }
        if "password_file" in basic:
            draft.off("basic_auth", "its password is in a file that is not here")
    authorization = mapping(options.get("authorization"))
    token = options.get("bearer_token") or authorization.get("credentials")
    if authorization and str(authorization.get("type") or "Bearer").lower() != "bearer":
        draft.off("authorization", "only Bearer has a counterpart")
    elif token:
        config |= {"auth": "bearer", "token": str(token)}
    elif authorization:
        draft.off("authorization", "its credentials are in a file that is not here")
    if proxy := options.get("proxy_url"):
        config["proxy_url"] = str(proxy)
    _tls(draft, options)


def _tls(draft: Draft, options: Mapping[str, Any]) -> None:
    given = mapping(options.get("tls_config"))
    if truthy(given.get("insecure_skip_verify")):
        draft.config["verify_tls"] = False
    if given.get("server_name"):
        if draft.kind in ("tcp", "grpc"):
            draft.config["server_name"] = str(given["server_name"])
        else:
            draft.off("tls_config.server_name", "has no counterpart")
    for option in given.keys() - {"insecure_skip_verify", "server_name"}:
        draft.off(f"tls_config.{one_line(option)[:40]}", "is left out: it names a file that is not here")


def _tcp(draft: Draft, options: Mapping[str, Any], target: str) -> None:
    draft.kind = "tcp"
    draft.config["host"], draft.config["port"] = host_port_of(target.partition("://")[2] or target)
    if truthy(options.get("tls")):
        draft.config["tls"] = "direct"
        _tls(draft, options)
    steps = [mapping(step) for step in listed(options.get("query_response"))]
    is_banner = len(steps) == 1 and set(steps[0]) == {"expect"}
    if is_banner and (banner := _BANNERS.get(str(steps[0]["expect"]))):
        draft.config["expect"] = banner
    elif steps:
        draft.off("query_response", "patterns have no counterpart: put what is sent and expected into the service")


def _icmp(draft: Draft, options: Mapping[str, Any], target: str) -> None:
    draft.kind = "icmp"
    draft.config["host"] = target
    if isinstance(size := options.get("payload_size"), int):
        draft.config["payload_bytes"] = min(max(size, 16), 1452)
        if draft.config["payload_bytes"] != size:
            draft.note("payload_size", f"{size} became {draft.config['payload_bytes']}")
    if (
        str(options.get("preferred_ip_protocol") or "") in ("ip4", "ip6")
        and options.get("ip_protocol_fallback") is False
    ):
        draft.config["ip_version"] = str(options["preferred_ip_protocol"])[-1]


def _dns(draft: Draft, options: Mapping[str, Any], target: str) -> None:
    record_type = str(options.get("query_type") or "ANY").upper()
    if record_type not in get_args(RecordType):
        raise ValueError(f"records of type {record_type[:20]} are not supported")
    resolver, port = host_port_of(target, 53)
    draft.kind = "dns"
    draft.config |= {"name": str(options.get("query_name") or "").rstrip("."), "record_type": record_type}
    draft.config |= {"resolver": resolver, "port": port, "tcp_only": options.get("transport_protocol") == "tcp"}
    rcodes = texts(options.get("valid_rcodes")) or ["NOERROR"]
    if rcodes == ["NXDOMAIN"]:
        draft.config["must_not_exist"] = True
    elif rcodes != ["NOERROR"]:
        draft.off("valid_rcodes", "only NOERROR or NXDOMAIN have a counterpart")


def _grpc(draft: Draft, options: Mapping[str, Any], target: str) -> None:
    draft.kind = "grpc"
    draft.config["host"], draft.config["port"] = host_port_of(target)
    draft.config |= {"service": str(options.get("service") or ""), "tls": truthy(options.get("tls"))}
    if draft.config["tls"]:
        _tls(draft, options)


_PROBERS: Final[Mapping[str, tuple[frozenset[str], Callable[[Draft, Mapping[str, Any], str], None]]]] = {
    "http": (_HTTP, _http),
    "tcp": (_TCP, _tcp),
    "icmp": (_ICMP, _icmp),
    "dns": (_DNS, _dns),
    "grpc": (_GRPC, _grpc),
}
