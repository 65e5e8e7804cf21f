"""In which order the pages of docs/ are read. A page that is not named here comes under "More", so none gets lost."""

from collections.abc import Mapping
from typing import Final

MORE: Final = "More"
DECISIONS: Final = "Decisions"
# By the name that a page has in addresses (names.py).
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Begin": ("adding-services", "board", "display", "keys", "phone", "demo"),
    "What is true": (
        "states",
        "service-page",
        "results-in-full",
        "groups",
        "relations",
        "map",
        "pausing",
        "breaker",
        "queues",
        "reports",
    ),
    "Look after it": ("managing-services", "undo", "export-import", "importers", "configuration", "status-pages"),
    "Kinds of checks": (
        "kinds",
        "kinds-http",
        "kinds-websocket",
        "kinds-grpc",
        "kinds-tcp",
        "kinds-icmp",
        "kinds-dns",
        "kinds-tls_certificate",
        "kinds-domain_expiry",
        "kinds-database",
        "kinds-smtp",
        "kinds-imap",
        "kinds-process",
        "kinds-push",
        "kinds-queue",
        "kinds-composite",
        "kinds-consul",
    ),
    "Alerts": ("alerting", "alerts", "alert-rules", "on-call", "maintenance", "notifications"),
    "Channels": (
        "channels",
        "channels-email",
        "channels-slack",
        "channels-teams",
        "channels-discord",
        "channels-telegram",
        "channels-ntfy",
        "channels-pagerduty",
        "channels-webhook",
        "channels-apprise",
    ),
    "People and secrets": ("accounts", "audit", "security", "secrets", "outbound"),
    "Run it": ("deploy", "settings", "database", "health", "own-signs", "engine", "live", "benchmarks"),
    "For programs, and for who changes it": ("api", "streams", "help", "architecture"),
    MORE: (),
    DECISIONS: (),
}
