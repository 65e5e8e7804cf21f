"""Routes of services as they are set up and as they are, and of the kinds of checks."""

from typing import Any, Final

from monitor_app.security.permissions import (
    BOARD_READ,
    CHECK_RUN,
    EDITOR,
    SERVICE_DELETE,
    SERVICE_WRITE,
    SYSTEM,
    Identity,
)
from tests.integration.access.routes import Call, Caller, Row, always, plain
from tests.integration.access.routes_status import of_service
from tests.integration.access.stage import Stage

ADMIN_PATH: Final = "/api/admin/services/{service_id}"


def service(stage: Stage) -> dict[str, Any]:
    """One that there is not."""
    name = stage.new_name("made")
    return {"label": name, "status_config": {"url": f"http://127.0.0.1:1/{name}"}}


async def new_service(stage: Stage, caller: Caller) -> Call:
    return Call(service(stage))


async def other_service(stage: Stage, caller: Caller) -> Call:
    """In place of one of the program's."""
    return Call(service(stage), path=f"/api/admin/services/{stage.service_id(await stage.add(SYSTEM))}")


async def deletion(stage: Stage, caller: Caller) -> Call:
    """Of a service of the caller's own."""
    pk = await stage.add(Identity.of_role(caller.name, EDITOR))
    return Call(path=f"/api/admin/services/{stage.service_id(pk)}", params={"purge": "true"})


async def bulk(stage: Stage, caller: Caller) -> Call:
    """For one that there is and one that there is not."""
    names = [stage.service_id(await stage.add(SYSTEM)), "nothing"]
    return Call({"action": "tag", "service_ids": names, "tags_add": [stage.new_name("tag")]})


async def order(stage: Stage, caller: Caller) -> Call:
    """Nobody is there who would carry it out."""
    path = f"/api/services/{stage.service_id(await stage.add(SYSTEM))}/check"
    return Call(path=path, params={"wait_seconds": "0"})


async def trial(stage: Stage, caller: Caller) -> Call:
    """At a port that nobody listens at."""
    return Call({"kind": "tcp", "status_config": {"host": "127.0.0.1", "port": 1}})


async def one_kind(stage: Stage, caller: Caller) -> Call:
    return Call(path="/api/kinds/http")


async def restoration(stage: Stage, caller: Caller) -> Call:
    """Of a service that the caller has deleted."""
    own = Identity.of_role(caller.name, EDITOR)
    name = stage.service_id(await stage.add(own))
    await stage.running.services.delete(own, [name])
    await stage.running.follower.read_now()
    return Call({"service_ids": [name]})


ROUTES: Final = (
    Row("GET", "/api/services", BOARD_READ, plain),
    Row("GET", "/api/services/{service_id}", BOARD_READ, of_service("/api/services/{}")),
    Row("POST", "/api/services/{service_id}/check", CHECK_RUN, order, always, 202),
    Row("GET", "/api/admin/services", SERVICE_WRITE, plain),
    Row("POST", "/api/admin/services", SERVICE_WRITE, new_service, always, 201, is_forgiving=True),
    Row("POST", "/api/admin/services/bulk", SERVICE_WRITE, bulk, always, is_forgiving=True),
    Row("POST", "/api/admin/services/restore", SERVICE_DELETE, restoration, always),
    Row("GET", ADMIN_PATH, SERVICE_WRITE, of_service("/api/admin/services/{}")),
    Row("PUT", ADMIN_PATH, SERVICE_WRITE, other_service, always, is_forgiving=True),
    Row("PATCH", ADMIN_PATH, SERVICE_WRITE, other_service, always, is_forgiving=True),
    Row("DELETE", ADMIN_PATH, SERVICE_DELETE, deletion, always),
    Row("GET", "/api/kinds", BOARD_READ, plain),
    Row("GET", "/api/kinds/{kind}", BOARD_READ, one_kind),
    Row("POST", "/api/check", CHECK_RUN, trial, is_forgiving=True),
)
