"""kill -9 in the middle of writes: what was acknowledged is there, and nothing is half there."""

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.result import StoredResult
from monitor_app.domain.state import ServiceState
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from tests.drills import rounds
from tests.integration.recording import result_of
from tests.samples import add_services

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.drill
async def test_no_acknowledged_result_is_lost_by_kill_9(database: Database, database_url: str) -> None:
    pks = await add_services(database, *(f"s-{number}" for number in range(20)))
    history = SqlHistory(database)
    for seed in rounds(few=3, all=20):
        acknowledged = record_and_kill(database_url, seed)
        # PostgreSQL may still be busy with the last words of the dead: a new epoch waits for that.
        epoch = await history.begin_epoch()
        await check_integrity(database)
        results = await everything(history)
        assert len(results) >= acknowledged > 0
        for number, stored in enumerate(results, 1):  # no gap, no double, nothing half written
            assert stored.id == number
            expected = result_of(number, pks)
            assert (stored.service_pk, stored.checked_at) == (expected.service_pk, expected.checked_at)
            assert (stored.status, stored.message) == (expected.status, expected.message)
            assert (stored.response_ms, stored.phases) == (expected.response_ms, expected.phases)
        assert await history.states() == states_after(len(results), pks)
        assert epoch.next_result_id == len(results) + 1


def record_and_kill(url: str, seed: int) -> int:
    """Let a process record, kill it at a random moment; returns the last id that it acknowledged."""
    chance = random.Random(seed)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.recording", url, str(seed)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        lines = [process.stdout.readline() for _ in range(chance.randint(1, 20))]
        with contextlib.suppress(subprocess.TimeoutExpired):  # any moment of the next batches
            process.wait(chance.uniform(0, 0.02))
        process.kill()
        lines += process.stdout.readlines()
    process.wait()
    return int([line for line in lines if line.endswith("\n")][-1])


async def check_integrity(database: Database) -> None:
    if not database.is_sqlite:
        return
    async with database.read() as conn:
        assert (await conn.exec_driver_sql("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert (await conn.exec_driver_sql("PRAGMA foreign_key_check")).all() == []


async def everything(history: SqlHistory) -> list[StoredResult]:
    results: list[StoredResult] = []
    while (piece := await history.follow(len(results))).results:
        results += piece.results
    return results


def states_after(last_id: int, pks: list[int]) -> list[ServiceState]:
    states: dict[int, ServiceState] = {}
    for number in range(1, last_id + 1):
        result = result_of(number, pks)
        states[result.service_pk] = state_after(states.get(result.service_pk), result, number)
    return [states[pk] for pk in sorted(states)]
