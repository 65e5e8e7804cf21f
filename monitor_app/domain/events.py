"""What happened, told on the bus after the commit that made it true."""

from dataclasses import dataclass
from datetime import datetime

from monitor_app.domain.result import StoredResult


@dataclass(frozen=True, slots=True)
class ResultsCommitted:
    """Results up to and including `last_result_id` are in the database."""

    last_result_id: int
    count: int


@dataclass(frozen=True, slots=True)
class ServicesChanged:
    """Services were added, changed or deleted; the table is at `revision`."""

    revision: int


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """Rows of the board changed: `service_pks` have new results or a new definition; `removed` are gone.

    `is_layout` says that order, membership or counts may differ: something was added, removed or edited, or its status
    changed. `results` are those that the board did not have before, in the order of their ids.
    """

    service_pks: frozenset[int]
    removed: frozenset[int] = frozenset()
    is_layout: bool = False
    results: tuple[StoredResult, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """The monitor lost its own network at `offline_since`; None: it has one."""

    offline_since: datetime | None


@dataclass(frozen=True, slots=True)
class AlertsChanged:
    """Alerts, incidents or notifications changed; the counter of them is at `revision`."""

    revision: int


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Who may do what has changed, or a session or key has come to its end by time; the counter is at `revision`.

    Whoever keeps an identity for longer than one request asks for it again now.
    """

    revision: int


@dataclass(frozen=True, slots=True)
class SourcesChanged:
    """A connection to another system, how it is, or what it told of checks changed; the counter is at `revision`."""

    revision: int


@dataclass(frozen=True, slots=True)
class StatusPagesChanged:
    """Somebody changed a status page, or a notice that may stand on one."""
