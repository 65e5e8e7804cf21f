"""What the demo watches: services of an imaginary shop, each of which behaves in its own way."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Behaviour(StrEnum):
    """How a demo server answers."""

    HEALTHY = "healthy"
    SLOW = "slow"
    DEGRADING = "degrading"
    FLAPPING = "flapping"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"
    MISSING = "missing"
    REDIRECTING = "redirecting"
    DRIPPING = "dripping"
    SILENT = "silent"
    CLOSED = "closed"


Certificate = Literal["", "expired", "self-signed"]


@dataclass(frozen=True, slots=True)
class DemoService:
    """One demo service. `path` is what its rows are known by, whatever else somebody changes about them."""

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

    def url(self, port: int) -> str:
        """Where it answers. Only this machine can reach it."""
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://127.0.0.1:{port}{self.path}"

    def values(self, url: str) -> dict[str, Any]:
        """What is entered for it."""
        return {
            "label": self.label,
            "service_type": self.service_type,
            "kind": "http",
            "group": self.group,
            "tags": self.tags,
            "status_config": {"url": url, "deadline_seconds": self.deadline_seconds},
            "interval_seconds": self.interval_seconds,
        }


SHOP, PAYMENTS, ACCOUNTS, OFFICE = "Shop", "Payments", "Accounts", "Back office"

CATALOGUE: tuple[DemoService, ...] = (
    DemoService("/shop", "Web shop", SHOP, ("public", "critical"), "website", Behaviour.HEALTHY, 35),
    DemoService("/checkout/health", "Checkout API", SHOP, ("critical",), "api_endpoint", Behaviour.HEALTHY),
    DemoService("/search?q=lamp", "Product search", SHOP, ("public",), "api_endpoint", Behaviour.SLOW, 450),
    DemoService("/images/health", "Image service", SHOP, ("public",), "application", Behaviour.DEGRADING, 80),
    DemoService("/cart/health", "Shopping cart", SHOP, ("critical",), "api_endpoint", Behaviour.FLAPPING, 25),
    DemoService("/pay/ready", "Payment gateway", PAYMENTS, ("critical",), "api_endpoint", Behaviour.UNAVAILABLE),
    DemoService("/fraud/health", "Fraud check", PAYMENTS, (), "python_process", Behaviour.HEALTHY, 60, 12),
    DemoService("/invoices/ping", "Invoice printer", PAYMENTS, (), "application", Behaviour.BROKEN, 40, 15),
    DemoService("/login", "Sign-in", ACCOUNTS, ("public", "critical"), "website", Behaviour.HEALTHY, 15),
    DemoService("/portal", "Customer portal", ACCOUNTS, ("public",), "website", Behaviour.HEALTHY, 20, 15, "expired"),
    DemoService("/v1/profile", "Profile API v1", ACCOUNTS, ("old",), "api_endpoint", Behaviour.MISSING, 15, 15),
    DemoService("/go/home", "Short links", ACCOUNTS, ("public",), "website", Behaviour.REDIRECTING, 10, 12),
    DemoService("/erp", "Warehouse ERP", OFFICE, ("old",), "application", Behaviour.CLOSED, 0, 12),
    DemoService("/wiki", "Staff wiki", OFFICE, (), "website", Behaviour.HEALTHY, 30, 15, "self-signed"),
    DemoService("/exports/latest", "Export files", OFFICE, (), "application", Behaviour.DRIPPING, 20, 15, "", 4.0),
    DemoService("/batch/status", "Night batch", OFFICE, ("old",), "queue", Behaviour.SILENT, 0, 15, "", 3.0),
    DemoService("/metrics", "Metrics collector", OFFICE, (), "python_process", Behaviour.HEALTHY, 8),
)
