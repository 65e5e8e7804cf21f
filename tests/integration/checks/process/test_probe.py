"""The process probe among the real processes of this machine."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor_app.checks.process import probe as probe_module
from monitor_app.checks.process.scan import Scanner, Seen, look
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.kinds_told import sections

Start = Callable[..., subprocess.Popen[bytes]]
WAITS = "import sys; print(flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another one's scan has seen."""
    monkeypatch.setattr(probe_module, "_SCANNER", Scanner(look))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes that wait, with these words on their command lines."""
    started = []

    def run(*words: str, code: str = WAITS) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


async def looked(service_pk: int = 0, **values: Any) -> ProbeResult:
    kind = KindRegistry()["process"]
    return await kind.probe(ProbeContext(None, service_pk=service_pk), kind.parse(values))


def word() -> str:
    """On no other command line."""
    return f"word-{secrets.token_hex(8)}"


async def test_processes_are_found_by_pattern_and_measured(start: Start) -> None:
    sign = word()
    first, second = start(sign), start(sign)
    result = await looked(pattern=f"{sign}$")
    assert result.status is Status.OK, result.message
    assert result.message.startswith("2 processes since ")
    assert result.metrics["count"] == 2
    assert result.metrics["memory_bytes"] > 5_000_000
    assert result.metrics["threads"] == 2
    assert result.metrics["open_files"] >= 6
    assert 0 <= result.metrics["uptime_seconds"] < 100
    assert "cpu_percent" not in result.metrics
    assert result.details["pids"] == f"{first.pid}, {second.pid}"
    assert sign not in str(result.details)
    assert (result.response_ms, result.phases) == (None, {})


async def test_a_share_of_the_processor_is_told_from_the_second_look_on(start: Start) -> None:
    sign = word()
    start(sign, code="print(flush=True)\nwhile True: pass")
    first = await looked(service_pk=910001, pattern=sign)
    assert "cpu_percent" not in first.metrics
    # A machine that has other things to do may not have come to it yet.
    async with asyncio.timeout(60):
        while not (second := await looked(service_pk=910001, pattern=sign)).metrics["cpu_percent"]:
            await asyncio.sleep(0.5)
    assert 0 < second.metrics["cpu_percent"] < 150


async def test_processes_are_found_by_name(start: Start, tmp_path: Path) -> None:
    name = f"p{secrets.token_hex(6)}"
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "60"])
    try:
        result = await looked(name=name)
        other = await looked(name=name[:-1])
    finally:
        process.kill()
        process.wait()
    assert (result.status, result.details["names"], result.details["pids"]) == (Status.OK, name, str(process.pid))
    assert (other.status, other.message) == (Status.FAILED, f"no process named '{name[:-1]}'")


async def test_nothing_found_fails() -> None:
    sign = word()
    result = await looked(pattern=sign)
    assert (result.status, result.message) == (Status.FAILED, f"no process with '{sign}' in the command line")
    assert result.metrics == {"count": 0}


@pytest.mark.parametrize(
    ("least", "most", "status", "message"),
    [
        (2, 2, Status.OK, "2 processes since"),
        (3, None, Status.FAILED, "2 processes with"),
        (3, None, Status.FAILED, "at least 3 must be there"),
        (0, 1, Status.FAILED, "at most 1 may be there"),
        (0, 0, Status.FAILED, "at most 0 may be there"),
    ],
)
async def test_the_count_is_judged(start: Start, least: int, most: int | None, status: Status, message: str) -> None:
    sign = word()
    start(sign)
    start(sign)
    result = await looked(pattern=sign, min_count=least, max_count=most)
    assert result.status is status
    assert message in result.message


async def test_none_may_be_what_is_wanted() -> None:
    sign = word()
    result = await looked(pattern=sign, min_count=0, max_count=0)
    assert (result.status, result.message) == (
        Status.OK,
        f"no process with '{sign}' in the command line, as wanted",
    )


async def test_a_zombie_does_not_run(start: Start, tmp_path: Path) -> None:
    process, file = start(), tmp_path / "a.pid"
    file.write_text(str(process.pid))
    process.kill()
    psutil_process = psutil.Process(process.pid)
    for _ in range(6000):
        if psutil_process.status() == psutil.STATUS_ZOMBIE:
            break
        await asyncio.sleep(0.01)
    assert psutil_process.status() == psutil.STATUS_ZOMBIE
    result = await looked(pid_file=str(file))
    assert (result.status, "does not run" in result.message) == (Status.FAILED, True)


async def test_who_asks_is_not_what_is_asked_for(start: Start) -> None:
    sign = word()
    start("sudo", "check", "process", f"pattern={sign}")
    result = await looked(pattern=sign)
    assert result.status is Status.FAILED
    process = start(sign)
    probe_module._SCANNER = Scanner(look)
    found = await looked(pattern=sign)
    assert found.details["pids"] == str(process.pid)


def test_the_command_line_never_finds_itself() -> None:
    sign = word()
    command = [sys.executable, "-m", "monitor_app", "check", "process", f"pattern={sign}"]
    done = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *command], capture_output=True, text=True)
    assert done.returncode != 0
    assert "no process with" in done.stdout


async def test_this_process_is_never_found() -> None:
    result = await looked(name=psutil.Process().name(), min_count=0)
    assert str(os.getpid()) not in result.details.get("pids", "").split(", ")


# PID files


async def test_a_process_is_found_by_its_file(start: Start, tmp_path: Path) -> None:
    process, file = start(), tmp_path / "a.pid"
    file.write_text(f"{process.pid}\n")
    result = await looked(pid_file=str(file))
    assert (result.status, result.details["pids"]) == (Status.OK, str(process.pid))


@pytest.mark.parametrize("content", ["", "abc", "-5", "0", "12 34", "hunter2\n12", "9" * 200])
async def test_a_file_without_a_number_fails_and_is_not_repeated(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.pid"
    file.write_text(content)
    result = await looked(pid_file=str(file))
    assert (result.status, result.message) == (
        Status.FAILED,
        f"the PID file {file} does not begin with the number of a process",
    )


async def test_a_file_that_is_not_there_fails(tmp_path: Path) -> None:
    result = await looked(pid_file=str(tmp_path / "a.pid"))
    assert result.message == f"there is no PID file {tmp_path / 'a.pid'}"
    assert result.status is Status.FAILED


async def test_a_process_that_has_ended_fails(start: Start, tmp_path: Path) -> None:
    process, file = start(), tmp_path / "a.pid"
    file.write_text(str(process.pid))
    process.kill()
    process.wait()
    result = await looked(pid_file=str(file))
    assert result.message == f"process {process.pid}, which the PID file {file} names, does not run"


async def test_a_number_that_another_process_got_is_stale(start: Start, tmp_path: Path) -> None:
    process, file = start(), tmp_path / "a.pid"
    file.write_text(str(process.pid))
    an_hour_ago = psutil.Process(process.pid).create_time() - 3600
    os.utime(file, (an_hour_ago, an_hour_ago))
    result = await looked(pid_file=str(file))
    assert result.status is Status.FAILED
    assert "is stale: process" in result.message


async def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pid")
    result = await looked(pid_file=str(tmp_path / "a.pid"), deadline_seconds=60)
    assert (result.status, result.message) == (Status.FAILED, f"{tmp_path / 'a.pid'} is not a file")


async def test_a_device_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some do something then: /dev/watchdog restarts the machine."""

    def refuse(*_: object) -> int:
        raise AssertionError("opened")

    monkeypatch.setattr("monitor_app.checks.process.pid_file.os.open", refuse)
    result = await looked(pid_file="/dev/null")
    assert (result.status, result.message) == (Status.FAILED, "/dev/null is not a file")


async def test_a_file_that_may_not_be_read_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:  # a stand-in: the tests may run as root, whom nothing is forbidden
        raise PermissionError

    (tmp_path / "a.pid").write_text("1")
    monkeypatch.setattr("monitor_app.checks.process.pid_file.os.open", refuse)
    result = await looked(pid_file=str(tmp_path / "a.pid"))
    assert result.status is Status.UNKNOWN
    assert "may not read the PID file" in result.message


# Troubles of this machine


async def test_hidden_processes_are_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(probe_module, "_SCANNER", Scanner(lambda: {500: Seen(500, 1, "mine", 0.0)}))
    file = tmp_path / "a.pid"
    file.write_text("77")
    for values in ({"name": "nginx"}, {"pid_file": str(file)}):
        result = await looked(**values)
        assert result.status is Status.UNKNOWN
        assert "hidepid" in result.message


async def test_a_look_that_hangs_is_unknown_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> dict[int, Seen]:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(60)
        return {}

    monkeypatch.setattr(probe_module, "_SCANNER", Scanner(hang))
    result = await looked(name="nginx", deadline_seconds=0.2)
    assert (result.status, result.message) == (
        Status.UNKNOWN,
        "this machine's processes could not be looked through within 0.2 s",
    )
    gate.set()
    assert (await looked(name="nginx", deadline_seconds=60)).status is Status.UNKNOWN


async def test_checks_at_once_share_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def counted() -> dict[int, Seen]:
        looks.append(1)
        return look()

    monkeypatch.setattr(probe_module, "_SCANNER", Scanner(counted))
    await asyncio.gather(*(looked(name=f"nobody{number}") for number in range(50)))
    assert len(looks) <= 2


async def test_processes_are_told_one_by_one(start: Start) -> None:
    sign = word()
    running = [start(sign), start(sign)]
    table = sections(await looked(pattern=f"{sign}$"))["Processes"]
    assert table["columns"] == ["PID", "Parent", "Name", "Since", "Memory", "Threads", "CPU time"]
    assert {row[0] for row in table["rows"]} == {str(process.pid) for process in running}
    assert {row[1] for row in table["rows"]} == {str(os.getpid())}
    # The words of a command line may be secrets.
    assert sign not in str(table)
