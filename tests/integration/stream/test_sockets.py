"""`/ws` and `/api/status/websocket` of the real program, with a client that was not written here."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from monitor_app.api.stream.messages import TO_CLIENT, StatusUpdate
from monitor_app.domain.status import Status
from monitor_app.engine.status_object import CPU, MEMORY
from monitor_app.security.permissions import RELATION_WRITE
from tests.integration.stream.conftest import PATIENCE_SECONDS, STREAMS_PER_USER, Stage

WS, DIALECT = "/ws", "/api/status/websocket"


class Talk:
    """One websocket; everything that the server says must be one of the documented messages."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, count: int = 1) -> list[dict[str, Any]]:
        """The next messages that are no heartbeats."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found) < count:
                message = json.loads(await self.socket.recv())
                models = [StatusUpdate] if message["type"] == "status_update" else TO_CLIENT
                assert any(fits(model, message) for model in models), message
                if message["type"] != "heartbeat":
                    found.append(message)
        self.heard += found
        return found

    async def closed(self) -> tuple[str, int]:
        """Wait for the end: the code of the last error, and that of the close."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    await self.hear()
        except ConnectionClosed as err:
            code = 0 if err.rcvd is None else err.rcvd.code
        return self.heard[-1]["data"]["code"], code


def fits(model: Any, message: dict[str, Any]) -> bool:
    try:
        model.model_validate(message)
    except ValueError:
        return False
    return True


@asynccontextmanager
async def talking(stage: Stage, path: str = WS, **headers: str) -> AsyncIterator[Talk]:
    url = f"ws://127.0.0.1:{stage.app.port}{path}"
    async with connect(url, additional_headers=headers, proxy=None, open_timeout=PATIENCE_SECONDS) as socket:
        yield Talk(socket)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_results_and_changes_come_on_the_topics_that_are_wanted(stage: Stage) -> None:
    key = await stage.key("topics")
    (site,) = await stage.add(1, is_shown=False, group="topics")
    (device,) = await stage.add(
        1, group="routers", service_type="device", kind="icmp", status_config={"host": "192.0.2.9"}
    )
    async with talking(stage, **bearer(key)) as one, talking(stage, **bearer(key)) as other:
        await one.say(type="subscribe", topics=[f"services.{site.service_id}", f"devices.{device.service_id}"])
        await other.say(type="subscribe", topic="categories.topics")
        await other.say(type="subscribe", topic=f"metrics.{CPU}")
        assert [each["event"] for each in await one.hear(2)] == ["subscribed"] * 2
        assert (await other.hear(2))[1]["data"]["topics"] == ["categories.topics", f"metrics.{CPU}"]

        await stage.record(site, device, status=Status.OK, **{CPU: 12.5, MEMORY: 1024.0})
        found = {(each["topic"], each["event"]): each for each in await one.hear(5)}
        site_topic, device_topic = f"services.{site.service_id}", f"devices.{device.service_id}"
        assert set(found) == {
            (site_topic, "metric_collected"), (device_topic, "metric_collected"), (site_topic, "status_changed"),
            (device_topic, "status_changed"), (device_topic, "device_status_changed"),
        }  # fmt: skip
        measured = found[device_topic, "metric_collected"]
        assert (measured["type"], measured["service_id"]) == ("data", device.service_id)
        assert (measured["data"]["cpu_usage"], measured["data"]["memory_usage"]) == (12.5, 1024.0)
        assert measured["data"]["hostname"] == "192.0.2.9"
        changed = found[device_topic, "device_status_changed"]
        assert (changed["data"]["old_status"], changed["data"]["new_status"]) == ("UNKNOWN", "OK")
        told = [(each["topic"], each["event"], each["service_id"]) for each in await other.hear(4)]
        assert sorted(told) == sorted(
            [
                ("categories.topics", "metric_collected", site.service_id),
                ("categories.topics", "status_changed", site.service_id),
                (f"metrics.{CPU}", "metric_collected", site.service_id),
                (f"metrics.{CPU}", "metric_collected", device.service_id),
            ]
        )
        await other.say(type="unsubscribe", topic=f"metrics.{CPU}")
        assert (await other.hear())[0]["event"] == "unsubscribed"
        await stage.record(device, site, **{CPU: 1.0})
        assert [(each["topic"], each["service_id"]) for each in await other.hear()] == [
            ("categories.topics", site.service_id)
        ]


async def test_what_is_wrong_is_said_and_the_connection_stays(stage: Stage) -> None:
    key = await stage.key("mistakes")
    async with talking(stage, **bearer(key)) as talk:
        for topic in ("services.nobody", "devices.nobody", "categories.nothing", "metrics.a b", "all", "global.x", ""):
            await talk.say(type="subscribe", topic=topic)
            (answer,) = await talk.hear()
            assert answer["type"] == "error", topic
        for text in ("{", "[]", '{"type": "dance"}', '{"type": "subscribe", "topic": 7}', "null", '{"type": []}'):
            await talk.socket.send(text)
            (answer,) = await talk.hear()
            assert answer["data"]["code"] == "bad_message", text
        await talk.say(type="heartbeat")
        await talk.say(type="subscribe", topics=[f"metrics.m{number}" for number in range(100)])
        await talk.hear(100)
        await talk.say(type="subscribe", topic="global")
        assert (await talk.hear())[0]["data"]["code"] == "too_many_topics"
        await talk.socket.send("x" * 70_000)
        assert await talk.closed() == ("bad_message", 1009)


async def test_who_says_so_in_the_first_message_is_let_in(stage: Stage) -> None:
    key = await stage.key("speaks")
    blind = await stage.key_of(await stage.person("blind"), (RELATION_WRITE,))
    async with talking(stage) as talk:
        await talk.say(type="auth", token=key)
        (answer,) = await talk.hear()
        assert (answer["event"], answer["data"]["name"]) == ("authenticated", "speaks")
        await talk.say(type="subscribe", topic="global")
        assert (await talk.hear())[0]["event"] == "subscribed"
    await stage.knows(bearer(blind), "blind")
    for first, code in (
        ({"type": "auth", "token": "lb_0123456789ab_" + "x" * 43}, "unauthorized"),
        ({"type": "auth", "token": blind}, "forbidden"),
        ({"type": "subscribe", "topic": "global"}, "unauthorized"),
    ):
        async with talking(stage) as talk:
            await talk.say(**first)
            assert await talk.closed() == (code, 1008)
    for path in (f"{WS}?token={key}", f"{WS}?key={key}", f"{DIALECT}?access_token=x"):
        async with talking(stage, path, **bearer(key)) as talk:
            assert await talk.closed() == ("unauthorized", 1008)
    log = (stage.app.folder / "serve.log").read_text()
    assert key not in log


async def test_origin_and_cookie(stage: Stage) -> None:
    person = await stage.person("browses")
    cookie, own = {"Cookie": person.cookie}, {"Origin": stage.app.url}
    for path in (WS, DIALECT):
        async with talking(stage, path, **cookie, **own) as talk:
            await talk.say(type="subscribe", **({"topic": "global"} if path == WS else {"services": ["nobody"]}))
            assert (await talk.hear())[0]["type"] in ("subscription", "error")
        async with talking(stage, path, **cookie) as talk:  # no page: the cookie does not count
            await talk.say(type="subscribe")
            assert await talk.closed() == ("unauthorized", 1008)
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "http://evil.example", **cookie}):
            with pytest.raises(InvalidStatus) as caught:
                async with talking(stage, path, **headers):
                    pass
            assert caught.value.response.status_code == 403
    async with talking(stage, WS, **cookie, **own) as talk:
        await stage.people.end_sessions(person)
        assert await talk.closed() == ("revoked", 1008)


async def test_revoked_key_and_too_many(stage: Stage) -> None:
    key = await stage.key("crowded")
    async with httpx.AsyncClient(base_url=stage.app.url, headers=bearer(key)) as web:
        opened = [web.stream("GET", "/api/status/stream?service=nobody") for _ in range(STREAMS_PER_USER - 1)]
        for each in opened:
            assert (await each.__aenter__()).status_code == 200
        async with talking(stage, **bearer(key)) as last:
            async with talking(stage, **bearer(key)) as talk:
                assert await talk.closed() == ("too_many_streams", 1013)
            async with talking(stage) as talk:
                await talk.say(type="auth", token=key)
                assert await talk.closed() == ("too_many_streams", 1013)
            await stage.revoke(key)
            assert await last.closed() == ("revoked", 1008)
        for each in opened:
            await each.__aexit__(None, None, None)


async def test_little_dialect_tells_what_is_and_what_changes(stage: Stage) -> None:
    key = await stage.key("dialect")
    one, other = await stage.add(2, group="dialect")
    async with talking(stage, DIALECT) as talk, talking(stage, DIALECT, **bearer(key)) as everything:
        await talk.say(type="auth", token=key)
        assert (await talk.hear())[0]["event"] == "authenticated"
        await talk.say(type="subscribe", services=[one.service_id])
        assert await talk.hear() == [
            {"type": "status_update", "service_id": one.service_id, "status": "UNKNOWN", "timestamp": None}
        ]
        await everything.say(type="subscribe")
        while {one.service_id, other.service_id} - {each["service_id"] for each in everything.heard}:
            await everything.hear()
        await stage.record(other)
        await stage.record(one, status=Status.FAILED)
        (changed,) = await talk.hear()
        assert (changed["service_id"], changed["status"]) == (one.service_id, "FAILED")
        last = [(each["service_id"], each["status"]) for each in await everything.hear(2)]
        assert set(last) == {(other.service_id, "OK"), (one.service_id, "FAILED")}


async def test_schema_is_given_out(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.app.url, cookies=stage.app.cookies) as web:
        document = (await web.get("/api/stream/schema")).json()
    names = {name for way, names in document.items() if way != "$defs" for name in names}
    assert names <= set(document["$defs"])
    assert {"MetricCollected", "StatusChanged", "Subscribe", "StatusUpdate"} <= names
