"""Each answer is counted by the route that gave it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor_app.api.doorman import Doorman
from monitor_app.engine.own_health import RequestTimes
from monitor_app.settings import load_settings
from tests.asgi import ask, get
from tests.own_scene import OwnScene
from tests.paces import at_any_pace
from tests.unit.api.people import running, with_key

Counts = dict[tuple[str, str, str], int]


async def thing(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["name"])


async def bug(_request: Request) -> PlainTextResponse:
    raise ValueError("secret")


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("page")(scope, receive, send)


@pytest.fixture
def app() -> ASGIApp:
    routes = [Route("/things/{name}", thing), Route("/bug", bug), Mount("/inner", routes=[Route("/{name}", thing)])]
    inner = Starlette(routes=[*routes, Mount("", pages, name="frontend")])
    return Doorman(inner, load_settings(port=3000))


@pytest.fixture
def times() -> Iterator[RequestTimes]:
    scene = OwnScene()
    with running(own_health=scene.own):
        yield scene.own.requests


def counts(times: RequestTimes) -> Counts:
    return {key: timings.count for key, timings in times.series.items()}


async def test_routes_are_told_by_their_templates(app: ASGIApp, times: RequestTimes) -> None:
    for path in ("/things/a", "/things/b", "/inner/c", "/a/page", "/inner"):
        await get(app, path)
    assert counts(times) == {
        ("/things/{name}", "GET", "2xx"): 2,
        ("/inner/{name}", "GET", "2xx"): 1,
        ("screens", "GET", "2xx"): 2,
    }


async def test_refused_requests_count_apart(app: ASGIApp, times: RequestTimes) -> None:
    await get(app, "/things/a", {"Host": "evil.example"})
    assert counts(times) == {("refused", "GET", "4xx"): 1}


async def test_bugs_are_counted(app: ASGIApp, times: RequestTimes) -> None:
    assert (await get(app, "/bug")).status_code == 500
    assert counts(times) == {("/bug", "GET", "5xx"): 1}
    assert times.exceptions == {"request": 1, "event": 0}


async def test_methods_that_nobody_knows_are_one(app: ASGIApp, times: RequestTimes) -> None:
    for method in ("BREW", "WHEN"):
        await ask(app, method, "/a/page")
    assert counts(times) == {("screens", "other", "2xx"): 2}


@at_any_pace
async def test_stream_counts_once_it_has_begun_however_long_it_lasts(times: RequestTimes, pace: int) -> None:
    async def events() -> AsyncIterator[str]:
        yield "data: 1\n\n"
        await asyncio.sleep(0.3 * pace)

    async def stream(_request: Request) -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    await get(Doorman(Starlette(routes=[Route("/stream", stream)]), load_settings(port=3000)), "/stream")
    [timings] = times.series.values()
    assert timings.longest < 0.3 * pace


async def test_nothing_is_counted_before_the_start(app: ASGIApp) -> None:
    assert (await get(app, "/things/a")).status_code == 200


async def test_prometheus_may_come_under_any_name_with_a_key(app: ASGIApp, times: RequestTimes) -> None:
    foreign = {"Host": "lightbulb.monitoring.svc:3000"}
    assert (await get(app, "/metrics", foreign)).status_code == 421
    assert (await get(app, "/metrics", {**with_key("viewer"), **foreign})).status_code == 200
    assert (await get(app, "/health/detailed", {**with_key("viewer"), **foreign})).status_code == 421
    assert (await get(app, "/readyz", foreign)).status_code == 200


async def test_foreign_pages_may_not_ask_how_the_monitor_is(app: ASGIApp, times: RequestTimes) -> None:
    answer = await get(app, "/health/detailed", {"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert json.loads(answer.text)["status"] == 403
