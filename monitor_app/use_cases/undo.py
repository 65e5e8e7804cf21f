"""Undoing one's own changes, and doing them again: each one transaction, by the same rules as changing by hand.

What was undone is itself recorded, for the history of each service; it is not undone but done again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.change import GROUP, SERVICE, Change, ChangeItem, ChangeState
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.given import given_pk
from monitor_app.domain.relation import Relation
from monitor_app.errors import Conflict, NotFound, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.storage import change_log as log
from monitor_app.storage.database import Database
from monitor_app.storage.relations import raise_counters
from monitor_app.storage.services import load_services_by_pk, service_revision
from monitor_app.use_cases.auditing import record_pairs, shown_relation, shown_service
from monitor_app.use_cases.change_conflicts import conflict_of
from monitor_app.use_cases.change_log import record_change
from monitor_app.use_cases.change_words import titles
from monitor_app.use_cases.change_writing import ChangeWriter, Written
from monitor_app.use_cases.group_writing import shown_group
from monitor_app.use_cases.services import Clock

# Who says only "undo" means what they have just done.
RECENT: Final = timedelta(hours=24)
LIST_LIMIT: Final = 200
Direction = Literal["undo", "redo"]
_FROM: Final[Mapping[Direction, ChangeState]] = {"undo": "done", "redo": "undone"}
_TO: Final[Mapping[Direction, ChangeState]] = {"undo": "undone", "redo": "done"}


@dataclass(frozen=True, slots=True)
class TitledChange:
    """A change and what it is called, such as "deleting Shop"."""

    change: Change
    title: str


class UndoUseCases:
    """What somebody does with their own changes. It takes the permissions that the way back takes by hand."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._writer = ChangeWriter(registry)
        self._clock = clock
        self._bus = bus

    async def changes(self, identity: Identity, limit: int = 50, before_pk: int | None = None) -> list[TitledChange]:
        """The caller's own, the newest first; at most 200, from before one of them on."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return []
        async with self._database.read() as conn:
            found = await log.load_changes(conn, identity.account_pk, min(limit, LIST_LIMIT), before_pk)
            named = await titles(conn, found)
        return [TitledChange(change, named[change.pk]) for change in found]

    async def next_change(
        self, identity: Identity, direction: Direction, past: Collection[int] = ()
    ) -> TitledChange | None:
        """What `undo` or `redo` would take now, were there not the few changes in `past`; None when there is none."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return None
        since = self._clock.now() - RECENT
        async with self._database.read() as conn:
            found = await log.next_change(conn, identity.account_pk, _FROM[direction], since, past)
            named = await titles(conn, [found] if found is not None else [])
        return None if found is None else TitledChange(found, named[found.pk])

    async def undo(self, identity: Identity) -> TitledChange:
        """Take back the last change of the caller. Raises NotFound when there is none of the last 24 hours; and as
        `undo_change`.
        """
        return await self._turn(identity, "undo", None)

    async def redo(self, identity: Identity) -> TitledChange:
        """Do again what the caller undid last. Raises NotFound, and as `redo_change`."""
        return await self._turn(identity, "redo", None)

    async def undo_change(self, identity: Identity, change_pk: int) -> TitledChange:
        """Take back one change of the caller, all of it or nothing.

        Raises Conflict when it is undone already, or final; when somebody has changed the same since, with who it was
        and what differs; when an id is taken by now, a member is missing, or a circle would be closed. NotFound;
        PermissionDenied for a change of somebody else's, and for what one may not do by hand.
        """
        return await self._turn(identity, "undo", given_pk("change_id", change_pk))

    async def redo_change(self, identity: Identity, change_pk: int) -> TitledChange:
        """Do again what was undone. Raises as `undo_change`; Conflict, too, when something else was done since."""
        return await self._turn(identity, "redo", given_pk("change_id", change_pk))

    async def _turn(self, identity: Identity, direction: Direction, change_pk: int | None) -> TitledChange:
        identity.require(SERVICE_WRITE)
        async with self._database.write() as conn:
            await raise_counters(conn)  # nobody else changes services or relations from here on
            now = self._clock.now()
            change = await self._find(conn, identity, direction, change_pk, now)
            title = (await titles(conn, [change]))[change.pk]
            items = await log.load_items(conn, change.pk)
            if direction == "undo":
                items = [item.turned for item in reversed(items)]
            if strays := await self._writer.find_strays(conn, items):
                raise await conflict_of(conn, change, strays)
            written = await self._writer.write(conn, identity, items, now, change)
            await log.set_state(conn, change.pk, _TO[direction])
            await _record(conn, identity, direction, change, items, written, now)
            revision = await service_revision(conn)
        self._bus.publish(ServicesChanged(revision))
        return TitledChange(change, title)

    async def _find(
        self, conn: AsyncConnection, identity: Identity, direction: Direction, change_pk: int | None, now: datetime
    ) -> Change:
        if change_pk is None:
            mine = identity.account_pk
            found = None if mine is None else await log.next_change(conn, mine, _FROM[direction], now - RECENT)
            if found is None:
                raise NotFound(f"there is nothing to {direction}")
            return found
        change = await log.find_change(conn, change_pk)
        if change is None:
            raise NotFound(f"there is no change {change_pk}, or it is too old")
        if identity.account_pk is None or change.account_pk != identity.account_pk:
            raise PermissionDenied(f"change {change_pk} was made by {change.who}: one undoes only one's own changes")
        if change.state != _FROM[direction]:
            why = "cannot be undone or done again any more" if change.state == "final" else f"is {change.state} already"
            raise Conflict({"change": why}, {"state": change.state})
        return change


async def _record(
    conn: AsyncConnection,
    identity: Identity,
    direction: Direction,
    change: Change,
    items: Sequence[ChangeItem],
    written: Written,
    now: datetime,
) -> None:
    subjects = {item.subject for item in items}
    noun = next((subject for subject in (GROUP, SERVICE) if subject in subjects), "relation")
    action = f"{noun}.{direction}"
    await record_change(conn, identity, action, now, items, undoable=False)
    pairs = await shown_pairs(conn, written)
    await record_pairs(conn, identity, action, now, noun, f"change {change.pk}: {change.action}", pairs)


async def shown_pairs(
    conn: AsyncConnection, written: Written
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """What was written as the audit log shows it: before and after, None where it was not there."""
    pairs: list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]] = []
    pairs += [(shown_service(old), shown_service(new)) for old, new in written.changed]
    pairs += [(shown_service(service), None) for service in written.went]
    pairs += [(None, shown_service(service)) for service in written.came]
    moved: list[tuple[Relation | None, Relation | None]] = [*written.relinked]
    moved += [(relation, None) for relation in written.unlinked]
    moved += [(None, relation) for relation in written.linked]
    ends = {pk for pair in moved for one in pair if one is not None for pk in (one.source_pk, one.target_pk)}
    names = {pk: service.service_id for pk, service in (await load_services_by_pk(conn, ends)).items()}

    def shown(relation: Relation | None) -> Mapping[str, Any] | None:
        if relation is None:
            return None
        return shown_relation(relation, names.get(relation.source_pk, "?"), names.get(relation.target_pk, "?"))

    grouped = [tuple(None if one is None else shown_group(one) for one in pair) for pair in written.grouped]
    return pairs + [(shown(old), shown(new)) for old, new in moved] + [(old, new) for old, new in grouped]
