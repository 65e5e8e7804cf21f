"""Each monitor of Uptime Kuma as a service, and its groups as composites of their children."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from monitor_app.checks.dns.values import RecordType
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import harmless
from monitor_app.use_cases.importers.taking import Draft, Found, Taking, inner_json, one_line, truthy
from monitor_app.use_cases.importers.uptime_kuma import source
from monitor_app.use_cases.importers.uptime_kuma.http import http
from monitor_app.use_cases.importers.uptime_kuma.source import KumaFile, Row
from monitor_app.use_cases.portable.files import content_of

_OTHERS: Final = {
    "notification": "notification settings are not taken: who is told is decided here anew",
    "status_page": "status pages are not taken",
    "maintenance": "maintenance windows are not taken",
    "docker_host": "Docker hosts are not taken",
    "api_key": "API keys are not taken",
    "remote_browser": "remote browsers are not taken",
}
_DEPTH: Final = 20
_TOKEN_SHORTEST: Final = 22
_DEFAULT_RETRY: Final = 60
_SMTP_TLS: Final = {"secure": "tls", "starttls": "starttls", "nostarttls": "none"}


def read_kuma_path(path: Path, registry: KindRegistry) -> Found:
    """A database or backup on this machine; in a thread. Raises InvalidInput when it is neither."""
    if source.is_database(content_of(path, 100, beginning=True)):
        return read_rows(source.read_database(path), path.name, registry)
    return read_rows(source.read_backup(content_of(path)), path.name, registry)


def read_kuma(data: bytes, name: str, registry: KindRegistry) -> Found:
    """The same that was sent."""
    file = source.read_uploaded(data) if source.is_database(data) else source.read_backup(data)
    return read_rows(file, name, registry)


def read_rows(file: KumaFile, name: str, registry: KindRegistry) -> Found:
    """What stands in one of them."""
    return _Monitors(file, name, registry).found()


class _Monitors:
    def __init__(self, file: KumaFile, name: str, registry: KindRegistry) -> None:
        self._file = file
        self._taking = Taking(name, registry)
        self._registry = registry
        self._rows = {row["id"]: row for row in file.monitors if isinstance(row.get("id"), int)}
        self._children: dict[int, list[Row]] = {}
        for row in self._rows.values():
            if (parent := self._parent(row)) is not None:
                self._children.setdefault(parent, []).append(row)
        self._taken: dict[int, str] = {}

    def found(self) -> Found:
        for row in self._rows.values():
            if row.get("type") != "group":
                self._monitor(row)
        for row in sorted(self._rows.values(), key=self._depth, reverse=True):
            if row.get("type") == "group":
                self._group(row)
        for name, text in _OTHERS.items():
            if count := self._file.others.get(name, 0):
                self._taking.note("", "", f"{text} ({count})")
        self._taking.note("", "", "history is not taken: it begins anew")
        return self._taking.found()

    def _monitor(self, row: Row) -> None:
        kind = str(row.get("type") or "")
        draft = self._draft(row)
        fill = _FILLERS.get(kind)
        if fill is None:
            why = _NOT_TAKEN.get(kind, "has no counterpart")
            self._taking.leave(draft.subject, f"type {harmless(kind, 30)} {why}")
            return
        try:
            fill(self, draft, row)
        except InvalidInput as err:
            self._taking.leave(draft.subject, "; ".join(f"{name} {text}" for name, text in err.fields.items()))
            return
        self._common(draft, row)
        if service_id := self._taking.take(draft):
            self._taken[row["id"]] = service_id

    def _draft(self, row: Row) -> Draft:
        name = one_line(row.get("name") or f"Monitor {row['id']}")
        draft = Draft(f"monitor {row['id']} ({name[:80]})", name, group=self._group_name(row))
        for tag in self._file.tags.get(row["id"], ()):
            value = one_line(tag.get("value") or "")
            draft.tag(one_line(tag.get("name") or "") + (f": {value}" if value else ""))
        return draft

    def _common(self, draft: Draft, row: Row) -> None:
        draft.enabled = draft.enabled and truthy(row.get("active", 1))
        if draft.kind != "push":
            draft.interval(_number(row, "interval", 60))
            timeout = _number(row, "timeout", 0) or 0.8 * _number(row, "interval", 60)
            draft.deadline(min(timeout, 120.0))
            if retries := _number(row, "maxretries", 0):
                draft.failures(int(retries) + 1)
            else:
                draft.config["failures_to_fail"] = 1
            draft.config["successes_to_recover"] = 1
        if truthy(row.get("upside_down")):
            draft.off("upside down", "has no counterpart: being down is never good here")
        if _conditions(row):
            draft.off("conditions", "have no counterpart and are left out")
        if row.get("description"):
            draft.note("description", "is left out")
        if draft.kind == "icmp":  # several echoes have a time of their own
            draft.config.pop("deadline_seconds", None)

    def _group(self, row: Row) -> None:
        children = self._children.get(row["id"], [])
        members = [self._taken[child["id"]] for child in children if child["id"] in self._taken]
        draft = self._draft(row)
        if not members:
            self._taking.leave(draft.subject, "a group without anything that was taken")
            return
        draft.kind, draft.config = "composite", {"members": ", ".join(members)}
        draft.note("", "a group became a composite: up as long as all its members are")
        if missing := len(children) - len(members):
            draft.off("members", f"{missing} of {len(children)} are not taken")
        draft.enabled = draft.enabled and truthy(row.get("active", 1))
        if service_id := self._taking.take(draft):
            self._taken[row["id"]] = service_id

    def _group_name(self, row: Row) -> str:
        names: list[str] = []
        parent = self._parent(row)
        while parent is not None and len(names) < _DEPTH:
            above = self._rows[parent]
            names.append(one_line(above.get("name") or f"Group {parent}"))
            parent = self._parent(above)
        return " / ".join(reversed(names))

    def _depth(self, row: Row) -> int:
        depth, parent = 0, self._parent(row)
        while parent is not None and depth < _DEPTH:
            depth, parent = depth + 1, self._parent(self._rows[parent])
        return depth

    def _parent(self, row: Row) -> int | None:
        """The id of the group that it is in."""
        parent = row.get("parent")
        return parent if isinstance(parent, int) and parent in self._rows else None

    # One for each type

    def web(self, draft: Draft, row: Row) -> None:
        http(draft, row, self._file.proxies)

    def port(self, draft: Draft, row: Row) -> None:
        draft.kind, draft.config = "tcp", {"host": _host(row), "port": row.get("port")}

    def ping(self, draft: Draft, row: Row) -> None:
        draft.kind, draft.config = "icmp", {"host": _host(row)}
        size = int(_number(row, "packet_size", 56))
        fitting = min(max(size, 16), 1452)
        draft.config["payload_bytes"] = fitting
        if fitting != size:
            draft.note("packet size", f"{size} became {fitting}")
        if count := int(_number(row, "ping_count", 0)):
            draft.config["count"] = min(max(count, 1), 10)
        family = str(row.get("ip_family") or "")
        if family in ("ipv4", "ipv6"):
            draft.config["ip_version"] = family[-1]

    def dns(self, draft: Draft, row: Row) -> None:
        record_type = str(row.get("dns_resolve_type") or "A")
        if record_type not in get_args(RecordType):
            raise InvalidInput({"record type": f"{record_type[:20]} is not supported"})
        resolvers = [text.strip() for text in str(row.get("dns_resolve_server") or "").split(",") if text.strip()]
        draft.kind, draft.config = "dns", {"name": _host(row), "record_type": record_type}
        if resolvers:
            draft.config |= {"resolver": resolvers[0], "port": row.get("port") or 53}
        if len(resolvers) > 1:
            draft.note("resolver servers", f"only the first of {len(resolvers)} is asked")

    def push(self, draft: Draft, row: Row) -> None:
        retries = int(_number(row, "maxretries", 0))
        pause = int(_number(row, "retry_interval", 0)) or int(_number(row, "interval", _DEFAULT_RETRY))
        draft.kind = "push"
        draft.config = {"period_seconds": int(_number(row, "interval", 60)), "grace_seconds": retries * pause}
        token = str(row.get("push_token") or "")
        if len(token) >= _TOKEN_SHORTEST:
            draft.config["token"] = token
        draft.note("push address", "is another one here: whoever reports needs the address that its dialog shows")

    def database(self, draft: Draft, row: Row) -> None:
        written = str(row.get("database_connection_string") or "").strip()
        kind = self._registry["database"].config_model
        found = kind.from_address(written)
        if not found:
            raise InvalidInput({"connection string": "must be a URL such as postgres://host/database"})
        draft.kind = "database"
        draft.config = found[0].model_dump(mode="json", exclude_defaults=True)
        if row.get("type") == "mysql" and row.get("radius_password") and not draft.config.get("password"):
            draft.config["password"] = str(row["radius_password"])
        if row.get("database_query"):
            draft.config["query"] = str(row["database_query"])

    def smtp(self, draft: Draft, row: Row) -> None:
        draft.kind = "smtp"
        security = str(row.get("smtp_security") or "starttls")
        draft.config = {"host": _host(row), "port": row.get("port"), "tls": _SMTP_TLS.get(security, "starttls")}

    def websocket(self, draft: Draft, row: Row) -> None:
        draft.kind, draft.config = "websocket", {"url": str(row.get("url") or "")}
        if row.get("ws_subprotocol"):
            draft.config["subprotocol"] = str(row["ws_subprotocol"]).split(",")[0].strip()
        if truthy(row.get("ws_ignore_sec_websocket_accept_header")):
            draft.off("ignore Sec-WebSocket-Accept", "has no counterpart")

    def grpc(self, draft: Draft, row: Row) -> None:
        """Only what asks the standard health service: others need a description of their own."""
        service, method = str(row.get("grpc_service_name") or ""), str(row.get("grpc_method") or "")
        if not service.endswith("Health") or method.lower() != "check":
            raise InvalidInput({"gRPC method": "is not that of the standard health service: only that is asked here"})
        host, colon, port = str(row.get("grpc_url") or "").rpartition(":")
        draft.kind = "grpc"
        draft.config = {"host": host if colon else port, "tls": truthy(row.get("grpc_enable_tls"))}
        if colon:
            draft.config["port"] = port
        body = _object(row.get("grpc_body"))
        if isinstance(body.get("service"), str):
            draft.config["service"] = body["service"]
        is_plain = str(row.get("keyword") or "") in ("SERVING", '"SERVING"') and not truthy(row.get("invert_keyword"))
        if not is_plain:
            draft.off("keyword", "only SERVING is good here")
        if row.get("grpc_metadata"):
            draft.config["metadata"] = {name: str(value) for name, value in _object(row["grpc_metadata"]).items()}


_FILLERS: Final[Mapping[str, Callable[[_Monitors, Draft, Row], None]]] = {
    "http": _Monitors.web,
    "keyword": _Monitors.web,
    "json-query": _Monitors.web,
    "port": _Monitors.port,
    "ping": _Monitors.ping,
    "dns": _Monitors.dns,
    "push": _Monitors.push,
    "postgres": _Monitors.database,
    "mysql": _Monitors.database,
    "redis": _Monitors.database,
    "smtp": _Monitors.smtp,
    "websocket-upgrade": _Monitors.websocket,
    "grpc-keyword": _Monitors.grpc,
}
_NOT_TAKEN: Final = {
    "real-browser": "is not supported: pages are asked for here, not run",
    "manual": "is not supported: nothing is checked",
}


def _host(row: Row) -> str:
    return str(row.get("hostname") or "").strip()


def _number(row: Row, name: str, default: float) -> float:
    value = row.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else default  # type: ignore[arg-type]


def _conditions(row: Row) -> bool:
    given = row.get("conditions")
    if isinstance(given, str):
        found = inner_json(given)
        return found is None or bool(found)
    return bool(given)


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = inner_json(value)
    return value if isinstance(value, dict) else {}
