"""Maintenance windows: planned once, or again and again. Who carries them out: window_watch.py."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.recurrence import (
    MINUTES_MAX,
    MINUTES_MIN,
    Occurrence,
    Window,
    active,
    all_clashing,
    clashing,
    given_local,
    given_recurrence,
    occurrences,
    upcoming,
)
from monitor_app.domain.alerting.wall_clock import at_wall_clock, given_zone
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import MAINTENANCE_WRITE, MONITOR_READ, Identity
from monitor_app.storage import maintenance_windows as table
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.scope_input import given_scope, scope_names, services_of
from monitor_app.use_cases.selection import Present, Selection
from monitor_app.use_cases.services import Clock

FIELDS: Final = (
    "name",
    "reason",
    "public_title",
    "scope",
    "starts_at",
    "time_zone",
    "minutes",
    "recurrence",
    "enabled",
)
NAME_LIMIT: Final = 120
REASON_LIMIT: Final = 200
PUBLIC_TITLE_LIMIT: Final = 200
WINDOWS_LIMIT: Final = 500
CALENDAR_DAYS_MAX: Final = 400
CLASHES: Final = timedelta(days=92)
# The list looks less far: it is read again and again.
SOON: Final = timedelta(days=31)
PREVIEWED: Final = 5
_DEFAULTS: Final[Mapping[str, Any]] = {
    "reason": "",
    "public_title": "",
    "scope": {},
    "time_zone": "UTC",
    "minutes": 60,
    "recurrence": "",
    "enabled": True,
}


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window as people see it: its scope by names, what is on now and comes next, and who else is at that time."""

    window: Window
    scope: Mapping[str, Sequence[str]]
    services: int
    now: Occurrence | None
    following: Occurrence | None
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence in the calendar."""

    window: Window
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Preview:
    """What a window would do that nobody has planned yet: its next times, how many services, who else is on then."""

    occurrences: tuple[Occurrence, ...]
    services: int
    clashes: tuple[str, ...]


class MaintenanceWindows:
    """Everybody with an account reads them, those with maintenance:write keep them."""

    def __init__(self, database: Database, clock: Clock, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._present = present

    async def list_all(self, identity: Identity) -> list[WindowView]:
        """All, by name, with who else is on at the same time within a month."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            found = await table.load_windows(conn)
        now = self._clock.now()
        clashes = await asyncio.to_thread(all_clashing, found, now, now + SOON)
        return [replace(self._view(window), clashes=tuple(clashes.get(window.pk, ())[:10])) for window in found]

    async def get(self, identity: Identity, pk: Any) -> WindowView:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            window = await _found(conn, pk)
            return self._view(window, await table.load_windows(conn))

    async def calendar(
        self, identity: Identity, since: datetime, until: datetime, service_id: str | None = None
    ) -> list[Planned]:
        """What is on in a span of at most 400 days, in order; of one service, if it is named.

        Raises InvalidInput, and NotFound for a service that there is not.
        """
        identity.require(MONITOR_READ)
        if not since < until <= since + timedelta(days=CALENDAR_DAYS_MAX):
            raise InvalidInput({"until": f"must be after since, by at most {CALENDAR_DAYS_MAX} days"})
        async with self._database.read() as conn:
            found = await table.load_windows(conn)
        if service_id is not None:
            (service,) = self._present.chosen(Selection(service_ids=(service_id,)))
            tree = self._present.tree()
            found = [window for window in found if window.scope.matcher(tree)(service)]
        return await asyncio.to_thread(planned, found, since, until)

    async def preview(self, identity: Identity, values: Mapping[str, Any], pk: int = 0) -> Preview:
        """What would come of these values; `pk` is the window that they are to change. Raises InvalidInput."""
        identity.require(MAINTENANCE_WRITE)
        draft = await self._draft({**_DEFAULTS, "name": "?", **values}, identity.name)
        draft, now = replace(draft, pk=pk, enabled=True), self._clock.now()
        async with self._database.read() as conn:
            every = await table.load_windows(conn)
        times = await asyncio.to_thread(_next_times, draft, now)
        clashes = await asyncio.to_thread(clashing, every, draft, now, now + CLASHES)
        return Preview(times, len(services_of(self._present, draft.scope)), tuple(clashes[:10]))

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> WindowView:
        """Keep a new one. Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken.

        `starts_at` is what the wall clock of `time_zone` shows, `recurrence` the value of an RRULE or "" for once.
        """
        identity.require(MAINTENANCE_WRITE)
        draft = await self._draft({**_DEFAULTS, **values}, identity.name)
        now = self._clock.now()
        await asyncio.to_thread(_must_be_to_come, draft, now)
        async with self._database.write() as conn:
            await lock(conn)
            every = await table.load_windows(conn)
            if len(every) >= WINDOWS_LIMIT:
                raise Conflict({"name": f"cannot be kept: there are {WINDOWS_LIMIT} windows; delete some first"})
            _must_be_free(every, draft.name)
            pk = await table.insert_window(conn, table.columns_of(draft) | {"created_at": now, "updated_at": now})
            made = self._view(replace(draft, pk=pk), every)
            await _record(conn, identity, "maintenance_window.create", now, made, after=document_of(made))
        return made

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> WindowView:
        """Change what is named. What was left out of it stays left out. Raises NotFound, InvalidInput, Conflict."""
        identity.require(MAINTENANCE_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            window, every = await _found(conn, pk), await table.load_windows(conn)
            before = self._view(window)
            given = {**document_of(before), "scope": window.scope} | dict(values)
            draft = await self._draft(given, window.who, "scope" in values)
            draft = replace(draft, pk=window.pk, skipped=window.skipped)
            if _times_of(draft) != _times_of(window):
                await asyncio.to_thread(_must_be_to_come, draft, now)
            _must_be_free(every, draft.name, window.pk)
            await table.update_window(conn, window.pk, table.columns_of(draft) | {"updated_at": now})
            after = self._view(draft, every)
            old, new = document_of(before), document_of(after)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(conn, identity, "maintenance_window.update", now, after, before=sides[0], after=sides[1])
        return after

    async def delete(self, identity: Identity, pk: Any) -> None:
        """Take one away; what rests because of it goes on. Raises NotFound."""
        identity.require(MAINTENANCE_WRITE)
        async with self._database.write() as conn:
            await lock(conn)
            before = self._view(await _found(conn, pk))
            await table.delete_window(conn, before.window.pk)
            told = document_of(before)
            await _record(conn, identity, "maintenance_window.delete", self._clock.now(), before, before=told)

    async def skip(self, identity: Identity, pk: Any, local: Any) -> WindowView:
        """Leave one occurrence out, or end the one that is on. Raises NotFound, InvalidInput."""
        identity.require(MAINTENANCE_WRITE)
        name = given_text("occurrence", local, 16)
        async with self._database.write() as conn:
            await lock(conn)
            window = await _found(conn, pk)
            starts_at = at_wall_clock(given_local("occurrence", name), window.zone)
            there = occurrences(replace(window, skipped=frozenset()), starts_at, starts_at + timedelta(minutes=1))
            if name not in {each.local for each in there}:
                raise InvalidInput({"occurrence": f"must be one of this window, by its local beginning, got {name!r}"})
            await table.skip(conn, window.pk, [name])
            after = self._view(await _found(conn, pk))
            told = {"occurrence": name}
            await _record(conn, identity, "maintenance_window.skip", self._clock.now(), after, after=told)
        return after

    def _view(self, window: Window, every: Sequence[Window] = ()) -> WindowView:
        now = self._clock.now()
        following = upcoming(window, now)
        clashes = clashing(every, window, now, now + CLASHES) if every else []
        return WindowView(
            window,
            scope_names(self._present, window.scope),
            len(services_of(self._present, window.scope)),
            active(window, now),
            following,
            tuple(clashes[:10]),
        )

    async def _draft(self, given: Mapping[str, Any], who: str, must_match: bool = True) -> Window:
        wrong: dict[str, str] = {}
        found: dict[str, Any] = {}
        if strange := [name for name in given if name not in FIELDS]:
            wrong[strange[0]] = f"is not known: a maintenance window has {', '.join(FIELDS)}"
        checks: dict[str, Callable[[Any], Any]] = {
            "name": lambda value: given_text("name", value, NAME_LIMIT),
            "reason": lambda value: given_text("reason", value, REASON_LIMIT, is_required=False),
            "public_title": lambda value: given_text("public_title", value, PUBLIC_TITLE_LIMIT, is_required=False),
            "scope": lambda value: given_scope(self._present, value, must_match=must_match),
            "starts_at": lambda value: given_local("starts_at", value),
            "time_zone": lambda value: given_zone("time_zone", value),
            "minutes": lambda value: given_number("minutes", value, MINUTES_MIN, MINUTES_MAX),
            "enabled": _given_switch,
        }
        for name, check in checks.items():
            try:
                found[name] = check(given.get(name))
            except InvalidInput as err:
                wrong |= err.fields
        if "starts_at" in found:
            try:
                # What never happens is looked for over years: not on the loop.
                found["recurrence"] = await asyncio.to_thread(
                    given_recurrence, "recurrence", given.get("recurrence"), found["starts_at"]
                )
            except InvalidInput as err:
                wrong |= err.fields
        if wrong:
            raise InvalidInput(wrong)
        starts_local, zone = found.pop("starts_at"), found.pop("time_zone")
        return Window(0, starts_local=starts_local, zone=zone, who=who, **found)


def planned(windows: Iterable[Window], since: datetime, until: datetime) -> list[Planned]:
    """What is on in a span, in order; disabled windows are left out."""
    found = [
        Planned(window, each) for window in windows if window.enabled for each in occurrences(window, since, until)
    ]
    return sorted(found, key=lambda one: (one.occurrence.starts_at, one.window.name))


def _next_times(window: Window, now: datetime) -> tuple[Occurrence, ...]:
    """What is on, and what comes: five of them."""
    found = [] if (current := active(window, now)) is None else [current]
    at = now
    while len(found) < PREVIEWED and (following := upcoming(window, at)) is not None:
        found.append(following)
        at = following.starts_at
    return tuple(found)


def document_of(view: WindowView) -> dict[str, Any]:
    """As people give it, and as the audit log tells it."""
    window = view.window
    return {
        "name": window.name,
        "reason": window.reason,
        "public_title": window.public_title,
        "scope": dict(view.scope),
        "starts_at": window.starts_local.isoformat(timespec="minutes"),
        "time_zone": window.zone.key,
        "minutes": window.minutes,
        "recurrence": window.recurrence,
        "enabled": window.enabled,
    }


def _times_of(window: Window) -> tuple[Any, ...]:
    return window.starts_local, window.zone.key, window.minutes, window.recurrence


def _must_be_to_come(window: Window, now: datetime) -> None:
    """Raises InvalidInput for one that is over for good, whether or not it is carried out."""
    on = replace(window, enabled=True, skipped=frozenset())
    if active(on, now) is not None or upcoming(on, now) is not None:
        return
    if not window.recurrence:
        raise InvalidInput({"starts_at": "must not be over: the whole window lies in the past"})
    message = f"must come again: the last of its times is over, got {shown(window.recurrence)}"
    raise InvalidInput({"recurrence": message})


def _given_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput({"enabled": f"must be true or false, got {shown(value)}"})
    return value


async def _found(conn: AsyncConnection, pk: Any) -> Window:
    number = given_pk("window", pk)
    for window in await table.load_windows(conn):
        if window.pk == number:
            return window
    raise NotFound("there is no such maintenance window")


def _must_be_free(every: Sequence[Window], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(one.name.casefold() == name.casefold() and one.pk != but for one in every):
        raise Conflict({"name": "is taken by another maintenance window"})


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, view: WindowView, **sides: Any
) -> None:
    target = view.window.name
    await record(conn, identity, action, at=at, target_type="maintenance_window", target=target, **sides)
