"""What the demo watches: services of an imaginary shop, each of which behaves in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit


class Behaviour(StrEnum):
    """How a demo server answers."""

    HEALTHY = "healthy"
    SLOW = "slow"
    DEGRADING = "degrading"
    FLAPPING = "flapping"
    BLINKING = "blinking"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    MISSING = "missing"
    REDIRECTING = "redirecting"
    DRIPPING = "dripping"
    SILENT = "silent"
    CLOSED = "closed"


Certificate = Literal["", "expired", "expiring", "self-signed"]
# What a service of these kinds is told to look at begins so; the others have no server of the demo.
_SCHEMES = {"http": "http", "websocket": "ws", "tcp": "tcp", "tls_certificate": "tls"}
BREAKER_SECONDS = 120
PUSH_SECONDS = 30


@dataclass(frozen=True, slots=True)
class DemoService:
    """One demo service. `path` is what its rows are known by, whatever else somebody changes about them.

    That is the path of its URL, or the kind and a colon where it has none.
    """

    path: str
    label: str
    group: str
    tags: tuple[str, ...]
    service_type: str
    behaviour: Behaviour
    answer_ms: int = 20
    interval_seconds: int = 10
    certificate: Certificate = ""
    deadline_seconds: float = 5.0
    kind: str = "http"
    # Thresholds, one a line.
    degraded_when: str = ""
    breaker_failures: int = 0
    # The paths of what it is made of.
    members: tuple[str, ...] = ()

    @property
    def has_server(self) -> bool:
        """Whether there is something to connect to."""
        return self.kind in _SCHEMES

    def url(self, port: int) -> str:
        """Where it answers. Only this machine can reach it."""
        if self.kind == "process":
            return f"file:/run/lightbulb-demo-{port}.pid"
        if not self.has_server:
            return self.path
        scheme = "https" if self.certificate and self.kind == "http" else _SCHEMES[self.kind]
        path = self.path if self.path.startswith("/") else ""
        return f"{scheme}://127.0.0.1:{port}{path}"

    def place(self, url: str) -> dict[str, Any]:
        """The part of its config that follows its server wherever that stands."""
        if self.kind in ("http", "websocket"):
            return {"url": url}
        if self.kind == "process":
            return {"pid_file": url.removeprefix("file:")}
        return {"host": "127.0.0.1", "port": urlsplit(url).port} if self.has_server else {}

    def values(self, url: str, service_ids: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What is entered for it; `service_ids` are those of the others, by path."""
        config = {**self.place(url), **_CONFIGS.get(self.kind, {}), "breaker_failures": self.breaker_failures}
        if self.has_server:
            config["deadline_seconds"] = self.deadline_seconds
        if self.breaker_failures:
            config["breaker_seconds"] = BREAKER_SECONDS
        if self.members:
            config["members"] = [name for path in self.members if (name := (service_ids or {}).get(path))]
        return {
            "label": self.label,
            "service_type": self.service_type,
            "kind": self.kind,
            "group": self.group,
            "tags": self.tags,
            "status_config": config,
            "metric_config": self.degraded_when,
            "interval_seconds": self.interval_seconds,
        }


# What the kinds need beside their place.
_CONFIGS: Mapping[str, Mapping[str, Any]] = {
    "websocket": {"message": "price?", "expected": "price"},
    "tcp": {"send": "ping\\n", "expect": "pong"},
    "tls_certificate": {"verify_tls": False, "look_for_old_versions": False},
    "push": {"period_seconds": PUSH_SECONDS, "grace_seconds": PUSH_SECONDS},
    "composite": {"mode": "at_least", "percent": 75},
}

SHOP, PAYMENTS, ACCOUNTS, OFFICE = "Shop", "Payments", "Accounts", "Back office"

CATALOGUE: tuple[DemoService, ...] = (
    DemoService("/shop", "Web shop", SHOP, ("public", "critical"), "website", Behaviour.HEALTHY, 35),
    DemoService("/checkout/health", "Checkout API", SHOP, ("critical",), "api_endpoint", Behaviour.HEALTHY),
    DemoService(
        "/search?q=lamp",
        "Product search",
        SHOP,
        ("public",),
        "api_endpoint",
        Behaviour.SLOW,
        450,
        degraded_when="response_ms > 500",
    ),
    DemoService(
        "/images/health",
        "Image service",
        SHOP,
        ("public",),
        "application",
        Behaviour.DEGRADING,
        80,
        degraded_when="response_ms > 1500 for 2 results",
    ),
    DemoService("/cart/health", "Shopping cart", SHOP, ("critical",), "api_endpoint", Behaviour.FLAPPING, 25),
    DemoService(
        "/pay/ready",
        "Payment gateway",
        PAYMENTS,
        ("critical",),
        "api_endpoint",
        Behaviour.UNAVAILABLE,
        breaker_failures=5,
    ),
    DemoService("/fraud/health", "Fraud check", PAYMENTS, (), "python_process", Behaviour.HEALTHY, 60, 12),
    DemoService("/invoices/ping", "Invoice printer", PAYMENTS, (), "application", Behaviour.BROKEN, 40, 15),
    DemoService("/login", "Sign-in", ACCOUNTS, ("public", "critical"), "website", Behaviour.HEALTHY, 15),
    DemoService("/portal", "Customer portal", ACCOUNTS, ("public",), "website", Behaviour.HEALTHY, 20, 15, "expired"),
    DemoService("/v1/profile", "Profile API v1", ACCOUNTS, ("old",), "api_endpoint", Behaviour.MISSING, 15, 15),
    DemoService("/go/home", "Short links", ACCOUNTS, ("public",), "website", Behaviour.REDIRECTING, 10, 12),
    DemoService("/erp", "Warehouse ERP", OFFICE, ("old",), "application", Behaviour.CLOSED, 0, 12),
    DemoService("/wiki", "Staff wiki", OFFICE, (), "website", Behaviour.HEALTHY, 30, 15, "self-signed"),
    DemoService("/exports/latest", "Export files", OFFICE, (), "application", Behaviour.DRIPPING, 20, 15, "", 4.0),
    DemoService(
        "/batch/status", "Night batch", OFFICE, ("old",), "queue", Behaviour.SILENT, 0, 15, "", 3.0, breaker_failures=5
    ),
    DemoService("/metrics", "Metrics collector", OFFICE, (), "python_process", Behaviour.HEALTHY, 8),
    DemoService("/prices", "Live prices", SHOP, ("public",), "api", Behaviour.HEALTHY, 15, kind="websocket"),
    DemoService("tcp:", "Order queue", SHOP, ("critical",), "queue", Behaviour.BLINKING, 5, kind="tcp"),
    DemoService(
        "tls_certificate:",
        "Mail certificate",
        OFFICE,
        (),
        "website",
        Behaviour.HEALTHY,
        10,
        15,
        "expiring",
        kind="tls_certificate",
    ),
    DemoService("process:", "Till process", SHOP, (), "python_process", Behaviour.HEALTHY, kind="process"),
    DemoService("push:", "Stock export", OFFICE, ("critical",), "application", Behaviour.HEALTHY, kind="push"),
    DemoService(
        "composite:",
        "The shop as a whole",
        SHOP,
        ("critical",),
        "application",
        Behaviour.HEALTHY,
        kind="composite",
        members=("/shop", "/checkout/health", "/search?q=lamp", "/cart/health"),
    ),
)
