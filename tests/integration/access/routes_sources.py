"""Connections to other systems that tell about services."""

from typing import Any, Final

from monitor_app.domain.service import ServiceDefinition
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, SOURCE_WRITE, SYSTEM
from monitor_app.storage.services import insert_services
from tests.integration.access.happened import add_result
from tests.integration.access.routes import KEY, LITTLE_KEY, TOKEN, Call, Caller, Prepare, Row, always, plain
from tests.integration.access.routes_people import own_identity
from tests.integration.access.stage import Stage
from tests.samples import NOON

SOURCES: Final = "/api/sources"
# Nobody listens there.
CONFIG: Final = {"address": "http://127.0.0.1:1", "deadline_seconds": 0.5}
_ONE: Final = f"{SOURCES}/{{slug}}"


def values(stage: Stage) -> dict[str, Any]:
    """What a connection is made of."""
    return {"kind": "consul", "label": stage.new_name("consul"), "config": CONFIG}


async def new_source(stage: Stage, caller: Caller) -> Call:
    return Call(values(stage))


async def tried(stage: Stage, caller: Caller) -> Call:
    return Call({"kind": "consul", "config": CONFIG})


async def new_told(stage: Stage) -> ServiceDefinition:
    """A service that Consul tells of; its row is made as the engine makes it."""
    async with stage.running.sources._database.write() as conn:
        row = {"label": "shop", "service_type": "consul_service", "kind": "consul", "status_config": {"name": "shop"}}
        told = {"source": "consul", "source_key": "n/shop", "source_facts": {"service": "shop"}}
        names = {"service_id": stage.new_name("told").lower(), "created_at": NOON, "updated_at": NOON}
        (made,) = await insert_services(conn, [row | told | names])
    await stage.running.follower.read_now()
    return made


async def of_service(stage: Stage, caller: Caller) -> Call:
    return Call(path=f"{SOURCES}/services/{(await new_told(stage)).service_id}")


async def past_of_service(stage: Stage, caller: Caller) -> Call:
    return Call(path=f"{SOURCES}/services/{(await new_told(stage)).service_id}/history")


async def result_of_service(stage: Stage, caller: Caller) -> Call:
    made = await new_told(stage)
    number = await add_result(stage, made.pk)
    return Call(path=f"{SOURCES}/services/{made.service_id}/results/{number}")


def of_source(tail: str = "", body: Any = None) -> Prepare:
    """A call about a connection of the caller's own."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        owner = SYSTEM
        if caller.who in (KEY, LITTLE_KEY, TOKEN):
            owner = stage.people.book.of_authorization(caller.headers["Authorization"], stage.place()) or SYSTEM
        elif caller.who == "editor":
            owner = await own_identity(stage, caller)
        owner = owner if owner.may(SOURCE_WRITE) else SYSTEM
        made = await stage.running.sources.create(owner, values(stage))
        return Call(body, path=f"{SOURCES}/{made.source.slug}{tail}")

    return prepare


ROUTES: Final = (
    Row("GET", SOURCES, BOARD_READ, plain),
    Row("GET", f"{SOURCES}/kinds", BOARD_READ, plain),
    Row("GET", f"{SOURCES}/services", BOARD_READ, plain),
    Row("GET", f"{SOURCES}/services/{{service_id}}", BOARD_READ, of_service),
    Row("GET", f"{SOURCES}/services/{{service_id}}/history", BOARD_READ, past_of_service),
    Row("GET", f"{SOURCES}/services/{{service_id}}/results/{{result_id}}", BOARD_READ, result_of_service),
    Row("POST", f"{SOURCES}/test", SOURCE_WRITE, tried, is_forgiving=True),
    Row("POST", SOURCES, SOURCE_WRITE, new_source, always, 201, is_forgiving=True),
    Row("GET", _ONE, BOARD_READ, of_source()),
    Row("PATCH", _ONE, SOURCE_WRITE, of_source(body={"label": "Other"}), always, is_forgiving=True),
    Row("POST", f"{_ONE}/poll", CHECK_RUN, of_source("/poll"), always, 202, is_forgiving=True),
    Row("DELETE", _ONE, SOURCE_WRITE, of_source(), always, 204),
)
