"""Views of lists that people keep under a name, for themselves or for all."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.given import given_pk, given_text, shown
from monitor_app.domain.saved_view import NAME_LIMIT, PAGES, QUERY_LIMIT, SavedView
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, USER_MANAGE, Identity
from monitor_app.storage import saved_views as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record

VIEWS_LIMIT: Final = 100
PARAMETERS_LIMIT: Final = 60
# Where one is in a view is no part of it.
_PASSING: Final = frozenset({"page", "before", "view", "open"})
_CHANGEABLE: Final = ("name", "query", "is_shared", "is_default")


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SavedViews:
    """Who reads the board keeps views for themselves. Sharing takes service:write.

    Only the owner or an administrator changes or removes one.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for(self, identity: Identity, page: str = "") -> list[SavedView]:
        """One's own, then those that others share, by name. Raises InvalidInput for a page that has no views."""
        identity.require(BOARD_READ)
        if page:
            _page(page)
        async with self._database.read() as conn:
            return await table.load_views(conn, identity.account_pk, page)

    async def create(self, identity: Identity, page: str, values: Mapping[str, Any]) -> SavedView:
        """Keep a view: `name`, `query`, `is_shared`, `is_default`.

        Raises InvalidInput; Conflict when one has another of the name, or too many; PermissionDenied for who has no
        account, or shares without service:write.
        """
        identity.require(BOARD_READ)
        if identity.account_pk is None:
            raise PermissionDenied(f"{identity.name} has no account to keep views in")
        given = _valid({"name": None, "query": "", "is_shared": False, "is_default": False} | dict(values))
        _require_sharing(identity, given)
        now = self._clock.now()
        kept = {"account_pk": identity.account_pk, "page": _page(page), "created_at": now, "updated_at": now}
        async with self._database.write() as conn:
            if await table.count_views(conn, identity.account_pk) >= VIEWS_LIMIT:
                raise Conflict({"name": f"cannot be added: you have {VIEWS_LIMIT} views; delete one first"})
            await _refuse_taken(conn, identity.account_pk, page, given["name"])
            if given["is_default"]:
                await table.clear_default(conn, identity.account_pk, page)
            pk = await table.insert_view(conn, kept | given)
            view = await _found(conn, pk)
            await _record(conn, identity, "view.create", now, view, after=_document(view))
        return view

    async def change(self, identity: Identity, pk: int, values: Mapping[str, Any]) -> SavedView:
        """Give a view another name or query, share it or not, make it the default. Raises as `create`, and NotFound."""
        identity.require(BOARD_READ)
        given = _valid(values)
        async with self._database.write() as conn:
            before = await _own(conn, identity, pk)
            _require_sharing(identity, given, before)
            if given.get("is_default") and before.account_pk != identity.account_pk:
                raise PermissionDenied(f"{before.name} is the view of {before.owner}, who chooses their own default")
            if "name" in given:
                await _refuse_taken(conn, before.account_pk, before.page, given["name"], before.pk)
            if given.get("is_default"):
                await table.clear_default(conn, before.account_pk, before.page)
            now = self._clock.now()
            await table.update_view(conn, before.pk, given | {"updated_at": now})
            after = await _found(conn, before.pk)
            await _record(conn, identity, "view.update", now, after, before=_document(before), after=_document(after))
        return after

    async def remove(self, identity: Identity, pk: int) -> SavedView:
        """Forget a view; returns it. Raises NotFound, PermissionDenied."""
        identity.require(BOARD_READ)
        async with self._database.write() as conn:
            before = await _own(conn, identity, pk)
            await table.delete_view(conn, before.pk)
            await _record(conn, identity, "view.delete", self._clock.now(), before, before=_document(before))
        return before


def _valid(values: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidInput with a message for each wrong one."""
    problems: dict[str, str] = {}
    given: dict[str, Any] = {}
    for name, value in values.items():
        try:
            if name not in _CHANGEABLE:
                problems[str(name)[:60]] = "is nothing that a view has"
            elif name == "name":
                given[name] = given_text(name, value, NAME_LIMIT)
            elif name == "query":
                given[name] = _query(value)
            elif not isinstance(value, bool):
                problems[name] = f"must be true or false, got {shown(value)}"
            else:
                given[name] = value
        except InvalidInput as err:
            problems |= err.fields
    if problems:
        raise InvalidInput(problems)
    return given


def _query(value: Any) -> str:
    """A query as an address has it, without what is of the moment."""
    text = given_text("query", value, QUERY_LIMIT, is_required=False).removeprefix("?")
    if not text.isascii() or any(sign in text for sign in ' "<>\\^`{|}#'):
        raise InvalidInput({"query": "must be what stands behind the question mark of an address"})
    try:
        parse_qsl(text, keep_blank_values=True, max_num_fields=PARAMETERS_LIMIT)
    except ValueError as err:
        raise InvalidInput({"query": f"must have at most {PARAMETERS_LIMIT} parameters"}) from err
    return "&".join(part for part in text.split("&") if part and part.partition("=")[0] not in _PASSING)


def _page(page: Any) -> str:
    if page not in PAGES:
        raise InvalidInput({"page": f"must be one of {', '.join(PAGES)}, got {shown(page)}"})
    return str(page)


def _require_sharing(identity: Identity, given: Mapping[str, Any], before: SavedView | None = None) -> None:
    """What all see, only those change who may change what all see."""
    if given.get("is_shared") or (before is not None and before.is_shared and given.keys() & {"name", "query"}):
        identity.require(SERVICE_WRITE)


async def _refuse_taken(conn: AsyncConnection, account_pk: int, page: str, name: str, but: int = 0) -> None:
    if await table.is_name_taken(conn, account_pk, page, name, but):
        raise Conflict({"name": f"must be another one: there is a view {name} already"})


async def _own(conn: AsyncConnection, identity: Identity, pk: Any) -> SavedView:
    """One that this identity may change. What others keep for themselves does not exist for who may not see it."""
    if identity.account_pk is None and not identity.may(USER_MANAGE):
        raise PermissionDenied(f"{identity.name} has no account to keep views in")
    view = await table.find_view(conn, given_pk("view", pk))
    if view is not None and (view.account_pk == identity.account_pk or identity.may(USER_MANAGE)):
        return view
    if view is None or not view.is_shared:
        raise NotFound("there is no such view any more")
    raise PermissionDenied(f"{view.name} is the view of {view.owner}: only they and administrators change it")


async def _found(conn: AsyncConnection, pk: int) -> SavedView:
    view = await table.find_view(conn, pk)
    if view is None:
        raise NotFound("there is no such view any more")
    return view


async def _record(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    view: SavedView,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    target = f"{view.page} {view.name}"
    await record(conn, identity, action, at=at, target_type="view", target=target, before=before, after=after)


def _document(view: SavedView) -> dict[str, Any]:
    return {name: value for name, value in asdict(view).items() if name in ("owner", *_CHANGEABLE)}
