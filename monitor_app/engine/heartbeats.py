"""What services report of themselves: taken from the inbox, remembered, turned into results at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.report import Report
from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine.details import report_of
from monitor_app.engine.evaluator import Evaluator
from monitor_app.engine.facts import EngineFacts
from monitor_app.engine.rulebook import Page, RuleBook
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.plugins.protocols import Heartbeats, ProbeContext

POLL_SECONDS = 0.5
READ_LIMIT = 1000
# Nobody waits any more for a check that was wanted longer ago.
WANTED_SECONDS = 60.0
# So many reports are turned into results before checks have their turn again.
TURN = 50

logger = get_logger(__name__)


class Inbox(Protocol):
    """What the web processes have stored. Raises DatabaseUnavailable."""

    async def heartbeats(self, after_id: int, limit: int) -> list[Heartbeat]:
        """Reports with a higher id, in order."""
        ...

    async def heartbeats_done(self) -> int:
        """The id up to which they have become results."""
        ...


class HeartbeatBook:
    """The last reports of each service."""

    def __init__(self) -> None:
        self._books: dict[int, Heartbeats] = {}

    def of(self, pk: int, now: datetime) -> Heartbeats:
        """What is remembered of a service; one that nothing is known of is awaited from now on."""
        if pk not in self._books:
            self._books[pk] = Heartbeats(None, None, now)
        return self._books[pk]

    def expect(self, pk: int, since: datetime) -> None:
        """Reports are awaited from this moment on: the service was added or enabled, or nobody listened before."""
        self._books[pk] = replace(self.of(pk, since), awaited_since=since)

    def note(self, heartbeat: Heartbeat) -> None:
        """Remember a report."""
        known = self.of(heartbeat.service_pk, heartbeat.at)
        match heartbeat.signal:
            case "start":
                known = replace(known, started_at=heartbeat.at)
            case "success" | "fail":
                began = known.started_at
                seconds = None if began is None else max(0.0, (heartbeat.at - began).total_seconds())
                known = replace(known, last=heartbeat, started_at=None, run_seconds=seconds)
            case "log" | "check":
                pass
        self._books[heartbeat.service_pk] = known

    def forget(self, pks: Iterable[int]) -> None:
        """These services are gone."""
        for pk in pks:
            self._books.pop(pk, None)


class Intake:
    """Reads the inbox when rung and every POLL_SECONDS, and gives each report to the evaluation as a result.

    The kind of the service judges it by its own probe, at the moment of the report. `on_heard` is called before each
    result, and `follow` where a report comes from a service that is not known: it may have been added just now.
    `on_wanted` is called where a person wants a service checked, unless that was long ago.
    """

    def __init__(
        self,
        inbox: Inbox,
        book: HeartbeatBook,
        facts: EngineFacts,
        rulebook: RuleBook,
        evaluator: Evaluator,
        on_heard: Callable[[int], None],
        follow: Callable[[], Awaitable[None]],
        on_wanted: Callable[[int], None],
    ) -> None:
        self.taken = 0
        self._inbox = inbox
        self._book = book
        self._facts = facts
        self._rulebook = rulebook
        self._evaluator = evaluator
        self._on_heard = on_heard
        self._follow = follow
        self._on_wanted = on_wanted
        self._done_id = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There are new ones."""
        self._rung.set()

    async def load(self) -> None:
        """Remember the reports that were dealt with before. Raises DatabaseUnavailable."""
        self._done_id = await self._inbox.heartbeats_done()
        after_id = 0
        while known := await self._inbox.heartbeats(after_id, READ_LIMIT):
            for heartbeat in known:
                if heartbeat.id <= self._done_id:
                    self._book.note(heartbeat)
            after_id = known[-1].id

    async def run(self) -> None:
        """Take reports for ever."""
        is_available = True
        while True:
            self._rung.clear()
            try:
                while await self._take_some():
                    pass
            except DatabaseUnavailable as err:
                if is_available:
                    logger.error("heartbeats cannot be read; they wait in the database", reason=str(err))
                is_available = False
            else:
                is_available = True
            await self._pause()

    async def _take_some(self) -> bool:
        """True when there may be more."""
        heartbeats = await self._inbox.heartbeats(self._done_id, READ_LIMIT)
        if not all(self._is_checked(heartbeat.service_pk) for heartbeat in heartbeats):
            await self._follow()
        for number, heartbeat in enumerate(heartbeats, 1):
            await self._take(heartbeat)
            self._done_id = heartbeat.id
            self.taken += 1
            if number % TURN == 0:
                await asyncio.sleep(0)
        return len(heartbeats) == READ_LIMIT

    async def _take(self, heartbeat: Heartbeat) -> None:
        page = self._rulebook.page(heartbeat.service_pk)
        if page is None or not self._is_checked(heartbeat.service_pk):
            self._evaluator.pass_over(heartbeat.id)
            return
        if heartbeat.signal == "check" and (self._facts.now() - heartbeat.at).total_seconds() < WANTED_SECONDS:
            self._on_wanted(heartbeat.service_pk)
        self._book.note(heartbeat)
        if heartbeat.signal in ("log", "check"):
            self._evaluator.pass_over(heartbeat.id)
            return
        found = await self._judge(page, heartbeat)
        self._on_heard(heartbeat.service_pk)
        result = CheckResult(
            heartbeat.service_pk,
            heartbeat.at,
            found.status,
            found.message[:MESSAGE_LIMIT],
            found.response_ms,
            found.phases,
            found.metrics,
            report=None if page.config is None else Report(report_of(found, page.config)),
        )
        self._evaluator.take(result, heartbeat.id)

    def _is_checked(self, pk: int) -> bool:
        page = self._rulebook.page(pk)
        return page is not None and page.service.enabled

    async def _judge(self, page: Page, heartbeat: Heartbeat) -> ProbeResult:
        context = ProbeContext(
            None, f"heartbeat-{heartbeat.id}", heartbeat.service_pk, self._facts.at_moment(heartbeat.at)
        )
        try:
            if page.kind is None or page.config is None:
                return ProbeResult(Status.UNKNOWN, "reported, but cannot be judged: its settings are wrong")
            return await page.kind.probe(context, page.config)
        except Exception as err:
            logger.exception("a heartbeat could not be judged", service=page.service.service_id)
            return ProbeResult(Status.UNKNOWN, f"the check itself failed: {type(err).__name__}: {err}")

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._rung.wait()
        except TimeoutError:
            return
