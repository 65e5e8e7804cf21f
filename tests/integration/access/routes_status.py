"""Routes that tell what is and what was: status, history, incidents, websites."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ, EDITOR, SERVICE_DELETE, SERVICE_WRITE, SYSTEM, Identity
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage


def of_service(path: str, **params: str) -> Prepare:
    """A call about a service that there is."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        return Call(params=params, path=path.format(stage.service_id(await stage.add(SYSTEM))))

    return prepare


async def new_website(stage: Stage, caller: Caller) -> Call:
    """An address that nobody watches."""
    return Call({"url": f"http://127.0.0.1:1/{stage.new_name('site')}", "name": "Site", "check_interval": 60})


async def change(stage: Stage, caller: Caller) -> Call:
    """Another name for a website."""
    path = f"/api/websites/{stage.service_id(await stage.add(SYSTEM))}"
    return Call({"name": stage.new_name("Renamed"), "enabled": False}, path=path)


async def deletion(stage: Stage, caller: Caller) -> Call:
    """Of a website of the caller's own."""
    pk = await stage.add(Identity.of_role(caller.name, EDITOR))
    return Call(path=f"/api/websites/{stage.service_id(pk)}")


ROUTES: Final = (
    Row("GET", "/api/status", BOARD_READ, plain),
    Row("GET", "/api/status/{service_id}", BOARD_READ, of_service("/api/status/{}")),
    Row(
        "GET",
        "/api/services/{service_id}/history",
        BOARD_READ,
        of_service("/api/services/{}/history", granularity="5"),
    ),
    Row("GET", "/api/services/{service_id}/results", BOARD_READ, of_service("/api/services/{}/results", limit="5")),
    Row("GET", "/api/services/{service_id}/uptime", BOARD_READ, of_service("/api/services/{}/uptime", days="7")),
    Row("GET", "/api/services/{service_id}/percentiles", BOARD_READ, of_service("/api/services/{}/percentiles")),
    Row("GET", "/api/services/{service_id}/series", BOARD_READ, of_service("/api/services/{}/series")),
    Row("GET", "/api/services/{service_id}/resting", BOARD_READ, of_service("/api/services/{}/resting")),
    Row("GET", "/api/services/{service_id}/window", BOARD_READ, of_service("/api/services/{}/window")),
    Row("GET", "/api/services/{service_id}/measurements", BOARD_READ, of_service("/api/services/{}/measurements")),
    Row("GET", "/api/services/{service_id}/downtime", BOARD_READ, of_service("/api/services/{}/downtime")),
    Row("GET", "/api/incidents", BOARD_READ, plain),
    Row("GET", "/api/websites", BOARD_READ, plain),
    Row("POST", "/api/websites", SERVICE_WRITE, new_website, always, 201, is_forgiving=True),
    Row("GET", "/api/websites/{website_id}", BOARD_READ, of_service("/api/websites/{}")),
    Row("PATCH", "/api/websites/{website_id}", SERVICE_WRITE, change, always, is_forgiving=True),
    Row("DELETE", "/api/websites/{website_id}", SERVICE_DELETE, deletion, always, 204),
    Row("GET", "/api/websites/{website_id}/checks", BOARD_READ, of_service("/api/websites/{}/checks")),
    Row("GET", "/api/websites/{website_id}/downtime", BOARD_READ, of_service("/api/websites/{}/downtime")),
)
