"""Routes of groups, tags and environments."""

from typing import Any, Final

from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage

GROUPS, TAGS, ENVIRONMENTS = "/api/admin/groups", "/api/admin/tags", "/api/admin/environments"


async def a_service(stage: Stage) -> dict[str, str]:
    """The group, the tag and the environment of a new one, which no other has."""
    names = {name: stage.new_name(name) for name in ("group", "tag", "environment")}
    await stage.add(SYSTEM, group=names["group"], tags=[names["tag"]], environment=names["environment"])
    return names


def of(sort: str, **values: Any) -> Prepare:
    """A call about one that a service has, with these values."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        return Call(values or None, params={"name": (await a_service(stage))[sort]})

    return prepare


async def new_group(stage: Stage, caller: Caller) -> Call:
    rollup = {"how": "share", "degraded_below": 90, "failed_below": 50, "weights": {}}
    return Call({"name": stage.new_name("New / group"), "description": "new", "parent": "", "rollup": rollup})


async def replacement(stage: Stage, caller: Caller) -> Call:
    call = await of("group")(stage, caller)
    call.json = {"name": stage.new_name("Other group"), "description": "", "parent": "", "rollup": None}
    return call


def renamed(sort: str) -> Prepare:
    """Another name for one that a service has."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        call = await of(sort)(stage, caller)
        call.json = {"name": stage.new_name("other")}
        return call

    return prepare


async def order(stage: Stage, caller: Caller) -> Call:
    return Call({"names": [stage.new_name("place")]})


ROUTES: Final = (
    Row("GET", "/api/groups", BOARD_READ, plain),
    Row("GET", "/api/groups/one", BOARD_READ, of("group")),
    Row("GET", "/api/groups/uptime", BOARD_READ, of("group")),
    Row("GET", "/api/tags", BOARD_READ, plain),
    Row("GET", "/api/environments", BOARD_READ, plain),
    Row("POST", GROUPS, SERVICE_WRITE, new_group, always, 201, is_forgiving=True),
    Row("PUT", GROUPS, SERVICE_WRITE, replacement, always, is_forgiving=True),
    Row("PATCH", GROUPS, SERVICE_WRITE, of("group", description="later"), always, is_forgiving=True),
    Row("DELETE", GROUPS, SERVICE_WRITE, of("group"), always),
    Row("PATCH", TAGS, SERVICE_WRITE, renamed("tag"), always, is_forgiving=True),
    Row("DELETE", TAGS, SERVICE_WRITE, of("tag"), always),
    Row("PATCH", ENVIRONMENTS, SERVICE_WRITE, of("environment", colour="green"), always, is_forgiving=True),
    Row("DELETE", ENVIRONMENTS, SERVICE_WRITE, of("environment"), always),
    Row("PUT", f"{ENVIRONMENTS}/order", SERVICE_WRITE, order, always, is_forgiving=True),
)
