"""What is true of a service now, and what the rules have to remember to say so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor_app.domain.status import Status

BreakerPhase = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Pending:
    """What the last results say, but too few of them yet to believe it.

    `count` results in a row say so, `needed` make it true; the first came at `since` and said `message`.
    """

    status: Status
    count: int
    needed: int
    since: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Breaker:
    """The circuit breaker of a service.

    Open means that checks are paused until `until` (None: until somebody closes it). `who` is empty when it opened by
    itself after `failures` results; a person always gives a `reason`. `order` is the number of the last order of a
    person that was carried out.
    """

    phase: BreakerPhase = "closed"
    opened_at: datetime | None = None
    until: datetime | None = None
    failures: int = 0
    who: str = ""
    reason: str = ""
    order: int = 0


CLOSED = Breaker()


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What is true of a service now: `since` is when it took this status, `result_id` what last touched it.

    `checked_at`, `response_ms`, `message` and `result_id` follow each result; everything else changes seldom.
    `unknown` counts results in a row that say nothing of the target, beside `pending`: they break no streak.
    `settled` is the last status of OK, DEGRADED and FAILED that was confirmed, None before the first: after a time of
    not knowing, the service goes on from there. `failures` counts FAILED results in a row. `breaches` counts results in
    a row beyond a threshold, by the threshold's text. `cause` is what the first result of the present failure said.
    `grace_until` is when a starting service has to be up. `in_maintenance`: it is STOPPED, but checked all the same.
    """

    service_pk: int
    status: Status
    since: datetime
    checked_at: datetime
    response_ms: float | None
    message: str
    result_id: int
    settled: Status | None = None
    pending: Pending | None = None
    failures: int = 0
    breaker: Breaker = CLOSED
    breaches: tuple[tuple[str, int], ...] = ()
    cause: str = ""
    grace_until: datetime | None = None
    unknown: Pending | None = None
    in_maintenance: bool = False
