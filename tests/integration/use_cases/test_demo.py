"""The demo comes and goes with one click, and leaves no process behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from monitor_app.errors import PermissionDenied
from monitor_app.security.permissions import ADMIN, EDITOR, Identity
from monitor_app.use_cases import demo as module
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.demo import DemoServersFailed, DemoServices, DemoSupervisor
from monitor_app.use_cases.demo_catalogue import CATALOGUE
from tests.ports import free_ports

URLS = {demo.path: demo.url(9_000 + number) for number, demo in enumerate(CATALOGUE)}
OTHER_URLS = {demo.path: demo.url(9_500 + number) for number, demo in enumerate(CATALOGUE)}
WEB_URLS = {url for url in URLS.values() if url.startswith(("http", "ws"))}
OURS = {"label": "Checkout API", "kind": "http", "status_config": {"url": "http://127.0.0.1:9/checkout/health"}}


@pytest.fixture
def demo(services) -> DemoServices:
    return DemoServices(services)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need long to start a program."""
    monkeypatch.setattr(module, "START_SECONDS", 120.0)


@pytest.fixture
async def supervisor(services, monkeypatch) -> AsyncIterator[DemoSupervisor]:
    """With the command that the program itself uses, on ports that nobody else wants."""
    monkeypatch.setenv("DEMO_PORT", str(free_ports(len(CATALOGUE))))
    monkeypatch.setattr(module, "RESTART_FIRST_SECONDS", 0.05)
    supervisor = DemoSupervisor(services)
    yield supervisor
    await supervisor.close()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def is_running(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_what_people_do_with_the_demo_can_be_undone_but_not_its_coming_and_going(demo, services) -> None:
    admin = Identity.of_role("ada", ADMIN, account_pk=3)
    with noted_changes() as comings:
        await demo.bring(admin, URLS, with_missing=True)
        await demo.bring(admin, OTHER_URLS, with_missing=True)
    with noted_changes() as edits:
        await services.update(admin, "web-shop", {"label": "Shop"}, expected_revision=None)
        await services.delete(admin, ["checkout-api"])
    with noted_changes() as goings:
        await demo.remove(admin)
    assert (comings, len(edits), goings) == ([], 2, [])


async def test_services_are_marked_and_come_once(demo, services, admin) -> None:
    await demo.bring(admin, URLS, with_missing=True)
    await demo.bring(admin, URLS, with_missing=True)
    found = await services.list_all(admin)
    assert [service.label for service in found] == [entry.label for entry in CATALOGUE]
    assert all(service.is_demo for service in found)
    assert {service.status_config["url"] for service in found if "url" in service.status_config} == WEB_URLS
    (whole,) = [service for service in found if service.kind == "composite"]
    assert whole.status_config["members"] == "web-shop, checkout-api, product-search, shopping-cart"


async def test_removing_removes_exactly_the_demo(demo, services, admin) -> None:
    ours = await services.create(admin, OURS)
    await demo.bring(admin, URLS, with_missing=True)
    assert len(await demo.remove(admin)) == len(CATALOGUE)
    assert await services.list_all(admin) == [ours]
    assert await demo.remove(admin) == []


async def test_demo_service_never_takes_the_id_of_ours(demo, services, admin) -> None:
    await services.create(admin, OURS)
    await demo.bring(admin, URLS, with_missing=True)
    assert (await services.get(admin, "checkout-api-2")).is_demo


async def test_changed_ports_are_followed_and_other_changes_are_kept(demo, services, admin) -> None:
    await demo.bring(admin, URLS, with_missing=True)
    shop = await services.get(admin, "web-shop")
    await services.update(
        admin, "web-shop", {"label": "My shop", "interval_seconds": 30}, expected_revision=shop.revision
    )
    await services.delete(admin, ["short-links"])
    await demo.bring(admin, OTHER_URLS, with_missing=False)
    shop = await services.get(admin, "web-shop")
    assert (shop.label, shop.interval_seconds, shop.status_config["url"]) == ("My shop", 30, OTHER_URLS["/shop"])
    assert shop.status_config["deadline_seconds"] == 5
    assert len(await demo.find()) == len(CATALOGUE) - 1
    await demo.bring(admin, OTHER_URLS, with_missing=True)
    assert len(await demo.find()) == len(CATALOGUE)


async def test_demo_needs_its_permission(demo, supervisor) -> None:
    editor = Identity.of_role("ed", EDITOR)
    for attempt in (demo.bring(editor, URLS, with_missing=True), demo.remove(editor), supervisor.load(editor)):
        with pytest.raises(PermissionDenied):
            await attempt
    with pytest.raises(PermissionDenied):
        await supervisor.remove(editor)


async def test_one_click_starts_and_one_click_ends_it(supervisor, services, admin) -> None:
    loaded = await supervisor.load(admin)
    process_id = supervisor.process_id
    assert len(loaded) == len(CATALOGUE)
    assert await supervisor.services.are_served()
    assert await supervisor.load(admin) == loaded
    assert supervisor.process_id == process_id
    await supervisor.remove(admin)
    assert not is_running(process_id)
    assert await services.list_all(admin) == []


async def test_end_of_the_program_ends_the_servers_and_keeps_the_services(supervisor, services, admin) -> None:
    await supervisor.load(admin)
    process_id = supervisor.process_id
    await supervisor.close()
    assert not is_running(process_id)
    assert len(await services.list_all(admin)) == len(CATALOGUE)


async def test_servers_run_again_when_the_program_starts_again(supervisor, services, admin) -> None:
    await supervisor.services.bring(admin, OTHER_URLS, with_missing=True)
    await supervisor.start()
    await eventually(lambda: supervisor.process_id is not None)
    for _ in range(3000):
        if await supervisor.services.are_served():
            break
        await asyncio.sleep(0.02)
    assert await supervisor.services.are_served()


async def test_without_demo_services_nothing_is_started(supervisor) -> None:
    await supervisor.start()
    assert supervisor._watcher is None


async def test_servers_that_run_elsewhere_already_are_left_alone(supervisor, services, admin) -> None:
    await supervisor.load(admin)
    second = DemoSupervisor(services)
    await second.start()
    assert second._watcher is None


async def test_killed_servers_come_back(supervisor, admin) -> None:
    await supervisor.load(admin)
    first = supervisor.process_id
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: supervisor.process_id not in (None, first))


async def test_servers_that_cannot_start_are_logged_and_tried_again(demo, services, admin, monkeypatch, caplog) -> None:
    monkeypatch.setattr(module, "RESTART_FIRST_SECONDS", 0.01)
    await demo.bring(admin, URLS, with_missing=True)
    supervisor = DemoSupervisor(services, command=(sys.executable, "-c", "raise SystemExit(1)"))
    await supervisor.start()
    await eventually(lambda: caplog.text.count("could not be started") >= 2)
    await supervisor.close()


async def test_program_that_cannot_be_run_is_told_and_tried_again(
    demo, services, admin, monkeypatch, caplog, tmp_path
) -> None:
    monkeypatch.setattr(module, "RESTART_FIRST_SECONDS", 0.01)
    program = tmp_path / "servers"
    supervisor = DemoSupervisor(services, command=(str(program),))
    with pytest.raises(DemoServersFailed, match="No such file"):
        await supervisor.load(admin)
    await demo.bring(admin, OTHER_URLS, with_missing=True)
    await supervisor.start()
    await eventually(lambda: caplog.text.count("could not be started") >= 2)
    write_program(program)
    await eventually(lambda: supervisor.process_id is not None)
    await supervisor.close()


async def test_unexpected_trouble_does_not_keep_the_demo_away(
    demo, services, admin, monkeypatch, caplog, tmp_path
) -> None:
    monkeypatch.setattr(module, "RESTART_FIRST_SECONDS", 0.01)
    await demo.bring(admin, OTHER_URLS, with_missing=True)
    write_program(tmp_path / "servers")
    supervisor = DemoSupervisor(services, command=(str(tmp_path / "servers"),))
    with monkeypatch.context() as patched:
        patched.setattr(services, "update", lambda *_, **__: 1 / 0)
        await supervisor.start()
        await eventually(lambda: "ZeroDivisionError" in caplog.text)
    async with asyncio.timeout(60):
        while {service.status_config.get("url") for service in await demo.find()} - {None} != WEB_URLS:
            await asyncio.sleep(0.02)
    await supervisor.close()


def write_program(path: Path) -> None:
    """One that says what the demo's servers say at their start, and ends when its input closes."""
    path.write_text(f"#!{sys.executable}\nprint({json.dumps({'urls': URLS})!r}, flush=True); input()")
    path.chmod(0o755)


async def test_servers_that_do_not_end_are_made_to(services, admin, monkeypatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)
    urls = json.dumps({"urls": URLS})
    deaf = f"import time; print({urls!r}, flush=True); time.sleep(600)"
    supervisor = DemoSupervisor(services, command=(sys.executable, "-c", deaf))
    await supervisor.load(admin)
    process_id = supervisor.process_id
    await supervisor.close()
    assert not is_running(process_id)


@pytest.mark.parametrize(
    "code", ["raise SystemExit(1)", "print('{}', flush=True); input()", "print('x', flush=True); input()"]
)
async def test_servers_that_do_not_start_are_told(services, admin, code: str) -> None:
    supervisor = DemoSupervisor(services, command=(sys.executable, "-c", code))
    with pytest.raises(DemoServersFailed):
        await supervisor.load(admin)
    assert supervisor.process_id is None
    assert await services.list_all(admin) == []


async def test_servers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent_code = (
        "import subprocess, sys, time\n"
        "from monitor_app.use_cases.demo import SERVE_COMMAND\n"
        "child = subprocess.Popen(SERVE_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        parent_code,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "DEMO_PORT": str(free_ports(len(CATALOGUE)))},
    )
    server_id = int(await parent.stdout.readline())
    server = psutil.Process(server_id)
    try:
        assert is_running(server_id)
        parent.kill()
        await parent.wait()
        await eventually(lambda: not is_running(server_id))
    finally:
        with suppress(psutil.NoSuchProcess):
            server.kill()
