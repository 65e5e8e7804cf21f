"""Who is told of incidents, and when: called inside the transaction in which incidents change."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting.posting import DUE_LIMIT, MESSAGES_LIMIT, Post
from monitor_app.alerting.sheet import Sheet
from monitor_app.domain.alerting.escalation import MERGED, stopped
from monitor_app.domain.alerting.grouping import copied, united
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.storage import standings as table
from monitor_app.storage.notifications import share_waiting
from monitor_app.storage.receivers import load_directory
from monitor_app.storage.settings import load_alerting_settings


class Telling:
    """Everything it knows is in the tables, so a transaction that is rolled back has told nothing.

    `one_by_one` are the kinds of channels whose receivers keep an account of each incident, and of acknowledgements.
    """

    def __init__(self, one_by_one: Iterable[str] = ()) -> None:
        # When `due` has something to do next, as of the last call; None: nothing waits.
        self.next_due: datetime | None = None
        self._one_by_one = frozenset(one_by_one)

    async def tell(
        self, conn: AsyncConnection, now: datetime, news: Sequence[IncidentNews], *, is_part: bool = False
    ) -> None:
        """Tell what has just happened to incidents, or note when it is to be told; of a part it is only noted."""
        if not news:
            return
        sheet = await self._sheet(conn, now)
        await sheet.fetch(one.incident_pk for one in news)
        sheet.take(news)
        if is_part:
            sheet.escalate([run for run in sheet.runs.values() if run.due_at is not None and run.due_at <= now])
            await Post(sheet).note()
            self.next_due = now
        else:
            await self._go_on(sheet)

    async def due(self, conn: AsyncConnection, now: datetime) -> None:
        """Tell what the clock has made due: messages that waited for others, repeats, steps of policies."""
        self.next_due = await table.next_due(conn)
        if self.next_due is not None and self.next_due <= now:
            await self._go_on(await self._sheet(conn, now))

    async def begin(self, conn: AsyncConnection) -> None:
        """After a start, or after a transaction that came to nothing."""
        self.next_due = await table.next_due(conn)

    async def merged(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """An incident has become part of another one: whoever was told of it is told the end of that one."""
        sheet = await self._sheet(conn, now)
        await sheet.fetch([from_pk, into_pk])
        if into_pk not in sheet.facts:
            return
        for theirs in sheet.of(from_pk):
            ours = sheet.standings.get((into_pk, theirs.channel_pk))
            sheet.put(united(ours, theirs, into_pk))
        sheet.drop(from_pk)
        await table.drop_standings(conn, from_pk)
        await share_waiting(conn, from_pk, into_pk)
        _move_runs(sheet, from_pk, into_pk)
        await self._go_on(sheet)

    async def split(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """Part of an incident is one of its own now: whoever was told of it is told of both from now on."""
        sheet = await self._sheet(conn, now)
        await sheet.fetch([from_pk, into_pk])
        if into_pk not in sheet.facts:
            return
        for one in sheet.of(from_pk):
            if one.was_told:
                sheet.put(copied(one, into_pk, now, sheet.pace))
        for run in sheet.runs_of(from_pk):
            if run.due_at is not None:
                sheet.put_run(replace(run, incident_pk=into_pk))
        await share_waiting(conn, from_pk, into_pk)
        await self._go_on(sheet)

    async def _sheet(self, conn: AsyncConnection, now: datetime) -> Sheet:
        settings = await load_alerting_settings(conn)
        return Sheet(conn, now, settings.pace, await load_directory(conn), self._one_by_one)

    async def _go_on(self, sheet: Sheet) -> None:
        """What is due now, with what was already under way."""
        runs = await table.load_due_runs(sheet.conn, sheet.now, DUE_LIMIT)
        sheet_runs = [run for run in sheet.runs.values() if run.due_at is not None and run.due_at <= sheet.now]
        standings = await table.load_due(sheet.conn, sheet.now, DUE_LIMIT, sheet.incident_keepers(), MESSAGES_LIMIT)
        await sheet.fetch({run.incident_pk for run in runs} | {one.incident_pk for one in standings})
        sheet.add_runs(runs)
        sheet.add(standings)
        keys = {(run.incident_pk, run.policy_pk) for run in (*runs, *sheet_runs)}
        sheet.escalate(sheet.runs[key] for key in keys)
        await Post(sheet).send_due()
        self.next_due = await table.next_due(sheet.conn)


def _move_runs(sheet: Sheet, from_pk: int, into_pk: int) -> None:
    """Both share those of one: where the other has none of a policy, it goes on there."""
    for run in sheet.runs_of(from_pk):
        if (into_pk, run.policy_pk) not in sheet.runs:
            sheet.put_run(replace(run, incident_pk=into_pk))
        sheet.put_run(stopped(run, MERGED))
