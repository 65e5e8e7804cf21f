"""One transaction of alerting: all that happened, all that is due, what is to be told, and how far we are now."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting import clock_steps, people
from monitor_app.alerting.book import Book
from monitor_app.alerting.desk import Desk, Telling, Verdict
from monitor_app.alerting.draft import Draft
from monitor_app.alerting.holding import Holding, Waits
from monitor_app.alerting.turn import Turn
from monitor_app.domain.alerting.dependency import Dependencies
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.domain.alerting.severity import Severity
from monitor_app.storage.alerting_position import (
    EVENTS_LIMIT,
    AlertingPosition,
    alerting_revision,
    load_status_changes,
    read_alerting_position,
    rules_revision,
    write_alerting_position,
)
from monitor_app.storage.alerts import purge_alerts
from monitor_app.storage.history.record import lead
from monitor_app.storage.incidents import purge_incidents
from monitor_app.storage.standings import load_untold

# After so many steps others get a turn on the event loop.
BREATH: Final = 25
# Alerts and incidents are kept for so long after their end.
KEPT: Final = timedelta(days=365)
PURGE_LIMIT: Final = 500
UNTOLD_LIMIT: Final = 500

Item = TypeVar("Item")


@dataclass
class Tasks:
    """Why there is a pass at all: what nobody has looked at yet."""

    changed: set[int]
    verdicts: list[Verdict]
    is_everything: bool = False
    are_groups_old: bool = False
    is_purge: bool = False
    # By how much the wall clock was set.
    moved: timedelta = timedelta()


class Pass:
    """Changes the book; when it fails, the book is of no use any more."""

    def __init__(
        self,
        book: Book,
        desk: Desk,
        waits: Waits,
        dependencies: Dependencies,
        telling: Telling,
        verdicts: dict[tuple[int, int], Verdict],
        now: datetime,
    ) -> None:
        self._book = book
        self._desk = desk
        self._waits = waits
        self._dependencies = dependencies
        self._telling = telling
        self._verdicts = verdicts
        self._now = now
        # What is known of these counts no more, once this is written.
        self.forgotten: frozenset[int] = frozenset()
        # There are more events than are dealt with at a time: whom to tell is noted, and told with the last of them.
        self.is_part = False

    async def run(self, conn: AsyncConnection, tasks: Tasks) -> int:
        """Returns the counter `alerting` as it is afterwards. Raises LeadershipLost, DatabaseUnavailable."""
        book, now = self._book, self._now
        await lead(conn, self._desk.epoch)
        has_orders = await rules_revision(conn, is_locked=True) != book.rules_revision
        if tasks.moved:
            await clock_steps.move(conn, now, tasks.moved)
        is_old = has_orders or tasks.are_groups_old or bool(tasks.moved)
        changed_rules = await self._read_orders(conn) if is_old else frozenset()
        holding = Holding(book, self._desk, self._waits, self._dependencies, now)
        turn = Turn(book, self._desk, self._waits, holding, self._verdicts, now)
        event_id = await self._take_events(conn, turn)
        remembered = people.moved(book, book.position.memory, tasks.moved)
        is_everything = has_orders or tasks.are_groups_old or tasks.is_everything
        await self._look(turn, tasks, changed_rules, is_everything=is_everything)
        for verdict in tasks.verdicts:
            turn.take_verdict(verdict)
        self.forgotten = frozenset(turn.forgotten)
        async for key in _with_breath(list(book.alerts)):
            turn.advance(key)
        turn.look_after_the_monitor()
        orders = people.Orders()
        if is_everything:
            orders = await people.carry_out(conn, book, turn.draft, turn.gathering, now)
            turn.gathering.touch_empty()
        turn.end_flapping()
        async for _ in _with_breath(turn.gathering.finish()):
            pass
        memory = people.take_acknowledgements(book, turn.draft, remembered, now)
        await self._save(conn, turn.draft, orders, AlertingPosition(event_id, memory), has_orders=has_orders)
        if tasks.is_purge:
            await purge_alerts(conn, now - KEPT, PURGE_LIMIT)
            await purge_incidents(conn, now - KEPT, PURGE_LIMIT)
        return await alerting_revision(conn)

    async def _read_orders(self, conn: AsyncConnection) -> frozenset[int]:
        """What people say now; returns the rules that wait for something else than before."""
        before = self._book.known_rules
        await self._book.read_orders(conn, self._desk.services(), self._now)
        after = self._book.known_rules
        changed = {pk for pk in before.keys() & after.keys() if before[pk].document() != after[pk].document()}
        for key in [key for key in self._verdicts if key[0] in changed or key[0] not in self._book.rules]:
            del self._verdicts[key]
        return frozenset(changed)

    async def _take_events(self, conn: AsyncConnection, turn: Turn) -> int:
        # Not from memory: it goes back when events are deleted (storage/alerting_position.py).
        self._book.position = await read_alerting_position(conn)
        event_id = self._book.position.event_id
        changes = await load_status_changes(conn, event_id, EVENTS_LIMIT)
        self.is_part = len(changes) == EVENTS_LIMIT
        async for change in _with_breath(changes):
            turn.take(change)
            event_id = change.id
        return event_id

    async def _look(self, turn: Turn, tasks: Tasks, changed_rules: frozenset[int], *, is_everything: bool) -> None:
        turn.end_orphans()
        for pk in changed_rules:
            active = self._book.rules.get(pk)
            if active is not None and active.statuses is None:
                turn.drop_rule(pk)
        wanted: Iterable[int] = tasks.changed
        if is_everything:
            wanted = _everything(self._book, self._desk, tasks.changed)
        async for pk in _with_breath(wanted):
            turn.look_at(pk, changed_rules)

    async def _save(
        self,
        conn: AsyncConnection,
        draft: Draft,
        orders: people.Orders,
        position: AlertingPosition,
        *,
        has_orders: bool,
    ) -> None:
        news = await draft.save(conn)
        if has_orders:
            news += await _untold(conn, {one.incident_pk for one in news})
        self._take_over(draft)
        await orders.pass_on(conn, self._now, self._telling, draft)
        if news:
            await self._telling.tell(conn, self._now, news, is_part=self.is_part)
        if not self.is_part:
            await self._telling.due(conn, self._now)
        if position != self._book.position:
            await write_alerting_position(conn, position)
            self._book.position = position

    def _take_over(self, draft: Draft) -> None:
        """Everything has its real number now."""
        book = self._book
        for temporary in draft.incident_pks:
            book.incidents.pop(temporary, None)
        for incident in draft.incidents.values():
            if incident.resolved_at is None:
                book.incidents[incident.pk] = incident
        for alert in draft.alerts.values():
            book.put(alert)


async def _with_breath(items: Iterable[Item]) -> AsyncIterator[Item]:
    """All of them; others on the event loop have a turn in between, for checks must start on time."""
    for number, item in enumerate(items, 1):
        yield item
        if number % BREATH == 0:
            await asyncio.sleep(0)


def _everything(book: Book, desk: Desk, changed: Collection[int]) -> list[int]:
    """All services that there are, and all that something is open of."""
    pks = {service.pk for service in desk.services()} | set(changed)
    return sorted(pks | {alert.service_pk for alert in book.alerts.values() if alert.service_pk is not None})


async def _untold(conn: AsyncConnection, but: Collection[int]) -> list[IncidentNews]:
    """What nobody could be told when it happened: somebody has made a way to since."""
    return [
        IncidentNews(pk, "fired", (alert_pk,), cast("Severity", severity), policy_pk)
        for pk, alert_pk, severity, policy_pk in await load_untold(conn, UNTOLD_LIMIT)
        if pk not in but
    ]
