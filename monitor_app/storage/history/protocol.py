"""What a history is: what goes in, what comes out."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.measure import Measure
from monitor_app.domain.result import StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.summary import Summary
from monitor_app.domain.uptime import Span, Uptime
from monitor_app.storage.blocks.results import ResultColumns


@dataclass(frozen=True, slots=True)
class Epoch:
    """The time in which one engine schedules. The first id that it gives is `next_result_id`."""

    number: int
    next_result_id: int


@dataclass(frozen=True, slots=True)
class Followed:
    """What came after an id: results in order of their ids, states that changed, and the id to go on after."""

    results: list[StoredResult]
    states: list[ServiceState]
    last_id: int


@dataclass(frozen=True, slots=True)
class Windows:
    """Results of one service counted in windows of `minutes`, the first of which begins at `since`.

    Number n of each sequence is about the window n. `samples` counts results of all six statuses. `no_data` is the
    share of the window (0 to 1) about which nothing is known because fewer results came than the service's interval
    promises; one missing result alone is none, and a result speaks for one interval, however long.
    """

    since: datetime
    minutes: int
    ok: Sequence[int]
    degraded: Sequence[int]
    failed: Sequence[int]
    samples: Sequence[int]
    no_data: Sequence[float]


@dataclass(frozen=True, slots=True)
class Downtime:
    """From the first failed to the first good result; `ended_at` is None while it lasts."""

    service_pk: int
    started_at: datetime
    ended_at: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time about which nothing is known that counts; `status` says why, `ended_at` is None while it lasts."""

    service_pk: int
    started_at: datetime
    ended_at: datetime | None
    status: Status

    @property
    def is_rest(self) -> bool:
        """Whether it was paused or in maintenance."""
        return self.status is Status.STOPPED


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list that goes from the newest back: the time and the id of the last one that was given."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Incident:
    """A downtime with its number; `ended_at` is None while it lasts."""

    number: int
    service_pk: int
    started_at: datetime
    ended_at: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents: those that touch [since, until), of these services or of all that are not deleted.

    `is_open` None: whether they last or not. `before` goes on after a page; with it the order is the same.
    """

    until: datetime
    since: datetime | None = None
    service_pks: Collection[int] | None = None
    is_open: bool | None = None
    before: Place | None = None


class WindowHistory(Protocol):
    """What is told of longer spans, and the inbox of heartbeats."""

    async def windows(
        self, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
    ) -> dict[int, Windows]:
        """Counts of each of these services. Windows are whole 5 minutes of UTC, so is `since`."""
        ...

    async def uptime(self, service_pks: Collection[int] | None, since: datetime, until: datetime) -> dict[int, Uptime]:
        """By time, from downtimes and gaps; of every service that is not deleted, or of these."""
        ...

    async def percentiles(
        self, service_pk: int, since: datetime, until: datetime, shares: Sequence[float]
    ) -> list[float] | None:
        """Response times in ms, one a share (0.5 is the median), at most 2.5 % off; None without any."""
        ...

    async def downtimes(self, service_pk: int, since: datetime, until: datetime, limit: int = 1000) -> list[Downtime]:
        """Those that touch the span, newest first."""
        ...

    async def incidents(self, wanted: IncidentFilter, limit: int) -> list[Incident]:
        """Downtimes of many services, those that began last first."""
        ...

    async def page(
        self, service_pk: int, since: datetime, until: datetime, limit: int, before: Place | None = None
    ) -> list[StoredResult]:
        """Results of a span, newest first by time, then by id; `before` goes on after the last one of a page."""
        ...

    async def gaps(self, service_pk: int, since: datetime, until: datetime, limit: int = 1000) -> list[Gap]:
        """Those that touch the span, newest first."""
        ...

    async def events(self, service_pk: int, limit: int = 100) -> list[ServiceEvent]:
        """What people ask about, newest first."""
        ...

    async def status_changes(self, since: datetime, limit: int) -> list[ServiceEvent]:
        """Of all services, those after a moment, newest first."""
        ...

    async def summaries(self, service_pk: int, granularity: int, since: int, until: int) -> dict[int, Summary]:
        """Of windows of so many seconds that lie in the span, by their start; all in seconds since 1970."""
        ...

    async def measures(self, service_pk: int, granularity: int, since: int, until: int) -> dict[int, Measure]:
        """The same of what the results measured; of hours and days, as far as `measured_since` tells."""
        ...

    async def measured_since(self) -> int:
        """Since when (seconds since 1970) measures hold everything; 0: always."""
        ...

    def columns(self, service_pk: int, since: datetime, until: datetime) -> AsyncIterator[ResultColumns]:
        """The results of a span in parts, each of them and all of them in no certain order."""
        ...

    async def unknown(self, service_pk: int, since: datetime, until: datetime) -> tuple[list[Span], list[Span]]:
        """The downtimes that touch the span, and when nothing was known, in ms since 1970; what lasts ends with it."""
        ...

    async def first_result(self, service_pk: int, since: datetime) -> datetime | None:
        """The time from which on there are results: `since`, or later where there are none before; None without any."""
        ...

    def export(self, service_pk: int, since: datetime, until: datetime) -> AsyncIterator[StoredResult]:
        """Every result of a span in order of time, a day a transaction."""
        ...

    async def heartbeats(self, after_id: int, limit: int = 1000) -> list[Heartbeat]:
        """Reported heartbeats with a higher id, in order."""
        ...

    async def heartbeats_done(self) -> int:
        """The id up to which heartbeats have become results."""
        ...

    async def add_heartbeats(self, reported: Sequence[Heartbeat]) -> int:
        """Write reports in one transaction, ids are given here; returns the last one. Unknown services are left out."""
        ...


class History(WindowHistory, Protocol):
    """Results and states of services. Everything raises DatabaseUnavailable when the database cannot be used.

    Each call sees one moment of the database. Spans hold their `since`, not their `until`.
    """

    async def begin_epoch(self) -> Epoch:
        """Become the engine that writes: from now on `record` refuses all older epochs."""
        ...

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        """Write a batch in one transaction: results, states, changes, and take away the heartbeats it dealt with.

        A batch whose `last_id` is already in is skipped whole, so it can safely be given again when the answer to its
        commit was lost; so every batch that says anything uses at least one new id. What belongs to a service that does
        not exist any more is left out. Raises LeadershipLost when another epoch has begun; nothing is written then.
        """
        ...

    async def states(self) -> list[ServiceState]:
        """The present state of every service that is not deleted and has one, completed from its newest result."""
        ...

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        """The last results of every service that is not deleted, or of these, oldest first, by the service's pk.

        Last by id; on PostgreSQL by time, and the newest in any case.
        """
        ...

    async def last_result_id(self) -> int:
        """The highest id that was ever given; 0 when there is none."""
        ...

    async def follow(self, after_id: int, limit: int = 5000) -> Followed:
        """At most `limit` results with a higher id, and the states written with them."""
        ...
