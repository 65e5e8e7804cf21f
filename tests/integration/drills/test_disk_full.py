"""A disk that is full for some seconds: results are kept in their order and written later, at most so many."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest

from monitor_app.domain.status import Status
from tests.drills import rounds
from tests.engine_process import EngineProcess, add_services
from tests.integration.drills.conftest import AtPace, Launch
from tests.invariants import (
    log_lines,
    must_be_sound,
    must_be_stored_once,
    must_be_summed_once,
    must_hold_acknowledged,
    must_not_be_doubled,
    must_not_be_unknown,
    must_not_miss_slots,
    read_past,
)
from tests.paces import at_any_pace
from tests.servers.http import HttpServer
from tests.tuned_engine import Tuning

AWAY = "results cannot be written; they are kept and tried again"
BACK = "results can be written again"


class Disk:
    """Full from `fill` until `free`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "pages"
        self.free()

    def fill(self) -> None:
        self.file.write_text("1")  # as many as there are, SQLite makes of it

    def free(self) -> None:
        self.file.write_text("")


async def until_logged(engine: EngineProcess, text: str, times: int) -> None:
    async with asyncio.timeout(120):
        while log_lines(engine, text) < times:
            await asyncio.sleep(0.05)


def logged_at(engine: EngineProcess, text: str) -> datetime:
    """When it said this first."""
    line = next(line for line in engine.log.splitlines() if text in line)
    return datetime.fromisoformat(json.loads(line)["time"])


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@pytest.mark.drill
@pytest.mark.timeout(300)
async def test_full_disk_costs_no_result(server, sqlite, sqlite_url, launch, disk):
    urls = {f"s{number}": server.url("/") for number in range(200)}
    services = await add_services(sqlite, urls, interval_seconds=2, deadline_seconds=60)
    times = len(rounds(1, 3))
    async with launch(sqlite_url, Tuning(merge_seconds=0.3, page_limit_file=str(disk.file))) as engine:
        await engine.until_committed(40)
        for number in range(1, times + 1):
            disk.fill()
            await until_logged(engine, AWAY, number)
            await asyncio.sleep(3)
            disk.free()
            await until_logged(engine, BACK, number)
            await engine.until_committed(engine.committed + 80)
        assert await engine.stop() == 0
    assert (log_lines(engine, AWAY), log_lines(engine, BACK)) == (times, times)
    # Of the merging, once each time at most.
    assert log_lines(engine, "results cannot be merged now") <= times
    assert "the disk is full" in engine.log
    assert "Traceback" not in engine.log
    assert (engine.stats["dropped"], engine.stats["lost"]) == (0, 0)
    assert engine.stats["committed"] == engine.stats["done"]
    past = await read_past(sqlite, services)
    assert past.statuses(services) == {Status.OK}
    must_hold_acknowledged(past, engine, 0)
    await must_be_sound(past)
    must_not_be_unknown(past)
    must_not_miss_slots(past, services, besides=engine.stats["skipped"] + engine.stats["interrupted"])


@pytest.mark.drill
@at_any_pace
async def test_disk_that_is_full_for_long_drops_the_oldest_results_and_counts_them(
    server: HttpServer, sqlite_at: AtPace, launch: Launch, disk: Disk, pace: int
) -> None:
    limit = 150
    sqlite, sqlite_url = sqlite_at(pace)
    urls = {f"s{number}": server.url("/") for number in range(200)}
    services = await add_services(sqlite, urls, interval_seconds=2 * pace, deadline_seconds=60)
    disk.free()
    async with launch(sqlite_url, Tuning(page_limit_file=str(disk.file), waiting_limit=limit)) as engine:
        await engine.until_committed(210)  # steady: no change that has to stay
        assert log_lines(engine, "the oldest are dropped") == 0, "this machine is too busy even for a disk with room"
        disk.fill()
        await until_logged(engine, "the oldest are dropped", 1)
        told = len(engine.lines)
        await engine.until(lambda engine: [line for line in engine.lines[told:] if line["event"] == "stats"])
        waiting = engine.stats["results_waiting"]
        disk.free()
        await until_logged(engine, BACK, 1)
        await engine.until_committed(engine.committed + 80)
        assert await engine.stop() == 0
    stats = engine.stats
    assert waiting <= limit
    assert log_lines(engine, "the oldest are dropped") == 1
    assert (stats["done"], stats["lost"]) == (stats["committed"] + stats["dropped"], 0)
    past = await read_past(sqlite, services)
    # Those that wait when it fills up are written in the end, the batch that was tried is the oldest of them.
    ids = sorted(past.ids)
    missing = sorted(set(range(ids[0], ids[-1] + 1)) - set(ids))
    in_a_row = [number for number in missing if number + 1 in missing or number - 1 in missing]
    assert stats["dropped"] <= len(missing)
    assert in_a_row[-1] - in_a_row[0] == len(in_a_row) - 1
    # What followed them was found before they could be written again: the oldest were dropped, not the newest.
    after = next(one for found in past.results.values() for one in found if one.id == in_a_row[-1] + 1)
    assert after.checked_at < logged_at(engine, BACK)
    assert past.statuses(services) == {Status.OK}
    await must_be_stored_once(past)
    await must_be_summed_once(past)
    must_not_be_doubled(past)
    must_not_be_unknown(past)
