"""An engine that stands still for 12 s, stopped from outside or blocked from inside: late, never slow, nobody down."""

import asyncio
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.services import insert_services, update_service
from tests.drills import rounds
from tests.engine_process import EngineProcess, add_services
from tests.integration.drills.conftest import AtPace, Launch
from tests.invariants import Past, must_be_sound, must_hold_acknowledged, must_not_be_unknown, read_past
from tests.paces import at_any_pace
from tests.servers.http import Behaviour, Exchange, HttpServer, reply
from tests.tuned_engine import Tuning

KINDS = Path(__file__).parents[2] / "blocking_kinds"
IS_LONG = os.environ.get("DRILL") == "1"
# Longer than the deadline of the checks that are under way, which is long for a machine that is busy.
STALL_SECONDS, DEADLINE_SECONDS = 12.0, 10.0
SERVICES, INTERVAL_SECONDS = 200, 5
PER_SECOND = SERVICES / INTERVAL_SECONDS
# Stalls that come again and again are no silence.
PATIENCE = 10
# Far below what a stall takes, far above what this server takes.
SLOW_MS = 8000


def arriving(times: list[float]) -> Behaviour:
    """Answers after a while, so that checks are always under way; notes when it is asked."""

    async def behave(exchange: Exchange) -> None:
        times.append(time.monotonic())
        await reply(200, delay_seconds=0.3)(exchange)

    return behave


async def add_watched(database: Database, url: str) -> list[ServiceDefinition]:
    """Deadlines are over when a stall is; a response time that is too slow would show."""
    urls = {f"s{number}": url for number in range(SERVICES)}
    services = await add_services(
        database, urls, interval_seconds=INTERVAL_SECONDS, deadline_seconds=DEADLINE_SECONDS, failures_to_fail=1
    )
    slow = {"thresholds": [{"metric": "response_ms", "comparison": ">", "value": SLOW_MS, "results": 1}]}
    async with database.write() as conn:
        for service in services:
            await update_service(conn, service.pk, {"metric_config": slow, "updated_at": datetime.now(UTC)})
    return services


async def stopped_and_continued(engine: EngineProcess) -> tuple[float, float]:
    """From when to when it stood still."""
    await engine.signal(signal.SIGSTOP)
    began = time.monotonic()
    await asyncio.sleep(STALL_SECONDS)
    ended = time.monotonic()
    await engine.signal(signal.SIGCONT)
    return began, ended


async def must_have_been_late_only(
    past: Past,
    engine: EngineProcess,
    watched: list[ServiceDefinition],
    arrivals: list[float],
    stalls: list[tuple[float, float]],
) -> None:
    """What all stalls have to leave behind."""
    must_hold_acknowledged(past, engine, 0)
    await must_be_sound(past)
    must_not_be_unknown(past, watched)
    # Whose very first check fell into the stall is still starting.
    assert past.statuses(watched) - {Status.STARTING} == {Status.OK}, "somebody was called down or slow"
    stats = engine.stats
    assert stats["stalls"] >= len(stalls)
    assert (stats["dropped"], stats["lost"], stats["committed"]) == (0, 0, stats["done"])
    offset = time.time() - time.monotonic()
    # A single stall may fall between two checks, but not all of them.
    seen = 0
    for began, ended in stalls:
        # Those of the last second may come at once, those before may not.
        burst = sum(1 for moment in arrivals if ended < moment < ended + 0.5)
        assert burst <= PER_SECOND * 4, f"{burst} checks burst"
        under_way = [
            result
            for service in watched
            for result in past.results[service.pk]
            if began + offset - 0.25 < result.checked_at.timestamp() < began + offset - 0.02
        ]
        seen += len(under_way)
        unmarked = [result for result in under_way if "late_ms" not in result.metrics]
        assert not unmarked, "checks were under way during the stall, and their results do not say so"
    assert seen or len(stalls) == 1


@pytest.mark.drill
@pytest.mark.timeout(900)
@at_any_pace
async def test_stopped_engine_is_late_and_calls_nobody_slow_or_down(
    server: HttpServer, sqlite_at: AtPace, launch: Launch, pace: int
) -> None:
    sqlite, sqlite_url = sqlite_at(pace)
    arrivals: list[float] = []
    server.on("/slow", arriving(arrivals))
    services = await add_watched(sqlite, server.url("/slow"))
    stalls = []
    async with launch(sqlite_url, Tuning(merge_seconds=0.5, silent_intervals=PATIENCE)) as engine:
        await engine.until_committed(60)
        for _ in rounds(1, 3):
            stalls.append(await stopped_and_continued(engine))
            await engine.until_committed(engine.committed + (SERVICES if IS_LONG else 80))
        assert await engine.stop() == 0
    past = await read_past(sqlite, services)
    await must_have_been_late_only(past, engine, services, arrivals, stalls)


@pytest.mark.drill
@pytest.mark.timeout(900)
@at_any_pace
async def test_probe_that_blocks_the_event_loop_makes_others_late_only(
    server: HttpServer, sqlite_at: AtPace, launch: Launch, tmp_path: Path, pace: int
) -> None:
    sqlite, sqlite_url = sqlite_at(pace)
    arrivals: list[float] = []
    server.on("/slow", arriving(arrivals))
    services = await add_watched(sqlite, server.url("/slow"))
    order, now = tmp_path / "block", datetime.now(UTC)
    row = {"service_id": "blocks", "label": "", "service_type": "application", "kind": "block", "interval_seconds": 1}
    async with sqlite.write() as conn:
        (blocking,) = await insert_services(
            conn, [row | {"status_config": {"path": str(order)}, "created_at": now, "updated_at": now}]
        )
    stalls = []
    async with launch(sqlite_url, Tuning(merge_seconds=0.5, silent_intervals=PATIENCE, kinds=str(KINDS))) as engine:
        await engine.until_committed(60)
        for _ in rounds(1, 3):
            order.with_suffix(".new").write_text(str(STALL_SECONDS))
            order.with_suffix(".new").replace(order)
            while order.exists():
                await asyncio.sleep(0.01)
            began = time.monotonic()
            stalls.append((began, began + STALL_SECONDS))
            await engine.until(lambda engine: engine.stats.get("stalls", 0) >= len(stalls))
            await engine.until_committed(engine.committed + (SERVICES if IS_LONG else 80))
        assert await engine.stop() == 0
    past = await read_past(sqlite, [*services, blocking])
    await must_have_been_late_only(past, engine, services, arrivals, stalls)
