"""Writes results in place of the engine, and rings as it does: `python -m monitor_app.bench.live.writer DATABASE_URL`.

A child of the app, as the engine is. Waits for the file `go.json` in the working directory, which says what to write:
{"pks": [...], "updates": n, "rows": n, "interval_seconds": s}. When it is done, `commits.json` has for each update the
time that its rows carry (tenths of a second since 1970) and the moment of the commit (monotonic, ns).
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

GO, COMMITS = Path("go.json"), Path("commits.json")
MESSAGES = {
    Status.OK: "200 OK",
    Status.DEGRADED: "200 OK, but slow: more than 800 ms",
    Status.FAILED: "connection refused by 203.0.113.25:443",
}


async def main(url: str) -> None:
    """Write until everything is written or stdin ends."""
    database = Database(url)
    writing = asyncio.create_task(_write(SqlHistory(database)))
    stdin = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([stdin])
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    await database.close()


async def _write(history: SqlHistory) -> None:
    while (order := _order()) is None:  # noqa: ASYNC110 - another process gives it
        await asyncio.sleep(0.05)
    chance = random.Random(1)
    epoch = await history.begin_epoch()
    next_id = epoch.next_result_id
    states = {state.service_pk: state for state in await history.states()}
    commits: list[tuple[int, int]] = []
    for _ in range(order["updates"]):
        await asyncio.sleep(order["interval_seconds"])
        tenth = round(time.time() * 10)
        results = [_result(pk, tenth, chance) for pk in chance.sample(order["pks"], order["rows"])]
        changed: list[ServiceState] = []
        for result_id, result in enumerate(results, next_id):
            states[result.service_pk] = state_after(states.get(result.service_pk), result, result_id)
            changed.append(states[result.service_pk])
        last_id = next_id + len(results) - 1
        await history.record(epoch, Batch(list(enumerate(results, next_id)), changed, [], last_id))
        committed_at = time.monotonic_ns()
        next_id += len(results)
        print(json.dumps({"event": "committed", "last_result_id": next_id - 1}), flush=True)
        commits.append((tenth, committed_at))
    unfinished = COMMITS.with_suffix(".part")
    unfinished.write_text(json.dumps(commits))
    unfinished.rename(COMMITS)


def _order() -> dict[str, Any] | None:
    if not GO.exists():
        return None
    order: dict[str, Any] = json.loads(GO.read_text())
    return order


def _result(pk: int, tenth: int, chance: random.Random) -> CheckResult:
    status = chance.choices(list(MESSAGES), [70, 15, 15])[0]
    checked_at = datetime.fromtimestamp(tenth / 10, UTC) + timedelta(milliseconds=chance.randrange(100))
    return CheckResult(pk, checked_at, status, MESSAGES[status], round(chance.random() * 900, 2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
