"""Drains the due-queue by one APScheduler job, and polls sources by one each. The only file that knows APScheduler."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
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

from monitor_app.engine.clock import Clock, wall_offset
from monitor_app.engine.due import Due, DueQueue
from monitor_app.log import get_logger

TICK_SECONDS = 0.5
# Checks that are due within this much of each other start together.
DRAIN_GAP_SECONDS = 0.005
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


class Scheduler:
    """Hands due checks to `dispatch` in batches.

    The job runs twice a second, takes what is due, and sets a timer for what is due before its next run: a run of
    APScheduler costs as much as ten checks, so it cannot be had for each of them.

    APScheduler goes by the wall clock: set back an hour, it would stop for an hour. A watch on the monotonic clock
    notices that, and any tick that is overdue, and makes the job run at once. `on_stall` is called when the process
    stood still, `on_clock_set` when somebody set the wall clock.
    """

    def __init__(
        self,
        queue: DueQueue,
        dispatch: Callable[[list[Due]], None],
        clock: Clock,
        on_stall: Callable[[], None],
        on_clock_set: Callable[[], None] | None = None,
    ) -> None:
        self.job_events: Counter[str] = Counter()
        self.clock_jumps = 0
        self.stalls = 0
        # When due checks were last looked for, on the monotonic clock.
        self.ticked_at = clock.monotonic()
        self._queue = queue
        self._dispatch = dispatch
        self._clock = clock
        self._on_stall = on_stall
        self._on_clock_set = on_clock_set
        self._is_woken = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Runs the job inside the timer's call: no task a tick, and the trigger sees the queue already drained.
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._on_job_event, sum(EVENT_NAMES))
        self._job: Job | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._watch_timer: asyncio.TimerHandle | None = None
        self._watched_at = 0.0
        self._wall_offset = 0.0

    def start(self) -> None:
        """Begin on the running event loop."""
        self._job = self._scheduler.add_job(
            self._tick, "interval", seconds=TICK_SECONDS, next_run_time=self._clock.now(), id="drain-due-queue"
        )
        self._scheduler.start()
        self._watched_at = self._clock.monotonic()
        self._wall_offset = wall_offset(self._clock)
        self._watch_timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._watch)

    def stop(self) -> None:
        """Dispatch nothing more."""
        for timer in (self._drain_timer, self._watch_timer):
            if timer is not None:
                timer.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
            self._scheduler.shutdown(wait=False)
        self._job = None

    def wake(self) -> None:
        """Drain as soon as possible: the queue has changed. A thousand changes at once wake it once."""
        if not self._is_woken:
            self._is_woken = True
            self._run_now()

    def _run_now(self) -> None:
        if self._job is not None:
            self._job.modify(next_run_time=self._clock.now())

    def _tick(self) -> None:
        """The job."""
        self._is_woken = False
        try:
            self._drain()
        finally:
            self._set_timer()

    def _on_timer(self) -> None:
        try:
            self._drain()
        except Exception as err:
            self.job_events["error"] += 1
            logger.exception("due checks could not be dispatched", reason=repr(err))
        self._set_timer()

    def _drain(self) -> None:
        self.ticked_at = self._clock.monotonic()
        batch = self._queue.take_due()
        if batch:
            self._dispatch(batch)

    def _set_timer(self) -> None:
        """For what is due before the job runs again."""
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None
        due = self._queue.next_due()
        if due is None or self._job is None:
            return
        wait = max(due - self._clock.monotonic(), DRAIN_GAP_SECONDS)
        if wait <= TICK_SECONDS:
            self._drain_timer = asyncio.get_running_loop().call_later(wait, self._on_timer)

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
            if self._on_clock_set is not None:
                self._on_clock_set()
        if is_overdue or abs(jump) > CLOCK_TOLERANCE_SECONDS:
            self._run_now()

    def _on_job_event(self, event: JobEvent) -> None:
        name = EVENT_NAMES[event.code]
        self.job_events[name] += 1
        if name == "executed":
            return
        details: dict[str, Any] = {"event_name": name, "count": self.job_events[name]}
        if name == "error":
            details |= {"reason": repr(event.exception), "traceback_text": event.traceback}
        logger.error("the scheduler's job did not run as planned", **details)


class Timetable:
    """Runs what is polled, each at its own interval: at once when it is put in, never twice at the same time.

    What could not run in time runs once, not once for each time that was missed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        """Begin on the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Run nothing more; what runs is cancelled."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def put(self, name: str, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        """Run this now and then each so many seconds, in place of what had the name before."""
        self._scheduler.add_job(
            job, "interval", seconds=seconds, id=name, next_run_time=self._clock.now(), replace_existing=True
        )

    def remove(self, name: str) -> None:
        """Do not run this any more."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def soon(self, name: str, seconds: float = 0.0) -> None:
        """Run this in so many seconds, whenever it would be its turn; its interval counts from then."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.modify_job(name, next_run_time=self._clock.now() + timedelta(seconds=seconds))

    def wake(self) -> None:
        """The wall clock was set: what waits for a time of it runs now."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=self._clock.now())
