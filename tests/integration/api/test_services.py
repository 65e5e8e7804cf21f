"""`/api/services`, `/api/kinds` and `/api/check` on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.api.kinds import KindOut
from monitor_app.api.services import ServiceNow
from monitor_app.domain.status import Status
from monitor_app.security.permissions import SYSTEM, VIEWER
from monitor_app.storage.history.heartbeats import read_heartbeats
from tests.integration.api.served import SERVICES, Served
from tests.recorder import Recorder
from tests.servers.http import http_server, reply

NOW = "/api/services"


async def test_list_tells_what_is_true_of_each(api: Served) -> None:
    for name in ("shop", "blog"):
        await api.add(name, group=name, environment=f"at {name}", tags=[name])
    await api.ask("PATCH", f"{SERVICES}/blog", json={"enabled": False})
    page = (await api.ask("GET", NOW, VIEWER)).json()
    assert [(item["service_id"], item["status"]) for item in page["items"]] == [
        ("shop", "UNKNOWN"),
        ("blog", "STOPPED"),
    ]
    for item in page["items"]:
        ServiceNow.model_validate(item)
    one = await api.ask("GET", f"{NOW}/shop", VIEWER)
    assert one.json() == page["items"][0]
    again = await api.ask("GET", f"{NOW}/shop", VIEWER, headers={"If-None-Match": one.headers["etag"]})
    assert again.status_code == 304
    for query, names in {
        "search=blog": ["blog"],
        "status=UNKNOWN": ["shop"],
        "group=blog,shop&sort=-label": ["shop", "blog"],
        "environment=at blog,at shop&sort=label": ["blog", "shop"],
        "tag=shop": ["shop"],
        "sort=response": ["blog", "shop"],
        "sort=changed&kind=http": ["blog", "shop"],
        "enabled=true": ["shop"],
    }.items():
        items = (await api.ask("GET", f"{NOW}?fields=service_id&{query}")).json()["items"]
        assert [item["service_id"] for item in items] == names, query
    assert (await api.ask("GET", f"{NOW}?sort=colour")).status_code == 422
    assert (await api.ask("GET", f"{NOW}/nothing")).status_code == 404


async def test_order_without_an_engine_is_accepted_and_told_so(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.state.check_results.TAKEN_LOOKS", 1)
    await api.add("shop")
    answer = await api.ask("POST", f"{NOW}/shop/check")
    assert (answer.status_code, answer.json()["status"]) == (202, "UNKNOWN")
    assert (await api.ask("POST", f"{NOW}/shop/check?wait_seconds=0")).status_code == 202
    assert (await api.ask("POST", f"{NOW}/shop/check?wait_seconds=31")).status_code == 422
    assert (await api.ask("POST", f"{NOW}/nothing/check")).status_code == 404
    assert (await api.ask("POST", f"{NOW}/shop/check", VIEWER)).status_code == 403


async def test_what_a_person_stopped_is_not_checked(api: Served) -> None:
    await api.add("shop")
    await api.running.breaker.open(SYSTEM, "shop", "new disk")
    held = await api.ask("POST", f"{NOW}/shop/check")
    assert (held.status_code, "new disk" in held.text) == (409, True)
    await api.running.breaker.close(SYSTEM, "shop")
    assert (await api.ask("POST", f"{NOW}/shop/check?wait_seconds=0")).status_code == 202
    await api.ask("PATCH", f"{SERVICES}/shop", json={"enabled": False})
    assert (await api.ask("POST", f"{NOW}/shop/check")).status_code == 409


async def test_result_of_a_check_that_ran_already_is_not_the_answer(api: Served) -> None:
    """The order is given once more then, and the next result is it."""
    await api.add("shop")
    row = api.running.board.find("shop")
    assert row is not None
    recorder = Recorder(api.database)
    asking = asyncio.create_task(api.ask("POST", f"{NOW}/shop/check?wait_seconds=30"))

    async def ordered(count: int) -> None:
        async with asyncio.timeout(60):
            while True:
                async with api.database.read() as conn:
                    if len(await read_heartbeats(conn, 0, 10)) == count:
                        return
                await asyncio.sleep(0.01)

    async def record(status: Status, at: datetime) -> None:
        await recorder.find(row.pk, status, at=at)
        await api.running.follower.read_now()

    await ordered(1)
    await record(Status.FAILED, datetime.now(UTC) - timedelta(seconds=5))
    await ordered(2)
    await record(Status.OK, datetime.now(UTC) + timedelta(seconds=1))
    answer = await asking
    assert (answer.status_code, answer.json()["status"]) == (200, "OK")


async def test_kinds_describe_themselves(api: Served) -> None:
    answer = await api.ask("GET", "/api/kinds", VIEWER)
    kinds = {each["name"]: each for each in answer.json()}
    assert {"http", "tcp", "dns", "push"} <= set(kinds)
    for each in kinds.values():
        KindOut.model_validate(each)
        assert {field["name"] for field in each["fields"]} == set(each["json_schema"]["properties"])
    assert kinds["push"]["is_told"]
    fields = {field["name"]: field for field in kinds["http"]["fields"]}
    assert fields["url"]["required"]
    assert fields["token"]["secret"]
    assert fields["token"]["when"] == "auth=bearer"
    assert (fields["deadline_seconds"]["unit"], fields["deadline_seconds"]["rare"]) == ("s", True)
    assert (await api.ask("GET", "/api/kinds/http")).json() == kinds["http"]
    assert (await api.ask("GET", "/api/kinds/nothing")).status_code == 404
    again = await api.ask("GET", "/api/kinds", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_check_runs_a_probe_and_saves_nothing(api: Served) -> None:
    async with http_server() as server:
        server.on("/", reply(503))
        body = {"kind": "http", "status_config": {"url": server.url("/")}}
        found = (await api.ask("POST", "/api/check", json=body)).json()
    assert (found["status_code"], found["status"], found["metrics"]["status_code"]) == (2, "FAILED", 503)
    assert found["response_time_ms"] > 0
    assert "first_byte" in found["phases"]
    assert (await api.ask("GET", SERVICES)).json()["total"] == 0
    wrong = await api.ask("POST", "/api/check", json={"kind": "http", "status_config": {"url": "x", "y": 1}})
    assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"url", "y"})
    unknown = await api.ask("POST", "/api/check", json={"kind": "telepathy"})
    assert unknown.json()["errors"]["kind"].startswith("must be one of ")
    assert (await api.ask("POST", "/api/check", VIEWER, json=body)).status_code == 403
