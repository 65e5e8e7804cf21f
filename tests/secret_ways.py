"""Every way in which a kind of check is given a secret, and the texts that must be found nowhere then."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from monitor_app.plugins.forms import FormField
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry
from tests.servers.certificates import Authority

# With what has to be written otherwise in URLs, and longer than what messages show.
CANARY = "k4nary/" + "wing+" * 16
KINDS = KindRegistry()
FORMS = (CANARY, CANARY[:8], quote(CANARY, safe="")[:8], b64encode(CANARY.encode()).decode()[:8], "wing+wing")

LOGIN = {"host": "127.0.0.1", "user": "anna", "password": CANARY}
OAUTH2 = {"auth": "oauth2_client_credentials", "client_id": "anna", "client_secret": CANARY}
# Every way in which a kind is given a secret; {url} and the port are filled in.
VARIANTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "http basic": ("http", {"url": "{url}", "auth": "basic", "username": "anna", "password": CANARY}),
    "http bearer": ("http", {"url": "{url}", "auth": "bearer", "token": CANARY, "body_json": '$.said == "x"'}),
    "http header": ("http", {"url": "{url}", "headers": {"X-Api-Key": CANARY}, "body_json": '$.said == "x"'}),
    "http cookie": ("http", {"url": "{url}", "headers": {"Cookie": CANARY}, "max_redirects": 0}),
    "http oauth2": ("http", {"url": "{url}", "token_url": "{url}token", **OAUTH2}),
    "http proxy": (
        "http",
        {"url": "http://example.org/", "proxy_url": "{url}", "proxy_username": "anna", "proxy_password": CANARY},
    ),
    "http key": ("http", {"url": "https://127.0.0.1:{port}/", "client_key": CANARY, "client_certificate": ""}),
    "websocket": ("websocket", {"url": "ws://127.0.0.1:{port}/", "headers": {"Authorization": f"Bearer {CANARY}"}}),
    "grpc": ("grpc", {"host": "127.0.0.1", "metadata": {"authorization": f"Bearer {CANARY}"}}),
    "smtp": ("smtp", {**LOGIN, "tls": "none", "allow_plain_login": True}),
    "imap": ("imap", {**LOGIN, "tls": "none", "allow_plain_login": True}),
    "postgresql": ("database", {**LOGIN, "engine": "postgresql", "tls": "disable"}),
    "mysql": ("database", {**LOGIN, "engine": "mysql", "tls": "disable"}),
    "redis": ("database", {**LOGIN, "engine": "redis", "tls": "disable"}),
    "queue": ("queue", {"url": "{url}", "token": CANARY}),
    "push": ("push", {"period_seconds": 60, "token": "k4nary_wing" * 5}),
}


def values_of(way: str, port: int, authority: Authority) -> tuple[Kind, dict[str, Any]]:
    """The kind, and the values of a config that goes to this port."""
    name, values = VARIANTS[way]
    kind = KINDS[name]
    filled = {
        field: value.format(url=f"http://127.0.0.1:{port}/", port=port)
        if isinstance(value, str) and "{" in value
        else value
        for field, value in values.items()
    }
    if way == "http key":
        issued = authority.issue("anna")
        filled |= {"client_certificate": issued.pem, "client_key": issued.key_pem()}
    if "port" in kind.config_model.model_fields:
        filled["port"] = port
    return kind, {"deadline_seconds": 1} | filled


def config_of(way: str, port: int, authority: Authority) -> tuple[Kind, CheckConfig]:
    """The same, parsed."""
    kind, values = values_of(way, port, authority)
    return kind, kind.parse(values)


def is_secret(field: FormField, kind: Kind) -> bool:
    """Whether all of a field, or some of its entries, are secrets."""
    extra = kind.config_model.model_fields[field.name].json_schema_extra
    return field.secret or (isinstance(extra, dict) and "secret_names" in extra)


def untried() -> list[tuple[str, str]]:
    """Secret fields that no variant fills in: a new one has to be added there."""
    tried = {(kind, field) for kind, values in VARIANTS.values() for field in values}
    fields = [(kind, field) for kind in KINDS for field in kind.fields if is_secret(field, kind)]
    return [(kind.name, field.name) for kind, field in fields if (kind.name, field.name) not in tried]
