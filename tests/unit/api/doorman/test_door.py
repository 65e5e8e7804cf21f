"""Who may ask, and what each answer tells the browser."""

import io
import json
import logging

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from monitor_app.api.app import create_api
from monitor_app.api.doorman import SECURITY_HEADERS, Doorman, door
from monitor_app.api.problems import problem
from monitor_app.log import JsonFormatter, get_logger
from monitor_app.settings import load_settings
from tests.asgi import get, open_websocket
from tests.unit.api.doorman.origins import FOREIGN_ORIGINS
from tests.unit.api.people import OWN_HOST, with_key


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse("page", media_type="text/html" if request.url.path == "/" else "text/plain")


async def bug(_request: Request) -> PlainTextResponse:
    raise ValueError("secret")


async def unchanged(_request: Request) -> Response:
    return Response(status_code=304)


async def whereabouts(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.url))


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()


@pytest.fixture
def app() -> ASGIApp:
    inner = create_api()
    routes = [Route("/", page), Route("/assets/rows-abc.js", page), WebSocketRoute("/_event", socket)]
    routes += [Route("/where", whereabouts), Route("/bug", bug), Route("/kept", unchanged)]
    inner.mount("", Starlette(routes=routes))
    return Doorman(inner, load_settings(port=3000, public_url="https://status.example.org"))


@pytest.mark.parametrize(
    "host", ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "localhost", "status.example.org", "STATUS.example.org"]
)
async def test_own_names_are_answered(app: ASGIApp, host: str) -> None:
    assert (await get(app, "/", {"Host": host})).text == "page"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "localhost.evil.example",
        "localhost.",
        "localhost@evil.example",
        "x@localhost",
        "[::1",
        "",
    ],
)
async def test_foreign_names_are_refused_with_what_to_do(app: ASGIApp, host: str) -> None:
    answer = await get(app, "/", {"Host": host})
    assert answer.status_code == 421
    assert "PUBLIC_URL" in answer.text


async def test_redirects_lead_to_what_the_browser_speaks(app: ASGIApp) -> None:
    assert (await get(app, "/where", {"Host": "status.example.org"})).text == "https://status.example.org/where"
    assert (await get(app, "/where")).text == "http://localhost:3000/where"


async def test_livez_answers_to_any_name(app: ASGIApp) -> None:
    assert (await get(app, "/livez", {"Host": "10.0.0.7"})).json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/api/services/%0A", "/api/%00", "/api/status/a%E2%80%A8b"])
@pytest.mark.usefixtures("runtime")
async def test_path_that_no_route_can_have_is_a_problem(app: ASGIApp, path: str) -> None:
    answer = await get(app, path, with_key("admin"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:3000", "https://status.example.org"])
async def test_socket_of_an_own_page_is_taken(app: ASGIApp, origin: str) -> None:
    assert await open_websocket(app, "/_event", {**OWN_HOST, "Origin": origin}) == "websocket.accept"


@pytest.mark.usefixtures("runtime")
async def test_socket_without_a_page_needs_a_key(app: ASGIApp) -> None:
    assert await open_websocket(app, "/_event", OWN_HOST) == "websocket.close"
    assert await open_websocket(app, "/_event", {**OWN_HOST, "Cookie": "lb_session=admin"}) == "websocket.close"
    assert await open_websocket(app, "/_event", with_key("nobody")) == "websocket.close"
    assert await open_websocket(app, "/_event", with_key("viewer")) == "websocket.accept"


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("path", ["/ws", "/api/status/websocket"])
async def test_programs_may_open_some_websockets_and_say_later_who_they_are(path: str) -> None:
    asked: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await send({"type": "websocket.accept"})

    app = Doorman(inner, load_settings(port=3000))
    assert await open_websocket(app, path, OWN_HOST) == "websocket.accept"
    assert await open_websocket(app, path, {**OWN_HOST, "Origin": "http://localhost:3000"}) == "websocket.accept"
    for origin in ("http://evil.example", "null", ""):
        assert await open_websocket(app, path, {**OWN_HOST, "Origin": origin}) == "websocket.close"
    assert await open_websocket(app, f"{path}/", OWN_HOST) == "websocket.close"
    assert asked == [path, path]


async def test_socket_before_the_program_runs_is_refused(app: ASGIApp) -> None:
    assert await open_websocket(app, "/_event", with_key("viewer")) == "websocket.close"


@pytest.mark.parametrize(
    "origin",
    FOREIGN_ORIGINS,
)
async def test_socket_of_a_foreign_page_is_refused(app: ASGIApp, origin: str) -> None:
    assert await open_websocket(app, "/_event", {**OWN_HOST, "Origin": origin}) == "websocket.close"


async def test_socket_under_a_foreign_name_is_refused(app: ASGIApp) -> None:
    assert await open_websocket(app, "/_event", {"Host": "evil.example"}) == "websocket.close"


@pytest.mark.parametrize("path", ["/", "/livez", "/nowhere"])
async def test_every_answer_is_dressed(app: ASGIApp, path: str) -> None:
    headers = (await get(app, path)).headers
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value


@pytest.mark.parametrize(
    ("path", "policy"),
    [("/", "script-src 'self'"), ("/assets/rows-abc.js", "default-src 'none'"), ("/livez", "default-src 'none'")],
)
async def test_every_answer_says_what_it_may_load(app: ASGIApp, path: str, policy: str) -> None:
    answer = (await get(app, path)).headers["Content-Security-Policy"]
    assert policy in answer
    assert "frame-ancestors 'none'" in answer
    assert "unsafe-eval" not in answer


async def test_page_that_did_not_change_keeps_its_policy(app: ASGIApp) -> None:
    answer = await get(app, "/kept", OWN_HOST)
    assert answer.status_code == 304
    assert "content-security-policy" not in answer.headers


async def test_https_is_asked_for_under_the_public_name_only(app: ASGIApp) -> None:
    public = await get(app, "/", {"Host": "status.example.org"})
    assert public.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in (await get(app, "/")).headers


async def test_bug_is_told_without_its_traceback_and_logged_once(
    app: ASGIApp, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await get(app, "/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [record.msg for record in caplog.records if record.exc_info] == ["a request failed"]


async def test_bug_of_the_api_is_a_problem() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("secret")

    answer = await get(Doorman(broken, load_settings(port=3000)), "/api/x")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


async def test_open_sockets_of_one_address_are_bounded(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SOCKETS_LIMIT", 1)
    headers = {**OWN_HOST, "Origin": "http://localhost:3000"}
    opened: list[str] = []

    async def nested(scope: Scope, receive: Receive, send: Send) -> None:
        opened.append(await open_websocket(guarded, "/_event", headers))
        await send({"type": "websocket.accept"})

    guarded = Doorman(nested, load_settings(port=3000))
    assert await open_websocket(guarded, "/_event", headers) == "websocket.accept"
    assert opened == ["websocket.close"]
    assert await open_websocket(guarded, "/_event", headers) == "websocket.accept"  # the first one is closed by now


async def test_one_address_opens_so_many_sockets_a_minute(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SOCKETS_A_MINUTE", 2)
    guarded = Doorman(app, load_settings(port=3000))
    headers = {**OWN_HOST, "Origin": "http://localhost:3000"}
    opened = [await open_websocket(guarded, "/_event", headers) for _ in range(3)]
    assert opened == ["websocket.accept", "websocket.accept", "websocket.close"]


async def test_files_named_by_content_are_kept_and_others_asked_for_again(app: ASGIApp) -> None:
    assert "immutable" in (await get(app, "/assets/rows-abc.js")).headers["Cache-Control"]
    assert (await get(app, "/")).headers["Cache-Control"] == "no-cache"
    assert (await get(app, "/assets/nowhere.js")).headers["Cache-Control"] == "no-cache"
    assert (await get(app, "/livez")).headers["Cache-Control"] == "no-store"


async def test_answer_log_and_problem_carry_one_correlation_id() -> None:
    async def logs_and_refuses(scope: Scope, receive: Receive, send: Send) -> None:
        get_logger("test").warning("refused")
        await problem(409, "it is taken")(scope, receive, send)

    guarded = Doorman(logs_and_refuses, load_settings(port=3000))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger("test").addHandler(handler)
    first, second = [await get(guarded, "/api/x") for _ in range(2)]
    logging.getLogger("test").removeHandler(handler)
    logged = [json.loads(line)["correlation_id"] for line in stream.getvalue().splitlines()]
    told = [answer.json()["correlation_id"] for answer in (first, second)]
    assert logged == told == [answer.headers["x-correlation-id"] for answer in (first, second)]
    assert told[0] != told[1]
