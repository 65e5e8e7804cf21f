"""`/api/status/stream` of the real program, with a client that was not written here."""

import asyncio
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from monitor_app.domain.status import Status
from tests.integration.stream.conftest import STREAMS_PER_USER, Stage, cutter_to, until
from tests.paces import at_any_pace

PAGE = Path(__file__).parents[3] / "docs/streams.md"
# A change is to be out after two seconds, an ended session after five; the rest is for a busy machine.
OUT_SECONDS = REVOKED_SECONDS = 60


async def test_snapshot_then_changes_then_removal(stage: Stage) -> None:
    key = await stage.key("first")
    one, other = await stage.add(2, group="snapshot", tags=["red"])
    async with stage.listening(key, "?group=snapshot") as listener:
        await listener.ready()
        assert {found["service_id"] for found in listener.named("snapshot")} == {one.service_id, other.service_id}
        assert listener.named("ready") == [{"services": 2}]
        (shown,) = [found for found in listener.named("snapshot") if found["service_id"] == one.service_id]
        assert (shown["status"], shown["last_check"]) == ("UNKNOWN", None)
        before = time.monotonic()
        await stage.record(one, status=Status.FAILED)
        assert await listener.statuses(1) == [(one.service_id, "FAILED")]
        assert time.monotonic() - before < OUT_SECONDS
        async with httpx.AsyncClient(base_url=stage.app.url, cookies=stage.app.cookies) as web:
            assert listener.named("status")[0] == (await web.get(f"/api/status/{one.service_id}")).json()
        await stage.recorder.delete_service(one.pk)
        assert await until(lambda: listener.named("removed")) == [{"service_id": one.service_id}]


async def test_filters_together_and_leaving_them(stage: Stage) -> None:
    key = await stage.key("filters")
    (wanted,) = await stage.add(1, is_shown=False, group="fa", tags=["t1", "t2"])
    (elsewhere,) = await stage.add(1, is_shown=False, group="fb", tags=["t1"])
    (untagged,) = await stage.add(1, group="fa")
    names = f"{wanted.service_id},{untagged.service_id}"
    async with (
        stage.listening(key, "?group=fa&tag=t1,t9") as both,
        stage.listening(key, f"?service={names}") as named,
        stage.listening(key, "?service=nobody") as nobody,
    ):
        for listener in (both, named, nobody):
            await listener.ready()
        assert [one["service_id"] for one in both.named("snapshot")] == [wanted.service_id]
        assert nobody.named("ready") == [{"services": 0}]
        await stage.record(wanted, elsewhere, untagged)
        assert {one for one, _ in await named.statuses(2)} == {wanted.service_id, untagged.service_id}
        assert await both.statuses(1) == [(wanted.service_id, "OK")]
        await stage.recorder.change_service(wanted.pk, group="fc")
        assert await until(lambda: both.named("removed")) == [{"service_id": wanted.service_id}]
        assert not nobody.named("status")


async def test_cut_line_is_resumed_without_a_gap(stage: Stage) -> None:
    key = await stage.key("resumes")
    services = await stage.add(6, group="cut")
    async with cutter_to(stage.app.port) as cutter:
        async with stage.listening(key, "?group=cut", url=cutter.url) as before:
            await before.ready()
            await stage.record(services[0])
            await before.statuses(1)
            cutter.cut()
            await until(lambda: before.is_ended)
        async with stage.listening(key, "?group=cut") as witness:  # who was there all the time
            await witness.ready()
            for service in services[1:]:
                await stage.record(service, status=Status.DEGRADED)
            await witness.statuses(5)
            last_id = before.events[-1].id
            async with (
                stage.listening(key, "?group=cut", url=cutter.url, last_id=last_id) as after,
                stage.listening(key, f"?group=cut&last_event_id={last_id}") as by_query,
            ):
                for listener in (after, by_query):
                    await listener.statuses(5)
                    assert [event.event for event in listener.events] == ["status"] * 5
                    assert [event.id for event in listener.events] == [event.id for event in witness.events[-5:]]
        async with stage.listening(key, "?group=cut", last_id="0123abcd-7") as unknown:
            await unknown.ready()
            assert len(unknown.named("snapshot")) == 6


@at_any_pace
async def test_revoked_and_expired_keys_and_ended_sessions_are_out(stage: Stage, pace: int) -> None:
    key = await stage.key(f"revoked-{pace}")
    person = await stage.person(f"expires-{pace}")
    short = await stage.key_of(person, seconds=4 * pace)
    await stage.knows({"Authorization": f"Bearer {short}"}, f"expires-{pace}")
    async with stage.listening(key) as one, stage.listening(short) as other:
        await one.ready()
        await other.ready()
        assert not one.is_ended
        await stage.revoke(key)
        await until(lambda: one.is_ended and other.is_ended, 4 * pace + REVOKED_SECONDS)
    async with httpx.AsyncClient(base_url=stage.app.url) as web:
        answer = await web.get("/api/status/stream", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401
        assert (await web.get("/api/status/stream")).status_code == 401
        cookie = {"Cookie": person.cookie}
        async with web.stream("GET", "/api/status/stream", headers=cookie) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            await stage.people.end_sessions(person)
            async with asyncio.timeout(REVOKED_SECONDS):
                async for _ in answer.aiter_bytes():
                    pass


async def test_one_user_has_so_many_streams(stage: Stage) -> None:
    key = await stage.key("many")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=stage.app.url, headers=headers) as web:
        opened = [web.stream("GET", "/api/status/stream") for _ in range(STREAMS_PER_USER)]
        for each in opened:
            assert (await each.__aenter__()).status_code == 200
        answer = await web.get("/api/status/stream")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
        assert "STREAMS_PER_USER" in answer.json()["detail"]
        for each in opened:
            await each.__aexit__(None, None, None)

        async def is_let_in() -> bool:
            async with web.stream("GET", "/api/status/stream") as again:
                return again.status_code == 200

        async with asyncio.timeout(60):
            while not await is_let_in():
                await asyncio.sleep(0.05)


async def test_wrong_questions_are_refused_in_words(stage: Stage) -> None:
    key = await stage.key("wrong")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=stage.app.url, headers=headers) as web:
        for query in (f"token={key}", "key=x", "service=" + ",".join(f"s{n}" for n in range(101))):
            answer = await web.get(f"/api/status/stream?{query}")
            assert answer.status_code == 422, query
            assert key not in answer.text
        foreign = await web.get("/api/status/stream", headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403


def example() -> dict[str, Any]:
    """What the page's code defines."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


async def test_example_of_the_docs_resumes_after_a_cut_and_polls_while_it_is_refused(stage: Stage) -> None:
    key = await stage.key("example")
    (service,) = await stage.add(1)
    headers, names, seen = {"Authorization": f"Bearer {key}"}, example(), []
    names["FAST_SECONDS"] = 0.2
    async with cutter_to(stage.app.port) as cutter, httpx.AsyncClient(base_url=cutter.url, headers=headers) as client:
        follower = names["Follower"](client, lambda status: seen.append((status["service_id"], status["status"])))
        task = asyncio.create_task(follower.run())
        await until(lambda: follower.is_streaming and service.service_id in follower.statuses)

        async def is_told(status: Status) -> None:
            await stage.record(service, status=status)
            await until(lambda: seen[-1:] == [(service.service_id, status.name)])

        await is_told(Status.OK)
        cutter.cut()
        await until(lambda: not follower.is_streaming)
        await is_told(Status.FAILED)
        await until(lambda: follower.is_streaming)

        web = httpx.AsyncClient(base_url=stage.app.url, headers=headers)
        taken = [web.stream("GET", "/api/status/stream?service=nobody") for _ in range(STREAMS_PER_USER - 1)]
        for each in taken:
            assert (await each.__aenter__()).status_code == 200
        last = web.stream("GET", "/api/status/stream?service=nobody")
        async with asyncio.timeout(60):
            cutter.cut()
            while (await last.__aenter__()).status_code != 200:
                last = web.stream("GET", "/api/status/stream?service=nobody")
                cutter.cut()  # the example was faster and has its place again
        await until(lambda: not follower.is_streaming)
        await is_told(Status.DEGRADED)
        assert not follower.is_streaming
        for each in (*taken, last):
            await each.__aexit__(None, None, None)
        await until(lambda: follower.is_streaming)
        await is_told(Status.OK)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await web.aclose()


async def test_restart_with_open_streams_is_quick_and_gives_a_new_snapshot(stage: Stage) -> None:
    keys = await asyncio.gather(*(stage.key(f"crowd-{number}") for number in range(4)))
    (service,) = await stage.add(1, group="restart")
    async with httpx.AsyncClient(base_url=stage.app.url, limits=httpx.Limits(max_connections=None)) as web:
        opened = []
        for key in [*keys] * 25:
            each = web.stream("GET", "/api/status/stream", headers={"Authorization": f"Bearer {key}"})
            opened.append(each)
            assert (await each.__aenter__()).status_code == 200
        async with stage.listening(keys[0], "?group=restart") as before:
            await before.ready()
            await asyncio.to_thread(stage.app.stop)
            await until(lambda: before.is_ended)
        for each in opened:
            await each.__aexit__(None, None, None)
    assert "refused to gracefully stop" not in stage.app.log_text()
    await asyncio.to_thread(stage.app.start)
    async with stage.listening(keys[0], "?group=restart", last_id=before.events[-1].id) as after:
        await after.ready()
        assert [one["service_id"] for one in after.named("snapshot")] == [service.service_id]
        await stage.record(service)
        assert await after.statuses(1) == [(service.service_id, "OK")]
        assert after.named("status")[0]["last_check"] <= datetime.now(UTC).isoformat()
