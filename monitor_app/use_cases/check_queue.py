"""Opening and closing the circuit breaker of the queue of all checks; the engine follows within a second."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.check_queue import NO_REASON, CheckQueue, JobCounts
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.redact import harmless
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, Identity
from monitor_app.storage import audit
from monitor_app.storage.check_queue import load_check_queue, load_job_counts, save_check_queue
from monitor_app.storage.database import Database
from monitor_app.storage.services import raise_counter
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.breaker import REASON_LIMIT, Clock

_TARGET: Final = "check_queue"
EVENTS_LIMIT: Final = 10
SAMPLES: Final = 60
SAMPLES_APART: Final = timedelta(seconds=1)
# An engine elsewhere writes its counts down every 15 s.
COUNTS_OLDEST: Final = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """Somebody opened or closed it."""

    at: datetime
    state: str
    who: str
    reason: str


class CheckQueueUseCases:
    """What a person or a client does with the queue of all checks. `stats` is what the engine tells of itself."""

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, stats: Callable[[], Mapping[str, Any]] = dict
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._stats = stats
        self._samples: deque[JobCounts] = deque(maxlen=SAMPLES)

    async def find(self, identity: Identity) -> CheckQueue:
        """As it is now."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            return await load_check_queue(conn)

    @property
    def samples(self) -> Sequence[JobCounts]:
        """The counts as they were when they were asked for, the newest last."""
        return list(self._samples)

    async def counts(self, identity: Identity) -> JobCounts | None:
        """How many checks there are, as the engine told last, wherever it runs; None: it has been silent for long."""
        identity.require(BOARD_READ)
        counts = self._told() or await self._written()
        if counts is not None and not (self._samples and counts.at - self._samples[-1].at < SAMPLES_APART):
            self._samples.append(counts)
        return counts

    def _told(self) -> JobCounts | None:
        """What the engine of this process tells."""
        stats = self._stats()
        if "done" not in stats:
            return None
        return JobCounts(
            at=self._clock.now(),
            waiting=int(stats["backlog"]),
            running=int(stats["in_flight"]),
            done=int(stats["done"]),
            failed=int(stats["by_status"][Status.FAILED]),
            retried=int(stats.get("retried", 0)),
            oldest_wait_seconds=float(stats.get("oldest_wait", 0.0)),
        )

    async def _written(self) -> JobCounts | None:
        """What that of another process has written down."""
        async with self._database.read() as conn:
            counts = await load_job_counts(conn)
        return counts if counts is not None and self._clock.now() - counts.at <= COUNTS_OLDEST else None

    async def events(self, identity: Identity) -> list[QueueEvent]:
        """The last times that somebody opened or closed it, the newest first."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            lines = await audit.read(conn, AuditFilter(target_type=_TARGET, outcome="done"), limit=EVENTS_LIMIT)
        return [
            QueueEvent(
                line.at,
                "open" if line.entry.action.endswith(".open") else "closed",
                line.entry.who,
                str((line.entry.after or {}).get("reason", "")),
            )
            for line in lines
        ]

    async def open(self, identity: Identity, reason: str = "") -> CheckQueue:
        """Start no check any more. What is open stays as it is. Raises InvalidInput."""
        return await self._turn(identity, "open", reason)

    async def close(self, identity: Identity, reason: str = "") -> CheckQueue:
        """Check again. What is closed stays as it is. Raises InvalidInput."""
        return await self._turn(identity, "closed", reason)

    async def _turn(self, identity: Identity, state: Any, reason: str) -> CheckQueue:
        identity.require(BREAKER_OPERATE)
        text = harmless(reason.strip(), REASON_LIMIT + 1)
        if len(text) > REASON_LIMIT:
            raise InvalidInput({"reason": f"must be at most {REASON_LIMIT} characters"})
        async with self._database.write() as conn:
            # Whoever turns it waits here; and who follows services looks at once.
            revision = await raise_counter(conn, SERVICE_REVISION)
            before = await load_check_queue(conn)
            if before.state == state:
                return before
            now = self._clock.now()
            times = {"opened_at": now} if state == "open" else {"closed_at": now}
            after = replace(before, state=state, reason=text or NO_REASON, by_name=identity.name, **times)
            await save_check_queue(conn, after, identity.account_pk, now)
            action = "check_queue.open" if state == "open" else "check_queue.close"
            await record(
                conn,
                identity,
                action,
                at=now,
                target_type=_TARGET,
                target="all checks",
                before={"state": before.state},
                after={"state": state, "reason": after.reason},
            )
        self._bus.publish(ServicesChanged(revision))
        return after
