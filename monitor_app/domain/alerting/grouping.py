"""When a channel is told of an incident, and what is told together: one page for one outage, no flood in a storm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Self

Pending = Literal["", "fired", "escalated", "update", "resolved", "repeat"]
# While so many incidents were told on a channel within the time of a group, the ends of incidents wait for each other.
CROWD: Final = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """`group`: what comes within it is told together. `update`: the least time between two messages of an incident.

    `repeat`: when an open incident is told again though nothing has changed; None: never.
    """

    group: timedelta
    update: timedelta
    repeat: timedelta | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a channel was told of an incident, and what it is to be told next, and when.

    `noted_at` is since when something waits to be told; `is_over` whether it was told the end; `note` goes along.
    `held_at` is when it was written down last that it has to wait; `waits_since` is when it was first put off so that
    it is told together with others. `is_diverted`: its channel is switched off, and others were told of that.
    """

    incident_pk: int
    channel_pk: int
    first_told_at: datetime | None = None
    last_told_at: datetime | None = None
    due_at: datetime | None = None
    number: int = 0
    pending: Pending = ""
    noted_at: datetime | None = None
    is_over: bool = False
    note: str = ""
    held_at: datetime | None = None
    waits_since: datetime | None = None
    is_diverted: bool = False

    @property
    def was_told(self) -> bool:
        """Whether it knows that the incident is open."""
        return self.first_told_at is not None and not self.is_over

    def memory(self) -> dict[str, Any]:
        """What is stored of it as JSON."""
        return {
            "pending": self.pending,
            "noted_at": _millis(self.noted_at),
            "is_over": self.is_over,
            "note": self.note,
            "held_at": _millis(self.held_at),
            "waits_since": _millis(self.waits_since),
            "is_diverted": self.is_diverted,
        }

    def remembering(self, memory: Mapping[str, Any]) -> Self:
        """With what was stored as JSON."""
        return replace(
            self,
            pending=memory.get("pending", ""),
            noted_at=_moment(memory.get("noted_at")),
            is_over=bool(memory.get("is_over")),
            note=str(memory.get("note", "")),
            held_at=_moment(memory.get("held_at")),
            waits_since=_moment(memory.get("waits_since")),
            is_diverted=bool(memory.get("is_diverted")),
        )


def page(standing: Standing, now: datetime, pace: Pace) -> Standing:
    """An incident is to be told; who knows of it already gets it as an update."""
    if standing.was_told:
        # It began anew before its end was told.
        return update(replace(standing, pending="") if standing.pending == "resolved" else standing, now, pace)
    if standing.pending in ("fired", "escalated"):
        # What waits until quiet hours end is looked at again: it may have become too severe to wait.
        return standing if standing.held_at is None else replace(standing, due_at=now)
    return replace(_unknown(standing), pending="fired", due_at=now, noted_at=now)


def update(standing: Standing, now: datetime, pace: Pace) -> Standing:
    """Something about an incident has changed: told when it is time; who was not told of it learns nothing."""
    if not standing.was_told or standing.pending not in ("", "repeat"):
        return standing
    at = max(now, (standing.last_told_at or now) + pace.update)
    return replace(standing, pending="update", due_at=at, noted_at=now, held_at=None, is_diverted=False)


def insist(standing: Standing, now: datetime, note: str) -> Standing:
    """A step of an escalation, or a severity that was raised: told at once, whatever was told before."""
    if standing.was_told:
        pending: Pending = "escalated" if note else "update"
        return replace(standing, pending=pending, due_at=now, noted_at=now, note=note, held_at=None, is_diverted=False)
    first: Pending = "escalated" if note else "fired"
    return replace(_unknown(standing), pending=first, due_at=now, noted_at=standing.noted_at or now, note=note)


def end(standing: Standing, now: datetime) -> Standing:
    """The incident is over: who was told that it began is told at once, who was not is told nothing."""
    if standing.was_told:
        return replace(standing, pending="resolved", due_at=now, noted_at=now, note="", held_at=None, is_diverted=False)
    return replace(standing, pending="", due_at=None, noted_at=None, note="", held_at=None, is_diverted=False)


def told(standing: Standing, now: datetime, pace: Pace) -> Standing:
    """It was told what was pending."""
    is_over = standing.pending == "resolved"
    due_at = None if is_over or pace.repeat is None else now + pace.repeat
    return replace(
        standing,
        first_told_at=standing.first_told_at if standing.was_told or is_over else now,
        last_told_at=now,
        due_at=due_at,
        number=standing.number + 1,
        pending="" if due_at is None else "repeat",
        noted_at=None,
        is_over=is_over,
        note="",
        held_at=None,
        waits_since=None,
        is_diverted=False,
    )


def held(standing: Standing, now: datetime, until: datetime | None) -> Standing:
    """It has to wait, or is dropped when it waits for nothing."""
    if until is None:
        return replace(standing, pending="", due_at=None, noted_at=None, note="", held_at=None, is_diverted=False)
    return replace(standing, due_at=until, held_at=now)


def united(ours: Standing | None, theirs: Standing, incident_pk: int) -> Standing:
    """Of an incident that another one has become part of: who was told of one was told of both."""
    if ours is None:
        return replace(theirs, incident_pk=incident_pk)
    first = [at for each in (ours, theirs) if each.was_told and (at := each.first_told_at) is not None]
    last = [each.last_told_at for each in (ours, theirs) if each.last_told_at is not None]
    due = sorted((each.due_at, each is ours) for each in (ours, theirs) if each.due_at is not None)
    soonest = theirs if due and not due[0][1] else ours
    pending = "update" if first and soonest.pending in ("fired", "resolved") else soonest.pending
    return replace(
        soonest,
        incident_pk=incident_pk,
        first_told_at=min(first, default=None),
        last_told_at=max(last, default=None),
        number=max(ours.number, theirs.number),
        is_over=ours.is_over and theirs.is_over,
        pending=pending,
    )


def copied(standing: Standing, incident_pk: int, now: datetime, pace: Pace) -> Standing:
    """Of an incident that was split off one that this channel knows: it is told so when it is time."""
    return update(replace(standing, incident_pk=incident_pk, pending="", due_at=None, note=""), now, pace)


def _unknown(standing: Standing) -> Standing:
    """Of an incident that it does not know, or whose end it was told."""
    return replace(standing, first_told_at=None, is_over=False, note="", held_at=None, is_diverted=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Messages that go out now, each about one or more incidents, and the others, which wait."""

    messages: tuple[tuple[Standing, ...], ...] = ()
    waiting: tuple[Standing, ...] = ()


def plan(
    due: Sequence[Standing],
    recent: Iterable[tuple[datetime, int]],
    now: datetime,
    pace: Pace,
    *,
    one_by_one: bool = False,
) -> Plan:
    """What of all that is due on a channel it is told now.

    `recent` are the messages of late, each with the number of incidents that it told of. `one_by_one` is for receivers
    that keep an account of each incident themselves: they are never told of several in one message, and do not wait.
    """
    if one_by_one:
        return Plan(tuple((each,) for each in due))
    # What seems to come was written before the clock was set back.
    last = [(at, incidents) for at, incidents in recent if timedelta() <= now - at < pace.group]
    ends = [each for each in due if each.pending == "resolved"]
    others = [each for each in due if each.pending != "resolved"]
    messages: list[tuple[Standing, ...]] = []
    is_crowded = sum(incidents for _, incidents in last) >= CROWD
    if ends and not is_crowded:
        messages.append(tuple(ends))
    elif ends:
        others = [*ends, *others]
    if not others:
        return Plan(tuple(messages))
    began_at = min(one.waits_since or now for one in others)
    first = [one for one in others if one.pending == "fired"]
    if now < began_at + pace.group:  # nobody waits for longer, whatever else goes on
        if messages or last:
            newest = now if messages else max(at for at, _ in last)
            return _put_off(messages, others, now, min(newest, began_at) + pace.group)
        if len(first) == 1 and len(others) > 1:
            rest = [one for one in others if one is not first[0]]
            return _put_off([(first[0],)], rest, now, began_at + pace.group)
        if len(first) > 1 and not any(one.waits_since for one in first):
            # Where several begin together there may be more to come.
            return _put_off([], others, now, now + pace.group)
    return Plan((*messages, tuple(others)))


def _put_off(
    messages: Sequence[tuple[Standing, ...]], others: Sequence[Standing], now: datetime, until: datetime
) -> Plan:
    waiting = (replace(one, due_at=until, waits_since=one.waits_since or now) for one in others)
    return Plan(tuple(messages), tuple(waiting))


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def _moment(millis: Any) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)
