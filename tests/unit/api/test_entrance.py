"""What every request to the API passes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message

from monitor_app.api import entrance
from monitor_app.api.app import create_api
from monitor_app.settings import load_settings
from tests.asgi import ask, open_websocket
from tests.unit.api.people import OWN_PAGE, with_cookie, with_key

LOGIN = "/api/auth/login"
JSON = {"Content-Type": "application/json"}


async def post(content: bytes | AsyncIterator[bytes], path: str = LOGIN, **headers: str) -> httpx.Response:
    return await ask(create_api(), "POST", path, {**OWN_PAGE, **JSON, **headers}, content=content)


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536):
        yield b" " * 65_536


async def test_who_asks_is_known_with_address_and_correlation_id(runtime) -> None:
    app = create_api()
    assert (await ask(app, "GET", "/api/auth/me", with_cookie("editor"))).json()["username"] == "an editor".replace(
        "an ", "a "
    )
    assert (await ask(app, "GET", "/api/auth/me", with_key("viewer"))).json()["via"] == "key"
    assert (await ask(app, "GET", "/api/auth/me")).json()["username"] == ""


async def test_wrong_key_is_refused_and_the_cookie_does_not_count(runtime) -> None:
    headers = {**with_cookie("admin"), "Authorization": "Bearer lb_wrong"}
    answer = await ask(create_api(), "GET", "/api/auth/me", headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_large_body_is_refused_by_its_length(runtime) -> None:
    answer = await post(b"x" * (1 << 20) + b"x")
    assert answer.status_code == 413
    assert "1,048,576" in answer.json()["detail"]


async def test_large_body_is_refused_without_a_length(runtime) -> None:
    assert (await post(chunks(2 << 20))).status_code == 413


async def test_body_of_just_that_size_is_looked_at(runtime) -> None:
    assert (await post(b" " * (1 << 20))).status_code == 422
    assert (await post(chunks(1 << 20))).status_code == 422


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "0x10"])
async def test_nonsense_for_a_length_is_refused(runtime, length: str) -> None:
    assert (await post(b"{}", **{"Content-Length": length})).status_code == 413


async def test_imports_may_be_larger(runtime) -> None:
    cookie = {"Cookie": "lb_session=editor"}
    assert (await post(chunks(2 << 20), "/api/import/services", **cookie)).status_code != 413
    assert (await post(b"x" * (11 << 20), "/api/import/services", **cookie)).status_code == 413
    assert (await post(chunks(2 << 20), "/api/import/services")).status_code == 413
    viewer = {"Cookie": "lb_session=viewer"}
    assert (await post(chunks(2 << 20), "/api/import/services", **viewer)).status_code == 413


async def test_only_some_imports_go_on_at_a_time(runtime) -> None:
    app, sent = create_api(), []
    is_over = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        sent.append(1)
        yield b"{"
        await is_over.wait()
        yield b"}"

    async def ask_slowly(path: str) -> int:
        headers = {**OWN_PAGE, **JSON, "Cookie": "lb_session=editor"}
        return (await ask(app, "POST", path, headers, content=slow())).status_code

    paths = ["/api/import", "/api/configuration/plan"]
    first = [asyncio.create_task(ask_slowly(path)) for path in paths]
    while len(sent) < 2:
        await asyncio.sleep(0.001)
    assert await ask_slowly("/api/import/gatus") == 503
    is_over.set()
    assert [await each for each in first] == [422, 422]
    assert await ask_slowly("/api/import/gatus") == 422


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"[" + b"1," * 100_001 + b"1]",
        b'{"username": "a", "username": "b", "password": "c"}',
        b'{"username": NaN}',
        b'{"username": "\\ud800", "password": "x"}',
        b"{",
        b"\xff\xfe",
    ],
)
async def test_json_that_is_a_trap_is_refused(runtime, body: bytes) -> None:
    answer = await post(body)
    assert answer.status_code == 422
    assert "body" in answer.json()["errors"]


async def test_slow_body_is_not_waited_for(runtime, monkeypatch) -> None:
    monkeypatch.setattr(entrance, "BODY_SECONDS", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert (await post(never())).status_code == 408


async def test_connection_that_ends_early_is_no_request(runtime) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": LOGIN, "raw_path": b"", "root_path": "", "query_string": b""}
    await create_api()({**scope, "headers": headers, "client": None, "scheme": "http"}, receive, send)
    assert sent[0]["status"] == 400


async def test_who_asks_too_often_is_told_when_to_come_again(runtime) -> None:
    app = create_api(load_settings(rate_per_address=3, rate_per_key=2))
    assert [(await ask(app, "GET", "/api/auth/me")).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = await ask(app, "GET", "/api/auth/me")
    assert answer.headers["retry-after"] == "20"
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await ask(app, "GET", "/api/auth/me", peer="10.0.0.2")).status_code == 200
    keys = [(await ask(app, "GET", "/api/auth/me", with_key("viewer"))).status_code for _ in range(3)]
    assert keys == [200, 200, 429]
    assert (await ask(app, "GET", "/api/auth/me", with_key("editor"))).status_code == 200


async def test_wrong_keys_count_for_the_address(runtime) -> None:
    app = create_api(load_settings(rate_per_address=2))
    statuses = [(await ask(app, "GET", "/api/auth/me", with_key(f"guess-{n}"))).status_code for n in range(3)]
    assert statuses == [401, 401, 429]


async def test_reports_of_services_are_not_counted(runtime) -> None:
    app = create_api(load_settings(rate_per_address=1))
    assert [(await ask(app, "PUT", "/push/x")).status_code for _ in range(3)] == [405] * 3


async def test_before_the_program_runs_it_says_so() -> None:
    answer = await ask(create_api(), "GET", "/api/auth/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_websocket_of_the_api_is_counted_too(runtime) -> None:
    app = create_api(load_settings(rate_per_address=1))
    for _ in range(2):
        assert await open_websocket(app, "/api/nowhere", OWN_PAGE) == "websocket.close"
