"""Puts into the outbox what is due, as few messages as possible, and into the log what is held back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor_app.alerting.composing import compose, most_important
from monitor_app.alerting.dead_letters import say_off
from monitor_app.alerting.sheet import Sheet
from monitor_app.domain.alerting import grouping
from monitor_app.domain.alerting.escalation import LOOK_AGAIN
from monitor_app.domain.alerting.grouping import Standing, plan
from monitor_app.domain.alerting.quiet import quiet_until
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.models.types import to_millis
from monitor_app.storage import standings as table
from monitor_app.storage.delivery_alerts import Undelivered, undelivered
from monitor_app.storage.notifications import (
    HELD,
    SWITCHED_OFF,
    NewNotification,
    hopeless,
    insert_notifications,
    recent,
)
from monitor_app.storage.receivers import ReceivingChannel
from monitor_app.storage.services import raise_counter
from monitor_app.storage.standings import IncidentFacts

# What is due is dealt with in pieces of so many, and so many messages are made in one transaction at most.
DUE_LIMIT = 20_000
MESSAGES_LIMIT = 50
MERGING = timedelta(seconds=5)
OVER_BEFORE = "over before anything was sent"
NEVER_ARRIVED = "nothing of this incident arrived there"


@dataclass
class Post:
    """Of one pass. Everything that is due by its clock goes out, or is put off, or is written down as held."""

    sheet: Sheet
    _new: list[NewNotification] = field(default_factory=list)
    # The channel and the incidents of each of them.
    _told: list[tuple[ReceivingChannel, Sequence[Standing]]] = field(default_factory=list)
    _messages: int = 0
    _holds: int = 0

    async def note(self) -> None:
        """Nothing goes out yet; what is due stays so."""
        await self._log_dropped()
        await self._write()

    async def send_due(self) -> bool:
        """Returns whether anything was written to the outbox or the log."""
        sheet = self.sheet
        await self._log_dropped()
        due = [one for one in sheet.standings.values() if one.due_at is not None and one.due_at <= sheet.now]
        by_channel: dict[int, list[Standing]] = defaultdict(list)
        never_arrived = await hopeless(sheet.conn, [one.incident_pk for one in due if one.pending == "resolved"])
        for one in due:
            if await self._may_go(one, never_arrived):
                by_channel[one.channel_pk].append(one)
        lately = await recent(sheet.conn, sheet.now - sheet.pace.group) if by_channel else {}
        # Those that get a message for each incident come last: they must not take the room of all others.
        channels = sheet.directory.channels
        ordered = sorted(by_channel, key=lambda pk: self._rank(channels[pk]))
        for number, channel_pk in enumerate(ordered):
            # What is left is shared, so that one of them does not wait until another one has had all of its own.
            room = max(1, (MESSAGES_LIMIT - self._messages) // (len(ordered) - number))
            await self._send(channels[channel_pk], by_channel[channel_pk], lately.get(channel_pk, []), room)
        return await self._write()

    def _rank(self, channel: ReceivingChannel) -> tuple[bool, int]:
        return channel.kind in self.sheet.one_by_one, channel.pk

    async def _send(
        self, channel: ReceivingChannel, due: Sequence[Standing], lately: Sequence[tuple[datetime, int]], room: int
    ) -> None:
        sheet = self.sheet
        one_by_one = channel.kind in sheet.one_by_one
        planned = plan(due, lately, sheet.now, sheet.pace, one_by_one=one_by_one)
        for one in planned.waiting:
            sheet.put(one)
        limit = room if one_by_one else max(0, MESSAGES_LIMIT - self._messages)
        for message in planned.messages[:limit]:  # the others in the next pass: they stay due
            self._messages += 1
            await self._write_message(channel, message)

    async def _write_message(self, channel: ReceivingChannel, standings: Sequence[Standing]) -> None:
        sheet = self.sheet
        ordered = most_important(standings, sheet.facts)
        message = await compose(sheet.conn, ordered, sheet.facts, sheet.now)
        self._add(channel, ordered, key=_key(ordered[0]), kind=message.kind, message=message.document())
        for one in ordered:
            sheet.put(grouping.told(one, sheet.now, sheet.pace))

    async def _may_go(self, one: Standing, never_arrived: set[tuple[int, int]]) -> bool:
        """Whether it may be told now; else it is put off or dropped, which is written down."""
        sheet = self.sheet
        incident, channel = sheet.facts.get(one.incident_pk), sheet.directory.channels.get(one.channel_pk)
        if incident is None or channel is None:
            sheet.put(grouping.held(one, sheet.now, None))
            return False
        if incident.merged_into_pk is not None:  # a moment later it is the other one's
            sheet.put(replace(one, due_at=sheet.now + MERGING))
            return False
        if one.pending == "repeat" and (incident.resolved_at is not None or incident.is_acknowledged(sheet.now)):
            is_over = incident.resolved_at is not None or sheet.pace.repeat is None
            again = sheet.now + (sheet.pace.repeat or sheet.pace.update)
            if not is_over and incident.acknowledged_until is not None:  # then nobody is on it any more
                again = min(again, incident.acknowledged_until)
            sheet.put(replace(one, due_at=None if is_over else again))
            return False
        if incident.is_held and not self._is_due_though_held(one, channel):
            wait = (sheet.pace.repeat or LOOK_AGAIN) if one.pending == "repeat" else LOOK_AGAIN
            sheet.put(replace(one, due_at=sheet.now + wait))
            return False
        if one.channel_pk not in sheet.directory.receivers.channel_names:
            await self._wait_for_channel(one, channel, incident)
            return False
        if one.pending == "resolved" and (one.incident_pk, one.channel_pk) in never_arrived:
            await self._hold(one, channel, NEVER_ARRIVED, None)
            return False
        until = self._quiet_until(channel, incident)
        if until is None or channel.account_pk is None:
            return True
        if one.held_at is not None:  # that is in the log already
            sheet.put(grouping.held(one, sheet.now, until))
            return False
        name = sheet.directory.receivers.people[channel.account_pk]
        await self._hold(one, channel, f"quiet hours of {name}", until, is_told_when=True)
        return False

    async def _wait_for_channel(self, one: Standing, channel: ReceivingChannel, incident: IncidentFacts) -> None:
        """Somebody may switch it on again while it lasts; it is in the log once, and others are told of it."""
        sheet = self.sheet
        again = sheet.now + sheet.pace.update
        if one.pending == "resolved":
            await self._hold(one, channel, SWITCHED_OFF, None)
        elif one.pending == "repeat":
            sheet.put(replace(one, due_at=sheet.now + (sheet.pace.repeat or sheet.pace.update)))
        elif one.is_diverted:
            sheet.put(grouping.held(one, sheet.now, again))
        elif (until := self._quiet_until(channel, incident)) is not None and one.held_at is not None:
            sheet.put(grouping.held(one, sheet.now, until))
        elif until is not None or (one.pending == "update" and incident.is_acknowledged(sheet.now)):
            await self._hold(one, channel, SWITCHED_OFF, until or again)
        else:
            await self._hold(replace(one, is_diverted=True), channel, SWITCHED_OFF, again)

    def _quiet_until(self, channel: ReceivingChannel, incident: IncidentFacts) -> datetime | None:
        """Until when whose channel it is wants to be left alone."""
        if channel.account_pk is None:
            return None
        return quiet_until(self.sheet.directory.book.quiet.get(channel.account_pk), incident.severity, self.sheet.now)

    def _is_due_though_held(self, one: Standing, channel: ReceivingChannel) -> bool:
        """Its end is told, and who keeps incidents is told of acknowledgements: all else rests."""
        return one.pending == "resolved" or (one.pending == "update" and channel.kind in self.sheet.one_by_one)

    async def _hold(
        self,
        one: Standing,
        channel: ReceivingChannel,
        why: str,
        until: datetime | None,
        *,
        is_told_when: bool = False,
    ) -> None:
        """Into the log; whether `until` is told there as well, or is only when it is looked at again."""
        if self._holds == MESSAGES_LIMIT:  # the others in the next pass
            return
        self._holds += 1
        sheet = self.sheet
        sheet.put(grouping.held(one, sheet.now, until))
        if one.pending == "repeat" and until is None:
            return
        message = await compose(sheet.conn, [one], sheet.facts, sheet.now)
        key = f"{_key(one)}-held-{to_millis(sheet.now)}"
        self._add(
            channel,
            [one],
            key=key,
            kind=message.kind,
            message=message.document(),
            why=why,
            until=until if is_told_when else None,
        )

    async def _log_dropped(self) -> None:
        for one in self.sheet.dropped[:MESSAGES_LIMIT]:
            channel = self.sheet.directory.channels.get(one.channel_pk)
            if channel is not None and one.incident_pk in self.sheet.facts:
                message = await compose(self.sheet.conn, [one], self.sheet.facts, self.sheet.now)
                key = f"{_key(one)}-held-{to_millis(self.sheet.now)}"
                self._add(channel, [one], key=key, kind=message.kind, message=message.document(), why=OVER_BEFORE)

    def _add(
        self,
        channel: ReceivingChannel,
        standings: Sequence[Standing],
        *,
        key: str,
        kind: str,
        message: dict[str, object],
        why: str = "",
        until: datetime | None = None,
    ) -> None:
        """Into the outbox; with a reason why it is held, and until when, only into the log."""
        self._told.append((channel, standings))
        self._new.append(
            NewNotification(
                dedupe_key=key,
                kind=kind,
                channel_pk=channel.pk,
                channel_name=channel.name,
                account_pk=channel.account_pk,
                message=message,
                created_at=self.sheet.now,
                incident_pks=tuple(one.incident_pk for one in standings),
                state=HELD if why else "waiting",
                why=why,
                due_at=until if why else self.sheet.now,
            )
        )

    async def _write(self) -> bool:
        sheet = self.sheet
        await sheet.save()
        pks = await insert_notifications(sheet.conn, self._new)
        for pk, new, (channel, standings) in zip(pks, self._new, self._told, strict=True):
            name = sheet.directory.story_name(channel)
            text = f"{name}: {new.why}" if new.why else name
            facts = {"until": new.due_at.isoformat()} if new.why and new.due_at is not None else {}
            for one in standings:
                kind = "held" if new.why else "told"
                sheet.note(one.incident_pk, kind, text, notification_pk=pk, told=new.kind, **facts)
        if sheet.entries:
            await table.add_entries(sheet.conn, sheet.entries, await raise_counter(sheet.conn, ALERTING_REVISION))
        await self._divert(pks)
        return bool(pks)

    async def _divert(self, pks: Sequence[int]) -> None:
        """Others are told of what cannot be told on a channel that is switched off."""
        sheet = self.sheet
        by_channel: dict[int, list[Undelivered]] = defaultdict(list)
        for pk, new, (_, standings) in zip(pks, self._new, self._told, strict=True):
            if new.why == SWITCHED_OFF and any(one.is_diverted for one in standings):
                by_channel[new.channel_pk].append(undelivered(pk, new.message))
        for channel_pk, pages in by_channel.items():
            name = sheet.directory.story_name(sheet.directory.channels[channel_pk])
            revision = await raise_counter(sheet.conn, ALERTING_REVISION)
            await say_off(sheet.conn, channel_pk, name, SWITCHED_OFF, pages, sheet.now, revision)


def _key(standing: Standing) -> str:
    """The same for the same message, however often it is sent."""
    return f"lightbulb-{standing.incident_pk}-{standing.channel_pk}-{standing.number + 1}"
