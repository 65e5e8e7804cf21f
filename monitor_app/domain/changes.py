"""What the evaluation of a result changes beside the state: written in the same transaction, told after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor_app.domain.report import ResultDetail
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status

EventKind = Literal["status_changed", "breaker_opened", "breaker_half_opened", "breaker_closed"]


@dataclass(frozen=True, slots=True)
class DowntimeOpened:
    """A failure was confirmed: `started_at` is its first failed result, `cause` what that said."""

    service_pk: int
    started_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class DowntimeClosed:
    """A recovery was confirmed: `ended_at` is its first good result. Without an open window it does nothing."""

    service_pk: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class GapOpened:
    """From `started_at` on nothing is known that counts: `status` (STARTING, STOPPED, UNKNOWN) says why."""

    service_pk: int
    started_at: datetime
    status: Status


@dataclass(frozen=True, slots=True)
class GapClosed:
    """The service counts again from `ended_at` on. Without an open gap it does nothing."""

    service_pk: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """Something that people will ask about later: who did what when, and why. `who` is empty for the engine itself.

    For `status_changed`, `before` and `after` are the statuses.
    """

    service_pk: int
    at: datetime
    kind: EventKind
    who: str = ""
    reason: str = ""
    before: Status | None = None
    after: Status | None = None


Change = DowntimeOpened | DowntimeClosed | GapOpened | GapClosed | ServiceEvent


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written in one transaction, in this order of things.

    `results` carry their ids, which grow. `states` are those that changed in more than what the last result says.
    `last_id` is the highest id that this batch uses; changes of a state without a result use ids of the same sequence.
    `heartbeats_up_to`: reported heartbeats up to this id have become results here, and are taken away.
    `details` are what some of the results found in full.
    """

    results: Sequence[tuple[int, CheckResult]]
    states: Sequence[ServiceState]
    changes: Sequence[Change]
    last_id: int
    heartbeats_up_to: int = 0
    details: Sequence[ResultDetail] = ()
