"""Alerting, as it goes along with the engine: looks whenever something happened or is due, and writes in one go."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from monitor_app.alerting import people
from monitor_app.alerting.book import Book
from monitor_app.alerting.clock_steps import ClockSteps
from monitor_app.alerting.desk import Desk, Dispatching, Job, NobodyTells, Telling, Verdict, Watching
from monitor_app.alerting.holding import Holding, Waits
from monitor_app.alerting.one_pass import Pass, Tasks
from monitor_app.alerting.own_signs import monitor_words, notice_lateness
from monitor_app.alerting.turn import advanced
from monitor_app.domain.alerting.dependency import Dependencies
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.log import get_logger
from monitor_app.storage.alerting_position import rules_revision
from monitor_app.storage.clock_steps import newest_result_at

# What people say is looked for so often, and what is due by time.
POLL_SECONDS: Final = 0.3
LOOK: Final = timedelta(seconds=1)
RETRY_SECONDS: Final = 0.5
RETRY_LIMIT_SECONDS: Final = 15.0
PURGE_EVERY: Final = timedelta(hours=1)

logger = get_logger(__name__)


class AlertingCompanion:
    """One term's alerting. Everything it knows is in the database: it can end at any moment and another goes on."""

    def __init__(
        self,
        desk: Desk,
        *,
        telling: Telling | None = None,
        dispatcher: Dispatching | None = None,
        watch: Watching | None = None,
    ) -> None:
        self.passes = 0
        self._desk = desk
        self._telling: Telling = telling or NobodyTells()
        self._dispatcher = dispatcher
        self._watch = watch
        self._waits = Waits()
        self._book: Book | None = None
        self._dependencies = Dependencies({})
        self._graph: object = None
        self._verdicts: dict[tuple[int, int], Verdict] = {}
        self._tasks = Tasks(set(), [])
        self._steps = ClockSteps(desk.clock)
        # There may be events that nobody has read.
        self._is_behind = True
        self._revision = -1
        self._looked_at: datetime | None = None
        self._purged_at: datetime | None = None
        self._woken = asyncio.Event()

    def committed(self, batch: Batch) -> None:
        """A batch is in the database."""
        if self._watch is not None:
            self._watch.take(batch)
        if any(isinstance(one, ServiceEvent) and one.kind == "status_changed" for one in batch.changes):
            self._is_behind = True
            self._woken.set()
        if self._waits.take(batch):
            self._looked_at = None
            self._woken.set()

    def changed(self, service_pks: Collection[int]) -> None:
        """Definitions of services changed, or groups, or relations."""
        self._tasks.changed.update(service_pks)
        self._tasks.are_groups_old = True
        self._woken.set()

    def begin_anew(self) -> None:
        """Only the database is to be believed."""
        self._book = None
        self._woken.set()

    def jobs(self) -> Mapping[str, Job]:
        """What goes on for ever."""
        jobs: dict[str, Job] = {"alerting": self.run}
        if self._dispatcher is not None:
            jobs["delivery"] = self._dispatcher.run
        return jobs

    async def run(self) -> None:
        """Look for ever. Raises LeadershipLost."""
        failures = 0
        while True:
            self._woken.clear()
            try:
                await self.look()
            except LeadershipLost:
                raise
            except DatabaseUnavailable as err:
                if not failures:
                    logger.error("alerting waits for the database; nothing is lost", reason=str(err))
                failures += 1
            except Exception:
                if not failures:
                    logger.exception("alerting has failed; it begins anew from what the database says")
                failures += 1
            else:
                if failures:
                    logger.info("alerting goes on", attempts=failures)
                failures = 0
            await _wait(self._woken if not failures else asyncio.Event(), _pause_seconds(failures))

    async def look(self) -> None:
        """See what there is to do, and do it. Raises DatabaseUnavailable, LeadershipLost.

        After any failure memory is what the database says: nothing is lost, and nothing is done twice.
        """
        try:
            await self._look()
        except BaseException:
            self._book = None
            raise

    async def _look(self) -> None:
        self._notice_steps()
        now = self._desk.clock.now()
        if self._graph is not self._desk.dependencies:
            self._graph = self._desk.dependencies
            self._dependencies = Dependencies(self._desk.dependencies)
        if self._book is None:
            self._book = await self._load(now)
        book = self._book
        async with self._desk.database.read() as conn:
            has_orders = await rules_revision(conn) != book.rules_revision
        # A clock that was set back must not keep anything waiting.
        is_time = self._looked_at is None or not timedelta() <= now - self._looked_at < LOOK
        if is_time:
            self._looked_at = now
            self._look_around(now)
        if has_orders or self._has_tasks() or (is_time and self._is_due(book, now)):
            await self._write(book, now)

    def _notice_steps(self) -> None:
        """Somebody may have set the wall clock."""
        if by := self._steps.look():
            self._move(by)
            if self._book is not None:
                self._book.flips.move(by)

    def _move(self, by: timedelta) -> None:
        """What is in memory moves at once, what is stored in the next pass."""
        logger.warning("the wall clock was set; what alerting waits for moves along", seconds=by.total_seconds())
        self._tasks.moved += by
        self._waits.move(by)
        if self._watch is not None:
            self._watch.move(by)
        if self._dispatcher is not None:
            self._dispatcher.move(by)

    async def _load(self, now: datetime) -> Book:
        async with self._desk.database.read() as conn:
            book = await Book.load(conn, self._desk.services(), now)
            newest = await newest_result_at(conn)
        await self._follow_rules(book)
        if by := self._steps.begin(newest, now):
            self._move(by)
        self._is_behind = self._tasks.is_everything = True
        return book

    async def _follow_rules(self, book: Book) -> None:
        if self._watch is not None:
            await self._watch.follow([active.rule for active in book.rules.values()])

    def _forget(self, service_pks: Collection[int]) -> None:
        if self._watch is None or not service_pks:
            return
        self._watch.forget(service_pks)
        for key in [key for key in self._verdicts if key[1] in service_pks]:
            del self._verdicts[key]

    def _look_around(self, now: datetime) -> None:
        notice_lateness(self._desk, self._waits, now)
        if self._watch is None:
            return
        for verdict in self._watch.look(now):
            self._verdicts[verdict.rule_pk, verdict.service_pk] = verdict
            self._tasks.verdicts.append(verdict)

    def _has_tasks(self) -> bool:
        tasks = self._tasks
        is_told = bool(tasks.changed or tasks.verdicts or tasks.is_everything or tasks.are_groups_old)
        return is_told or self._is_behind or bool(tasks.moved)

    def _is_due(self, book: Book, now: datetime) -> bool:
        """Whether time, or a change that is in memory only, makes a difference: asked without the database."""
        next_due = self._telling.next_due
        if (next_due is not None and next_due <= now) or self._is_purge_due(now) or people.is_due(book, now):
            return True
        if bool(monitor_words(self._desk, self._waits, now)[0]) is not (("monitor", 0) in book.alerts):
            return True
        holding = Holding(book, self._desk, self._waits, self._dependencies, now)
        for alert in book.alerts.values():
            if alert.subject == "flapping":
                quiet_at = book.flips.quiet_at(alert.service_pk or 0)
                if quiet_at is None or quiet_at <= now:
                    return True
            if alert.subject != "monitor" and advanced(alert, book, holding, now) != alert:
                return True
        return False

    def _is_purge_due(self, now: datetime) -> bool:
        return self._purged_at is None or now - self._purged_at >= PURGE_EVERY

    async def _write(self, book: Book, now: datetime) -> None:
        tasks, self._tasks = self._tasks, Tasks(set(), [])
        tasks.is_purge = self._is_purge_due(now)
        was_behind, self._is_behind = self._is_behind, False
        rules = book.known_rules
        one_pass = Pass(book, self._desk, self._waits, self._dependencies, self._telling, self._verdicts, now)
        try:
            async with self._desk.database.write() as conn:
                revision = await one_pass.run(conn, tasks)
        except BaseException:
            # Everything is looked at when the book has been read anew; verdicts are remembered.
            self._tasks.changed |= tasks.changed
            self._tasks.moved += tasks.moved
            self._is_behind |= was_behind
            raise
        self.passes += 1
        if one_pass.is_part:
            self._is_behind = True
            self._woken.set()
        if tasks.is_purge:
            self._purged_at = now
        self._forget(one_pass.forgotten)
        if book.known_rules is not rules:
            await self._follow_rules(book)
        if self._dispatcher is not None:
            self._dispatcher.wake()
        if revision != self._revision:
            self._revision = revision
            self._desk.ring("alerts", revision=revision)


def _pause_seconds(failures: int) -> float:
    return min(RETRY_SECONDS * 2 ** min(failures - 1, 10), RETRY_LIMIT_SECONDS) if failures else POLL_SECONDS


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
