"""Saved views of lists."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ, Identity
from tests.integration.access.routes import KEY, TOKEN, Call, Caller, Row, always, plain
from tests.integration.access.routes_people import own_identity
from tests.integration.access.stage import WALL, Stage


async def view(stage: Stage, caller: Caller) -> Call:
    """A new one."""
    return Call({"page": "services", "name": stage.new_name("view"), "query": "status=failed"})


async def own_view(stage: Stage, caller: Caller) -> Call:
    """One that the caller has, or somebody else where they can have none."""
    made = await stage.running.saved_views.create(
        await _owner(stage, caller), "services", {"name": stage.new_name("view")}
    )
    return Call({"name": stage.new_name("renamed")}, path=f"/api/views/{made.pk}")


async def gone_view(stage: Stage, caller: Caller) -> Call:
    """The same without a body."""
    return Call(path=(await own_view(stage, caller)).path)


async def _owner(stage: Stage, caller: Caller) -> Identity:
    if caller.who in (KEY, TOKEN):
        identity = stage.people.book.of_authorization(caller.headers["Authorization"], stage.place())
        assert identity is not None
        return identity
    return await own_identity(stage, caller)


def has_no_account(caller: Caller) -> bool:
    """A wall screen reads what others share, and keeps nothing."""
    return caller.who == WALL


ROUTES: Final = (
    Row("GET", "/api/views", BOARD_READ, plain),
    Row("POST", "/api/views", BOARD_READ, view, always, 201, is_refused=has_no_account, is_forgiving=True),
    Row("PATCH", "/api/views/{view_id}", BOARD_READ, own_view, always, is_refused=has_no_account, is_forgiving=True),
    Row("DELETE", "/api/views/{view_id}", BOARD_READ, gone_view, always, 204, is_refused=has_no_account),
)
