"""Websockets that ask and do not read what they are answered."""

import asyncio
from dataclasses import replace

from monitor_app.api.stream.dialect import StatusSocket
from monitor_app.api.stream.websocket import StreamSocket
from tests.unit.api.people import running
from tests.unit.api.stream.test_hub import LIMITS, Stage, served, until

PATIENT = replace(LIMITS, slow_seconds=60, auth_seconds=10)
TOPICS = [f"metrics.m{number}" for number in range(100)]


async def test_who_does_not_read_the_answers_is_heard_no_more() -> None:
    async with Stage(limits=PATIENT).running() as stage:
        with running(access=stage.access, streams=stage.hub):
            async with served(StreamSocket(), "websocket") as (wire, _):
                wire.say(type="auth", token="good")
                await until(lambda: wire.told)
                wire.is_open.clear()
                for _ in range(30):
                    wire.say(type="subscribe", topics=TOPICS)
                (client,) = stage.hub._clients
                await until(lambda: client.outbox.waiting >= 100)
                await asyncio.sleep(0.5)
                assert client.outbox.waiting <= 200
                assert wire.coming.qsize() > 25
                wire.is_open.set()
                await until(lambda: wire.coming.qsize() <= 25)


async def test_who_wants_all_again_and_again_waits_for_it() -> None:
    async with Stage(limits=PATIENT).running() as stage:
        await stage.define(*range(1, 401))
        with running(access=stage.access, streams=stage.hub):
            async with served(StatusSocket(), "websocket", path="/api/status/websocket") as (wire, _):
                wire.say(type="auth", token="good")
                for _ in range(20):
                    wire.say(type="subscribe", services=[])
                await until(lambda: len(wire.told) > 400)
                began = asyncio.get_running_loop().time()
                await until(lambda: wire.coming.qsize() <= 14)
                assert asyncio.get_running_loop().time() - began > 0.5
