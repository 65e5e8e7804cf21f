"""Notes: what people want others to know about a service or about one of its downtimes."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.given import given_lines, given_pk
from monitor_app.domain.note import TEXT_LIMIT, Note
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.security.permissions import ADMIN, MONITOR_READ, NOTE_WRITE, Identity
from monitor_app.storage import notes as table
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services_by_pk
from monitor_app.use_cases.auditing import record

NOTES_LIMIT: Final = 1000
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# Clocks of people's machines differ.
AHEAD: Final = timedelta(minutes=5)
_AUDITED: Final = 300


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class Notes:
    """Everybody with an account reads them, editors write them.

    Who wrote one changes or removes it, and so does an administrator. They are for the people of this installation: on
    boards and pages that are open to all they do not show.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_downtimes(self, identity: Identity, downtime_ids: Collection[int]) -> dict[int, list[Note]]:
        """Those about some downtimes, the oldest first; none for who may not read notes."""
        if not identity.may(MONITOR_READ):
            return {}
        async with self._database.read() as conn:
            return await table.notes_of_downtimes(conn, downtime_ids)

    async def get(self, identity: Identity, pk: Any) -> Note:
        """One of them. Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await _found(conn, pk)

    async def add(self, identity: Identity, service_pk: int, values: Mapping[str, Any]) -> Note:
        """Write a note: `text`, `at` (else now, or when the downtime ended), `downtime_id`.

        Raises InvalidInput; NotFound for a service that is gone or a downtime of another one; Conflict for too many.
        """
        identity.require(NOTE_WRITE)
        text, now = _text(values.get("text")), self._clock.now()
        async with self._database.write() as conn:
            service_id = await _service_id(conn, service_pk)
            if await table.count_notes(conn, service_pk) >= NOTES_LIMIT:
                raise Conflict({"text": f"cannot be kept: there are {NOTES_LIMIT} notes; delete some first"})
            downtime_id, at = await self._moment(conn, service_pk, values, now)
            kept = {
                "service_pk": service_pk,
                "downtime_id": downtime_id,
                "at": at,
                "account_pk": identity.account_pk,
                "who": identity.name[:80],
                "text": text,
                "created_at": now,
                "updated_at": now,
            }
            note = await _found(conn, await table.insert_note(conn, kept))
            await _record(conn, identity, "note.create", now, service_id, after=note)
        return note

    async def change(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> Note:
        """Let one say something else, or speak of another moment. Raises as `add`, and PermissionDenied."""
        identity.require(NOTE_WRITE)
        now = self._clock.now()
        changed: dict[str, Any] = {}
        if "text" in values:
            changed["text"] = _text(values["text"])
        if values.get("at") is not None:
            changed["at"] = _at(values["at"], now)
        async with self._database.write() as conn:
            before = await _own(conn, identity, pk)
            service_id = await _service_id(conn, before.service_pk)
            await table.update_note(conn, before.pk, changed | {"updated_at": now})
            after = await _found(conn, before.pk)
            await _record(conn, identity, "note.update", now, service_id, before=before, after=after)
        return after

    async def remove(self, identity: Identity, pk: Any) -> Note:
        """Take one away; returns it. Raises NotFound, PermissionDenied."""
        identity.require(NOTE_WRITE)
        async with self._database.write() as conn:
            before = await _own(conn, identity, pk)
            service_id = await _service_id(conn, before.service_pk)
            await table.delete_note(conn, before.pk)
            await _record(conn, identity, "note.delete", self._clock.now(), service_id, before=before)
        return before

    async def _moment(
        self, conn: AsyncConnection, service_pk: int, values: Mapping[str, Any], now: datetime
    ) -> tuple[int | None, datetime]:
        """The downtime it is about, and of which moment it speaks."""
        at = None if values.get("at") is None else _at(values["at"], now)
        if values.get("downtime_id") is None:
            return None, at or now
        downtime_id = given_pk("downtime_id", values["downtime_id"])
        downtime = await table.find_downtime(conn, service_pk, downtime_id)
        if downtime is None:
            raise NotFound(f"this service has no downtime {downtime_id}")
        return downtime_id, at or downtime["ended_at"] or now


def may_change(identity: Identity, note: Note) -> bool:
    """Whether this identity changes or removes a note."""
    is_own = identity.account_pk is not None and note.account_pk == identity.account_pk
    return identity.may(NOTE_WRITE) and (is_own or identity.role == ADMIN)


def _text(given: Any) -> str:
    return given_lines("text", given, TEXT_LIMIT)


def _at(given: Any, now: datetime) -> datetime:
    if not isinstance(given, datetime) or given.tzinfo is None:
        raise InvalidInput({"at": "must be a time with its zone"})
    if not EARLIEST <= given <= now + AHEAD:
        raise InvalidInput({"at": "must be after the year 2000 and not in the future"})
    return given


async def _service_id(conn: AsyncConnection, service_pk: int) -> str:
    service = (await load_services_by_pk(conn, [service_pk])).get(service_pk)
    if service is None or service.is_deleted:
        raise NotFound("this service was deleted meanwhile")
    return service.service_id


async def _found(conn: AsyncConnection, pk: Any) -> Note:
    note = await table.find_note(conn, given_pk("note", pk))
    if note is None:
        raise NotFound("there is no such note any more")
    return note


async def _own(conn: AsyncConnection, identity: Identity, pk: Any) -> Note:
    note = await _found(conn, pk)
    if not may_change(identity, note):
        raise PermissionDenied(f"this note is by {note.who}: only they and administrators change it")
    return note


async def _record(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    service_id: str,
    *,
    before: Note | None = None,
    after: Note | None = None,
) -> None:
    documents = [None if note is None else _document(note) for note in (before, after)]
    await record(
        conn,
        identity,
        action,
        at=at,
        target_type="service",
        target=service_id,
        before=documents[0],
        after=documents[1],
    )


def _document(note: Note) -> dict[str, Any]:
    text = note.text if len(note.text) <= _AUDITED else f"{note.text[: _AUDITED - 1]}…"
    return {"note_id": note.pk, "who": note.who, "at": note.at.isoformat(), "text": text}
