"""Drains the due-queue by one APScheduler job. The only file that knows APScheduler."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor_app.engine.clock import Clock, wall_offset
from monitor_app.engine.due import Due, DueQueue
from monitor_app.log import get_logger

TICK_MIN_SECONDS = 0.02
TICK_MAX_SECONDS = 0.5
WATCH_SECONDS = 0.1
# A watch that comes this late means that the process stood still.
STALL_SECONDS = 1.0
# The wall clock may drift against the monotonic one by this much between two watches.
CLOCK_TOLERANCE_SECONDS = 0.05

EVENT_NAMES = {
    EVENT_JOB_EXECUTED: "executed",
    EVENT_JOB_ERROR: "error",
    EVENT_JOB_MISSED: "missed",
    EVENT_JOB_MAX_INSTANCES: "max_instances",
}

logger = get_logger(__name__)


class _DueTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires when the next service is due, but neither more often nor more seldom than the limits above."""

    def __init__(self, queue: DueQueue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        due = self._queue.next_due()
        wait = TICK_MAX_SECONDS if due is None else due - self._clock.monotonic()
        return now + timedelta(seconds=min(max(wait, TICK_MIN_SECONDS), TICK_MAX_SECONDS))


class Scheduler:
    """Hands due checks to `dispatch` in batches.

    APScheduler goes by the wall clock: set back an hour, it would stop for an hour. A watch on the monotonic clock
    notices that, and any tick that is overdue, and makes the job run at once. `on_stall` is called when the process
    stood still.
    """

    def __init__(
        self,
        queue: DueQueue,
        dispatch: Callable[[list[Due]], None],
        clock: Clock,
        on_stall: Callable[[], None],
    ) -> None:
        self.job_events: Counter[str] = Counter()
        self.clock_jumps = 0
        self.stalls = 0
        self._queue = queue
        self._dispatch = dispatch
        self._clock = clock
        self._on_stall = on_stall
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Runs the job inside the timer's call: no task a tick, and the trigger sees the queue already drained.
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._on_job_event, sum(EVENT_NAMES))
        self._job: Job | None = None
        self._watch_timer: asyncio.TimerHandle | None = None
        self._watched_at = 0.0
        self._wall_offset = 0.0

    def start(self) -> None:
        """Begin on the running event loop."""
        self._job = self._scheduler.add_job(self._tick, _DueTrigger(self._queue, self._clock), id="drain-due-queue")
        self._scheduler.start()
        self._watched_at = self._clock.monotonic()
        self._wall_offset = wall_offset(self._clock)
        self._watch_timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch)

    def stop(self) -> None:
        """Dispatch nothing more."""
        if self._watch_timer is not None:
            self._watch_timer.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
            self._scheduler.shutdown(wait=False)
        self._job = None

    def wake(self) -> None:
        """Drain as soon as possible: the queue has changed."""
        if self._job is not None:
            self._job.modify(next_run_time=self._clock.now())

    def _tick(self) -> None:
        batch = self._queue.take_due()
        if batch:
            self._dispatch(batch)

    def _watch(self) -> None:
        now = self._clock.monotonic()
        self._watch_timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch)
        stood_still = now - self._watched_at - WATCH_SECONDS
        self._watched_at = now
        if stood_still > STALL_SECONDS:
            self.stalls += 1
            logger.warning("the engine stood still; missed slots are skipped", seconds=round(stood_still, 1))
            self._on_stall()
        offset = wall_offset(self._clock)
        jump = offset - self._wall_offset
        self._wall_offset = offset
        due = self._queue.next_due()
        is_overdue = due is not None and now - due > WATCH_SECONDS
        if abs(jump) > CLOCK_TOLERANCE_SECONDS:
            self.clock_jumps += 1
            logger.warning("the wall clock was set; checks go on by the monotonic clock", seconds=round(jump, 1))
        if is_overdue or abs(jump) > CLOCK_TOLERANCE_SECONDS:
            self.wake()

    def _on_job_event(self, event: JobEvent) -> None:
        name = EVENT_NAMES[event.code]
        self.job_events[name] += 1
        if name == "executed":
            return
        details: dict[str, Any] = {"event_name": name, "count": self.job_events[name]}
        if name == "error":
            details |= {"reason": repr(event.exception), "traceback_text": event.traceback}
        logger.error("the scheduler's job did not run as planned", **details)
