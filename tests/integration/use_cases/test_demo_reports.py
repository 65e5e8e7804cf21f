"""The demo's own job reports for the services that reports are awaited of, and for no other."""

import asyncio

import pytest

from monitor_app.errors import NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases import demo_reports as module
from monitor_app.use_cases.demo import DemoServices, DemoSupervisor
from monitor_app.use_cases.demo_catalogue import CATALOGUE
from monitor_app.use_cases.demo_reports import DemoReports
from monitor_app.use_cases.heartbeats import Report

URLS = {demo.path: demo.url(9_000 + number) for number, demo in enumerate(CATALOGUE)}


@pytest.fixture
async def demo(services, admin) -> DemoServices:
    demo = DemoServices(services)
    await demo.bring(admin, URLS, with_missing=True)
    return demo


async def test_most_reports_are_good_and_go_to_who_waits_for_them(demo) -> None:
    reported: list[tuple[str, Report]] = []

    async def report(token: str, one: Report) -> None:
        reported.append((token, one))

    reports = DemoReports(demo.find, report, KindRegistry())
    for number in range(1, 17):
        await reports.once(number)
    (push,) = [service for service in await demo.find() if service.kind == "push"]
    assert {token for token, _ in reported} == {push.status_config["token"]}
    signals = [one.signal for _, one in reported]
    assert signals == (["success"] * 7 + ["fail"]) * 2


async def test_a_report_that_is_refused_does_not_end_them(demo, monkeypatch) -> None:
    monkeypatch.setattr(module, "REPORT_SECONDS", 0.0)
    tries, enough = 0, asyncio.Event()

    async def report(_token: str, _one: Report) -> None:
        nonlocal tries
        tries += 1
        if tries == 3:
            enough.set()
        raise NotFound("no service has this address")

    task = asyncio.create_task(DemoReports(demo.find, report, KindRegistry()).run())
    async with asyncio.timeout(60):
        await enough.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_reports_come_while_the_servers_run(services, admin) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def reporting(_: DemoServices) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    supervisor = DemoSupervisor(services, reporting=reporting)
    await supervisor.load(admin)
    async with asyncio.timeout(60):
        await begun.wait()
    await supervisor.remove(admin)
    assert ended.is_set()
