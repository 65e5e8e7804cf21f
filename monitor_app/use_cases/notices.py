"""Telling readers of status pages about incidents and maintenance: each change one transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import StatusPagesChanged
from monitor_app.domain.given import given_pk
from monitor_app.domain.notice import INCIDENT, STATES, UPDATES_LIMIT, Notice, NoticeUpdate, given_choice
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.security.permissions import STATUS_PAGE_WRITE, Identity
from monitor_app.storage import notices as table
from monitor_app.storage import status_pages
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.notice_input import NoticeInput, UpdateInput, default_impact, first_state, parse_new
from monitor_app.use_cases.recent_deletions import RecentDeletions
from monitor_app.use_cases.services import Clock

LIST_LIMIT: Final = 200
WHO_LIMIT: Final = 80
# What a notice that was changed has again, and what one that was deleted.
_CHANGED_COLUMNS: Final = ("title", "impact", "state", "starts_at", "ends_at")
_KEPT_COLUMNS: Final = ("kind", *_CHANGED_COLUMNS, "who", "created_at")


class NoticeUseCases:
    """What editors do with notices. All of it takes the permission status-page:write."""

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._deleted = RecentDeletions[Notice]()
        # What each was before a change, by the name of that change.
        self._changed = RecentDeletions[Notice]("a notice was changed")

    async def list_page(
        self,
        identity: Identity,
        *,
        limit: int = 50,
        offset: int = 0,
        kind: str = "",
        page: str = "",
        is_open: bool = False,
    ) -> tuple[list[Notice], int]:
        """One page of them, the newest first, and how many there are; of one status page or of all."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.read() as conn:
            page_pk = (await _page_pks(conn, [page]))[0] if page else None
            return await table.load_page_of(conn, min(limit, LIST_LIMIT), offset, kind, page_pk, is_open=is_open)

    async def get(self, identity: Identity, number: Any) -> Notice:
        """Raises NotFound."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.read() as conn:
            return await _found(conn, number)

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> Notice:
        """Tell something new: `text` is the first update, `state` what it says; without pages it stands on none.

        Raises InvalidInput with a message for each wrong field.
        """
        identity.require(STATUS_PAGE_WRITE)
        given = dict(values)
        kind = given_choice("kind", given.get("kind", INCIDENT), tuple(STATES))
        said: dict[str, Any] = {name: given.pop(name) for name in ("state", "text") if name in given}
        wanted, first = parse_new(
            kind,
            {"title": "", "impact": default_impact(kind), **given, "kind": kind},
            {"state": first_state(kind), **said},
        )
        now = self._clock.now()
        columns = {"starts_at": now, "ends_at": None, **_without_none(wanted.columns, "starts_at")}
        columns |= {"state": first.state, "created_at": now, "updated_at": now, "who": identity.name[:WHO_LIMIT]}
        if first.state == STATES[kind][-1] and columns["ends_at"] is None:
            columns["ends_at"] = max(now, columns["starts_at"])
        async with self._database.write() as conn:
            pk = await table.insert_notice(conn, columns)
            await self._link(conn, pk, wanted)
            await table.insert_update(conn, _update_row(pk, first, identity, now))
            made = await _found(conn, pk)
            await _record(conn, identity, "notice.create", now, made, after=_document(made))
        self._bus.publish(StatusPagesChanged())
        return made

    async def update(self, identity: Identity, number: Any, values: Mapping[str, Any]) -> Notice:
        """Change what is named; what was told so far stays. Raises NotFound, InvalidInput."""
        identity.require(STATUS_PAGE_WRITE)
        wanted = NoticeInput.parse(values)
        async with self._database.write() as conn:
            before = await _found(conn, number)
            if wanted.columns.get("kind", before.kind) != before.kind:
                raise InvalidInput({"kind": "must stay what it is: delete the notice and tell it anew"})
            now = self._clock.now()
            columns = _without_none(wanted.columns, "starts_at")
            starts_at = columns.get("starts_at", before.starts_at)
            ends_at = columns.get("ends_at", before.ends_at)
            if ends_at is not None and ends_at < starts_at:
                raise InvalidInput({"ends_at": "must not be before the beginning"})
            await table.update_notice(conn, before.pk, columns | {"updated_at": now})
            await self._link(conn, before.pk, wanted)
            after = await _found(conn, before.pk)
            await _record(conn, identity, "notice.update", now, after, **_difference(before, after))
        self._remember(before, after)
        self._bus.publish(StatusPagesChanged())
        return after

    async def delete(self, identity: Identity, number: Any) -> None:
        """Take it away with all that was told. Raises NotFound."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.write() as conn:
            before, now = await _found(conn, number), self._clock.now()
            await table.delete_notice(conn, before.pk)
            await _record(conn, identity, "notice.delete", now, before, before=_document(before))
        self._deleted.put(str(before.pk), before, now)
        self._bus.publish(StatusPagesChanged())

    async def restore(self, identity: Identity, number: Any) -> Notice:
        """Bring back one that was deleted a moment ago, with all that was told, on those of its pages that are there.

        It may have another number afterwards. Raises NotFound.
        """
        identity.require(STATUS_PAGE_WRITE)
        now, name = self._clock.now(), str(given_pk("notice", number))
        found = self._deleted.get(name, now)
        columns: dict[str, Any] = {name: getattr(found, name) for name in _KEPT_COLUMNS} | {"updated_at": now}
        async with self._database.write() as conn:
            if await table.find_notice(conn, found.pk) is None:
                columns["pk"] = found.pk
            pk = await table.insert_notice(conn, columns)
            for told in reversed(found.updates):
                await table.insert_update(conn, _kept_row(pk, told))
            pages, services = await status_pages.names_of(conn, found.page_pks, found.service_pks)
            await table.replace_pages(conn, pk, sorted(pages))
            await table.replace_services(conn, pk, sorted(services))
            made = await _found(conn, pk)
            await _record(conn, identity, "notice.restore", now, made, after=_document(made))
        self._deleted.drop(name)
        self._bus.publish(StatusPagesChanged())
        return made

    async def add_update(self, identity: Identity, number: Any, values: Mapping[str, Any]) -> Notice:
        """Tell how it goes on; the last state ends it. Raises NotFound, InvalidInput, Conflict."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, number)
            if len(before.updates) >= UPDATES_LIMIT:
                raise Conflict({"text": f"must be part of an earlier update: there are {UPDATES_LIMIT} already"})
            given, now = UpdateInput.parse(before.kind, {"state": before.state, **values}), self._clock.now()
            await table.insert_update(conn, _update_row(before.pk, given, identity, now))
            after = await self._follow_newest(conn, before, now)
            await _record(conn, identity, "notice.tell", now, after, after={"state": given.state, "text": given.text})
        self._remember(before, after)
        self._bus.publish(StatusPagesChanged())
        return after

    async def change_update(
        self, identity: Identity, number: Any, update_number: Any, values: Mapping[str, Any]
    ) -> Notice:
        """Tell an update in other words. Raises NotFound, InvalidInput."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, number)
            told = _update_of(before, update_number)
            given = UpdateInput.parse(before.kind, {"state": told.state, "text": told.text, "at": told.at, **values})
            now = self._clock.now()
            columns = {"state": given.state, "text": given.text, "at": given.at or told.at}
            await table.change_update(conn, told.pk, columns)
            after = await self._follow_newest(conn, before, now)
            sides = {"before": _told(told), "after": {"state": given.state, "text": given.text}}
            await _record(conn, identity, "notice.retell", now, after, **sides)
        self._remember(before, after)
        self._bus.publish(StatusPagesChanged())
        return after

    async def delete_update(self, identity: Identity, number: Any, update_number: Any) -> Notice:
        """Take back an update; the last one stays. Raises NotFound, Conflict."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, number)
            told = _update_of(before, update_number)
            if len(before.updates) == 1:
                raise Conflict({"update": "must stay: a notice says at least one thing; delete the notice instead"})
            now = self._clock.now()
            await table.delete_update(conn, told.pk)
            after = await self._follow_newest(conn, before, now)
            await _record(conn, identity, "notice.untell", now, after, before=_told(told))
        self._remember(before, after)
        self._bus.publish(StatusPagesChanged())
        return after

    async def undo(self, identity: Identity, number: Any, updated_at: datetime) -> Notice:
        """Take back the change that left the notice as of `updated_at`: its frame, and what was told.

        Pages and services that are gone meanwhile stay away. Raises NotFound; Stale when it was changed since.
        """
        identity.require(STATUS_PAGE_WRITE)
        pk, now = given_pk("notice", number), self._clock.now()
        name = _change_name(pk, updated_at)
        earlier = self._changed.get(name, now)
        async with self._database.write() as conn:
            before = await _found(conn, pk)
            if _change_name(pk, before.updated_at) != name:
                raise Stale({"notice": "was changed since: look at it as it is now"})
            columns = {column: getattr(earlier, column) for column in _CHANGED_COLUMNS}
            await table.update_notice(conn, pk, columns | {"updated_at": now})
            pages, services = await status_pages.names_of(conn, earlier.page_pks, earlier.service_pks)
            await table.replace_pages(conn, pk, sorted(pages))
            await table.replace_services(conn, pk, sorted(services))
            await _tell_again(conn, pk, before.updates, earlier.updates)
            after = await _found(conn, pk)
            await _record(conn, identity, "notice.undo", now, after, **_difference(before, after))
        self._changed.drop(name)
        self._bus.publish(StatusPagesChanged())
        return after

    async def names(self, notices: Sequence[Notice]) -> tuple[dict[int, str], dict[int, str]]:
        """The slugs of their pages and the service_ids of their services, by pk."""
        pages = {pk for notice in notices for pk in notice.page_pks}
        services = {pk for notice in notices for pk in notice.service_pks}
        async with self._database.read() as conn:
            return await status_pages.names_of(conn, pages, services)

    def _remember(self, before: Notice, after: Notice) -> None:
        self._changed.put(_change_name(after.pk, after.updated_at), before, after.updated_at)

    async def _link(self, conn: AsyncConnection, pk: int, wanted: NoticeInput) -> None:
        """Raises InvalidInput for pages and services that there are not."""
        if wanted.pages is not None:
            await table.replace_pages(conn, pk, await _page_pks(conn, wanted.pages))
        if wanted.services is not None:
            known = await status_pages.service_pks(conn, wanted.services) if wanted.services else {}
            if unknown := [name for name in wanted.services if name not in known]:
                raise InvalidInput({"services": f"must be services that exist: there is no {unknown[0]}"})
            await table.replace_services(conn, pk, [known[name] for name in wanted.services])

    async def _follow_newest(self, conn: AsyncConnection, before: Notice, now: datetime) -> Notice:
        """State and end follow from what was told last."""
        newest = (await _found(conn, before.pk)).updates[0]
        columns: dict[str, Any] = {"state": newest.state, "updated_at": now}
        last = STATES[before.kind][-1]
        if newest.state == last and before.state != last:
            if before.ends_at is None or before.ends_at > newest.at:
                columns["ends_at"] = max(newest.at, before.starts_at)
        elif newest.state != last and before.state == last:
            columns["ends_at"] = None
        await table.update_notice(conn, before.pk, columns)
        return await _found(conn, before.pk)


async def _found(conn: AsyncConnection, number: Any) -> Notice:
    notice = await table.find_notice(conn, given_pk("notice", number))
    if notice is None:
        raise NotFound("there is no such notice")
    return notice


async def _page_pks(conn: AsyncConnection, slugs: Sequence[str]) -> list[int]:
    """Raises InvalidInput (field `pages`)."""
    known = await status_pages.page_pks(conn, slugs) if slugs else {}
    if unknown := [slug for slug in slugs if slug not in known]:
        raise InvalidInput({"pages": f"must be status pages that exist: there is no {unknown[0]}"})
    return [known[slug] for slug in slugs]


def _update_of(notice: Notice, number: Any) -> NoticeUpdate:
    """Raises NotFound."""
    pk = given_pk("update", number)
    for update in notice.updates:
        if update.pk == pk:
            return update
    raise NotFound("there is no such update")


def _change_name(pk: int, updated_at: datetime) -> str:
    """Of one change of one notice: as exact as answers tell times."""
    return f"{pk} {updated_at.astimezone(UTC).isoformat(timespec='milliseconds')}"


async def _tell_again(
    conn: AsyncConnection, pk: int, present: Sequence[NoticeUpdate], wanted: Sequence[NoticeUpdate]
) -> None:
    """Have a notice tell what it told; what comes back may have another number."""
    known, kept = {told.pk: told for told in present}, {told.pk for told in wanted}
    for told in present:
        if told.pk not in kept:
            await table.delete_update(conn, told.pk)
    for told in reversed(wanted):
        if told.pk not in known:
            await table.insert_update(conn, _kept_row(pk, told))
        elif told != known[told.pk]:
            await table.change_update(conn, told.pk, {"at": told.at, "state": told.state, "text": told.text})


def _kept_row(pk: int, told: NoticeUpdate) -> dict[str, Any]:
    return {"notice_pk": pk, "at": told.at, "state": told.state, "text": told.text, "who": told.who}


def _update_row(pk: int, given: UpdateInput, identity: Identity, now: datetime) -> dict[str, Any]:
    return {
        "notice_pk": pk,
        "at": given.at or now,
        "state": given.state,
        "text": given.text,
        "who": identity.name[:WHO_LIMIT],
    }


def _without_none(columns: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in columns.items() if key != name or value is not None}


def _document(notice: Notice) -> dict[str, Any]:
    return {
        "kind": notice.kind,
        "title": notice.title,
        "impact": notice.impact,
        "state": notice.state,
        "starts_at": notice.starts_at.isoformat(),
        "ends_at": None if notice.ends_at is None else notice.ends_at.isoformat(),
        "pages": len(notice.page_pks),
        "services": len(notice.service_pks),
        "updates": len(notice.updates),
    }


def _difference(before: Notice, after: Notice) -> dict[str, dict[str, Any]]:
    old, new = _document(before), _document(after)
    names = [name for name in new if old[name] != new[name]]
    return {"before": {name: old[name] for name in names}, "after": {name: new[name] for name in names}}


def _told(update: NoticeUpdate) -> dict[str, str]:
    return {"state": update.state, "text": update.text}


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, notice: Notice, **sides: Any
) -> None:
    await record(
        conn, identity, action, at=at, target_type="notice", target=f"{notice.pk} {notice.title}"[:200], **sides
    )
