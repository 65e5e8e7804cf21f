"""Publishing status pages: each change one transaction, told to who renders them afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import StatusPagesChanged
from monitor_app.domain.status_page import PAGES_LIMIT, PageEntry, StatusPage
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.security.permissions import STATUS_PAGE_WRITE, Identity
from monitor_app.storage import notices as notice_table
from monitor_app.storage import status_pages as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.recent_deletions import RecentDeletions
from monitor_app.use_cases.services import Clock
from monitor_app.use_cases.status_page_input import EntryInput, PageInput, given_logo

_DEFAULTS: Final[Mapping[str, Any]] = {
    "slug": "",
    "title": "",
    "description": "",
    "colour": "",
    "host_name": "",
    "access": "public",
    "is_indexed": True,
    "entries": (),
}
# What a page that comes back has again; its revision begins anew.
_KEPT_COLUMNS: Final = (
    "slug",
    "title",
    "description",
    "colour",
    "host_name",
    "access",
    "is_indexed",
    "password_hash",
    "logo_type",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class _Deleted:
    """A page with what goes with it: its logo, and the notices that stood on it."""

    page: StatusPage
    logo: bytes | None
    notice_pks: Sequence[int]


class StatusPageUseCases:
    """What editors do with status pages. All of it takes the permission status-page:write.

    `own_hosts` are the names of this installation, which no page can have for itself.
    """

    def __init__(
        self, database: Database, clock: Clock, bus: Bus, passwords: PasswordCheck, own_hosts: Collection[str] = ()
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._passwords = passwords
        self._own_hosts = frozenset(own_hosts)
        self._deleted = RecentDeletions[_Deleted]()

    async def list_all(self, identity: Identity) -> list[StatusPage]:
        """All of them, by title."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.read() as conn:
            return await table.load_pages(conn)

    async def get(self, identity: Identity, slug: str) -> StatusPage:
        """Raises NotFound."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.read() as conn:
            return await _found(conn, slug)

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> StatusPage:
        """Publish one. Raises InvalidInput with a message for each wrong field, Conflict for a slug that is taken."""
        identity.require(STATUS_PAGE_WRITE)
        given = PageInput.parse({**_DEFAULTS, **values})
        columns = dict(given.columns)
        self._judge_host(columns)
        columns["password_hash"] = _hash_for(columns["access"], await self._hashed(given), None)
        now = self._clock.now()
        async with self._database.write() as conn:
            if await table.count_pages(conn) >= PAGES_LIMIT:
                raise Conflict({"slug": f"there are {PAGES_LIMIT} status pages, which is the most there can be"})
            pk = await table.insert_page(conn, columns | {"logo_type": "", "created_at": now, "updated_at": now})
            await table.replace_entries(conn, pk, await _resolved(conn, given.entries or ()))
            made = await _found(conn, columns["slug"])
            await record(
                conn,
                identity,
                "status_page.create",
                at=now,
                target_type="status_page",
                target=made.slug,
                after=made.document,
            )
        self._bus.publish(StatusPagesChanged())
        return made

    async def update(
        self, identity: Identity, slug: str, values: Mapping[str, Any], *, expected_revision: int | None = None
    ) -> StatusPage:
        """Change what is named; an empty password stays as it is.

        Raises NotFound, InvalidInput, Conflict; Stale when it is not at the expected revision.
        """
        identity.require(STATUS_PAGE_WRITE)
        given = PageInput.parse(values)
        columns = dict(given.columns)
        self._judge_host(columns)
        # Hashing takes a tenth of a second, so before others have to wait for it.
        hashed = await self._hashed(given)
        async with self._database.write() as conn:
            before = await _found(conn, slug)
            _require_revision(before, expected_revision)
            if "access" in columns or hashed is not None:
                access = columns.get("access", before.access)
                columns["password_hash"] = _hash_for(access, hashed, before.password_hash)
            now = self._clock.now()
            await table.update_page(conn, before.pk, columns, now)
            if given.entries is not None:
                await table.replace_entries(conn, before.pk, await _resolved(conn, given.entries))
            made = await _found(conn, columns.get("slug", slug))
            await self._record_change(conn, identity, "status_page.update", before, made)
        self._bus.publish(StatusPagesChanged())
        return made

    async def set_logo(self, identity: Identity, slug: str, data: bytes | None) -> StatusPage:
        """Give it a picture, or take it away. Raises NotFound; InvalidInput (field `logo`)."""
        identity.require(STATUS_PAGE_WRITE)
        logo_type = given_logo(data) if data is not None else ""
        async with self._database.write() as conn:
            before = await _found(conn, slug)
            await table.update_page(conn, before.pk, {"logo": data, "logo_type": logo_type}, self._clock.now())
            made = await _found(conn, slug)
            await self._record_change(conn, identity, "status_page.logo", before, made)
        self._bus.publish(StatusPagesChanged())
        return made

    async def delete(self, identity: Identity, slug: str, *, expected_revision: int | None = None) -> None:
        """Take a page away, at once. Raises NotFound, Stale."""
        identity.require(STATUS_PAGE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, slug)
            _require_revision(before, expected_revision)
            logo, told = await table.load_logo(conn, before.pk), await notice_table.notices_on(conn, before.pk)
            now = self._clock.now()
            await table.delete_page(conn, before.pk)
            await record(
                conn,
                identity,
                "status_page.delete",
                at=now,
                target_type="status_page",
                target=slug,
                before=before.document,
            )
        self._deleted.put(slug, _Deleted(before, logo, told), now)
        self._bus.publish(StatusPagesChanged())

    async def restore(self, identity: Identity, slug: str) -> StatusPage:
        """Bring back a page that was deleted a moment ago, as it was, with its password and its notices.

        Raises NotFound when none of this name was; Conflict when its name or its host name is taken meanwhile.
        """
        identity.require(STATUS_PAGE_WRITE)
        now = self._clock.now()
        found = self._deleted.get(slug, now)
        columns = {name: getattr(found.page, name) for name in _KEPT_COLUMNS} | {"logo": found.logo, "updated_at": now}
        async with self._database.write() as conn:
            pk = await table.insert_page(conn, columns)
            known = await table.service_pks(conn, [entry.service_id for entry in found.page.entries])
            entries = [entry for entry in found.page.entries if known.get(entry.service_id) == entry.service_pk]
            await table.replace_entries(conn, pk, entries)
            await notice_table.put_on_page(conn, found.notice_pks, pk)
            made = await _found(conn, slug)
            await record(
                conn,
                identity,
                "status_page.restore",
                at=now,
                target_type="status_page",
                target=slug,
                after=made.document,
            )
        self._deleted.drop(slug)
        self._bus.publish(StatusPagesChanged())
        return made

    async def draft(self, identity: Identity, values: Mapping[str, Any]) -> StatusPage:
        """A page as it would be, for a look at it before it is saved; nothing is written. Raises InvalidInput."""
        identity.require(STATUS_PAGE_WRITE)
        given = PageInput.parse({**_DEFAULTS, "slug": "preview", "title": "Untitled", **values})
        now = self._clock.now()
        async with self._database.read() as conn:
            entries = await _resolved(conn, given.entries or ())
        return StatusPage(pk=0, revision=0, created_at=now, updated_at=now, **given.columns, entries=tuple(entries))

    def _judge_host(self, columns: Mapping[str, Any]) -> None:
        if columns.get("host_name") in self._own_hosts:
            text = "must be a name of its own: Lightbulb itself answers to this one"
            raise InvalidInput({"host_name": text})

    async def _hashed(self, given: PageInput) -> str | None:
        """The password that is given as it is stored; None without one. Raises SlowDown."""
        return await self._passwords.hash(given.password) if given.password else None

    async def _record_change(
        self, conn: AsyncConnection, identity: Identity, action: str, before: StatusPage, after: StatusPage
    ) -> None:
        """Only what differs stands in the log; of a password only that it is another."""
        old, new = before.document, after.document
        if before.password_hash != after.password_hash:
            old["password"], new["password"] = "before", "changed"
        names = [name for name in new if old.get(name) != new.get(name)]
        await record(
            conn,
            identity,
            action,
            at=self._clock.now(),
            target_type="status_page",
            target=after.slug,
            before={name: old.get(name) for name in names},
            after={name: new.get(name) for name in names},
        )


def _hash_for(access: str, hashed: str | None, before: str | None) -> str | None:
    """What to store for this access: the new one, else the one there is. Raises InvalidInput (field `password`)."""
    if access != "password":
        return None
    if hashed is None and before is None:
        raise InvalidInput({"password": "is required for a page that asks for one"})
    return hashed or before


def _require_revision(page: StatusPage, expected: int | None) -> None:
    if expected is not None and page.revision != expected:
        text = f"{page.title} was changed by somebody else meanwhile: read it again, then change it"
        raise Stale({"status_page": text})


async def _found(conn: AsyncConnection, slug: str) -> StatusPage:
    page = await table.find_page(conn, slug)
    if page is None:
        raise NotFound("there is no such status page")
    return page


async def _resolved(conn: AsyncConnection, entries: Collection[EntryInput]) -> list[PageEntry]:
    """Raises InvalidInput for services that there are not."""
    known = await table.service_pks(conn, [entry.service_id for entry in entries]) if entries else {}
    problems = {
        f"entries.{number}.service_id": f"must be a service that exists: there is no {entry.service_id}"
        for number, entry in enumerate(entries)
        if entry.service_id not in known
    }
    if problems:
        raise InvalidInput(problems)
    return [
        PageEntry(known[entry.service_id], entry.service_id, entry.public_name, entry.description, entry.section)
        for entry in entries
    ]
