"""One step of a service's state: the state as it becomes, and what that opens, closes and tells."""

from dataclasses import dataclass, replace
from datetime import datetime

from monitor_app.domain.changes import (
    Change,
    DowntimeClosed,
    DowntimeOpened,
    EventKind,
    GapClosed,
    GapOpened,
    ServiceEvent,
)
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import Breaker, ServiceState
from monitor_app.domain.status import Status

# While a service is one of these, its time counts neither as up nor as down: a gap is open.
GAP_STATUSES = frozenset({Status.STARTING, Status.STOPPED, Status.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a state.

    `result` is the judged result that is to be stored; None when there was none, or when it does not count (checks are
    paused, or it is known already). `retry_in_seconds` is how soon the next check is wanted, 0 meaning at once; None:
    at the next slot.
    """

    state: ServiceState
    result: CheckResult | None = None
    changes: tuple[Change, ...] = ()
    retry_in_seconds: float | None = None


class Transition:
    """Collects the changes of one step. `state` may be replaced freely; status and downtime go through the methods."""

    def __init__(self, state: ServiceState) -> None:
        self.state = state
        self.changes: list[Change] = []

    def outcome(self, result: CheckResult | None = None, retry_in_seconds: float | None = None) -> Outcome:
        """The state and all changes."""
        return Outcome(self.state, result, tuple(self.changes), retry_in_seconds)

    def move(
        self, status: Status, at: datetime, reason: str, gap_ended_at: datetime | None = None, who: str = ""
    ) -> None:
        """Take a status from `at` on, with the gap that belongs to it. The same status again changes nothing.

        `gap_ended_at` is where a gap that was open ends, when that is not `at`. `who` is empty for the engine itself.
        """
        before = self.state
        if before.status is status:
            return
        if before.status in GAP_STATUSES:
            self._close_gap(gap_ended_at or at)
        if status in GAP_STATUSES:
            self.changes.append(GapOpened(before.service_pk, at, status))
        self.state = replace(before, status=status, since=at)
        self.tell(at, "status_changed", who=who, reason=reason, before=before.status, after=status)

    def open_gap(self) -> None:
        """The gap of a state that is new."""
        self.changes.append(GapOpened(self.state.service_pk, self.state.since, self.state.status))

    def open_downtime(self, started_at: datetime, cause: str) -> None:
        """A failure is confirmed."""
        self.state = replace(self.state, cause=cause)
        self.changes.append(DowntimeOpened(self.state.service_pk, started_at, cause))

    def close_downtime(self, ended_at: datetime) -> None:
        """A recovery is confirmed, or the service is paused."""
        self.state = replace(self.state, cause="")
        self.changes.append(DowntimeClosed(self.state.service_pk, ended_at))

    def set_breaker(self, breaker: Breaker, kind: EventKind, at: datetime, who: str = "", reason: str = "") -> None:
        """The circuit breaker changes, and people can read why."""
        self.state = replace(self.state, breaker=breaker)
        self.tell(at, kind, who=who, reason=reason)

    def tell(
        self,
        at: datetime,
        kind: EventKind,
        *,
        who: str = "",
        reason: str = "",
        before: Status | None = None,
        after: Status | None = None,
    ) -> None:
        """Add an event."""
        self.changes.append(ServiceEvent(self.state.service_pk, at, kind, who, reason, before, after))

    def _close_gap(self, at: datetime) -> None:
        """A gap without length is not worth a row."""
        if self.changes and self.changes[-1] == GapOpened(self.state.service_pk, at, self.state.status):
            self.changes.pop()
        else:
            self.changes.append(GapClosed(self.state.service_pk, at))
