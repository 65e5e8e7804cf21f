"""A service's definition as the engine and the board hold it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from monitor_app.domain.hold import Hold

SERVICE_ID_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Words that a path under /api uses where a service_id would stand.
RESERVED_SERVICE_IDS = frozenset(
    {"stream", "websocket", "bulk", "validate", "new", "import", "export", "check", "deleted"}
)
# What a service may be said to be. Others are taken as well: kinds of check bring their own, and so do imports.
SERVICE_TYPES = (
    "api",
    "api_endpoint",
    "application",
    "consul_service",
    "container",
    "database",
    "device",
    "dns",
    "domain",
    "kubernetes_pod",
    "mail",
    "python_process",
    "queue",
    "temporal_workflow",
    "website",
)
LABEL_LIMIT = 120
GROUP_LIMIT = 80
TAG_LIMIT = 40
ENVIRONMENT_LIMIT = 40
TAGS_LIMIT = 20
INTERVAL_MIN_SECONDS = 5
INTERVAL_MAX_SECONDS = 86_400
INTERVAL_DEFAULT_SECONDS = 60
# So long what was deleted can come back with its history.
DELETED_DAYS = 30
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BreakerOrder:
    """What a person told a service's circuit breaker. Each order of a service has a higher `number` than the last.

    `until` is when an opened one goes on by itself; None: when somebody closes it.
    """

    number: int
    action: Literal["open", "close"]
    who: str
    reason: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """One row of the service table, without its history. `pk` is internal, `service_id` the public slug."""

    pk: int
    service_id: str
    label: str
    service_type: str
    kind: str
    group: str
    tags: tuple[str, ...]
    status_config: Mapping[str, Any]
    metric_config: Mapping[str, Any]
    interval_seconds: int
    enabled: bool
    is_demo: bool
    revision: int
    is_deleted: bool = False
    breaker_order: BreakerOrder | None = None
    # The username of who added it.
    owner: str = ""
    created_at: datetime = NEVER
    updated_at: datetime = NEVER
    # The file that says how it should be, and what that said (models/service.py); "" and None for what people made.
    managed_by: str = ""
    applied: Mapping[str, Any] | None = None
    # Deleted, and its history goes at once.
    is_purged: bool = False
    environment: str = ""
    # Why it is not enabled, if somebody said; and the maintenance it is in, which may be over.
    pause: Hold | None = None
    maintenance: Hold | None = None
    # The source that tells of it (models/service.py): its kind, the connection, the id that it has there, what is said
    # of it, and since when that source does not know it any more. "" and None for what people made.
    source: str = ""
    source_pk: int | None = None
    source_key: str = ""
    source_facts: Mapping[str, Any] | None = None
    gone_at: datetime | None = None
