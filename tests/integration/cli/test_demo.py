"""`python -m monitor_app demo`, as somebody runs it in a terminal."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from monitor_app.use_cases.demo_catalogue import CATALOGUE
from tests.ports import free_ports


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "lightbulb.db"
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite+aiosqlite:///{path}",
        "DEMO_PORT": str(free_ports(len(CATALOGUE))),
        "PYTHONUNBUFFERED": "1",
    }


async def demo(environment: dict[str, str], *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor_app", "demo", *options, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def lines_until(process: asyncio.subprocess.Process, word: str) -> list[str]:
    lines: list[str] = []
    async with asyncio.timeout(60):
        while not lines or word not in lines[-1]:
            line = await process.stdout.readline()
            assert line, f"ended after {lines}"
            lines.append(line.decode().strip())
    return lines


async def test_runs_until_ctrl_c_and_is_removed_by_option(environment: dict[str, str]) -> None:
    running = await demo(environment)
    shown = await lines_until(running, "Ctrl-C")
    assert len(shown) == len(CATALOGUE) + 1
    assert shown[0].startswith("Web shop")

    second = await demo(environment)
    assert await lines_until(second, "running already") == ["The demo is running already."]
    assert await second.wait() == 0

    running.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(running.wait(), 60) == 0
    for count in (len(CATALOGUE), 0):
        removal = await demo(environment, "--remove")
        assert await lines_until(removal, "Removed") == [f"Removed {count} demo services."]
        assert await removal.wait() == 0


@pytest.mark.parametrize("ending", ["input", "SIGTERM"])
async def test_serving_for_a_parent_ends_with_its_input_or_a_signal(environment: dict[str, str], ending: str) -> None:
    process = await demo(environment, "--serve")
    (announced,) = await lines_until(process, "listening")
    assert all(entry.path in announced for entry in CATALOGUE)
    if ending == "input":
        process.stdin.close()
    else:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), 60) == 0
