"""What must be true of a database after whatever happened to the engine: read past the rules that are tested.

    past = await read_past(database, services)
    await must_be_sound(past)
    must_hold_acknowledged(past, engine, after_id)

Everything raises AssertionError, naming the service.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory, archive
from monitor_app.storage.history.position import read_position, results
from monitor_app.storage.history.protocol import Downtime, Gap
from tests.engine_process import EngineProcess, slots

EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
WINDOW = timedelta(minutes=5)
EXPORTED = 5
REGISTRY = KindRegistry(Path(__file__).parent / "blocking_kinds")


class Span(NamedTuple):
    """From the first result that told it to the first that told the opposite; None while it lasts."""

    started_at: datetime
    ended_at: datetime | None


@dataclass
class Past:
    """What a database says of services, by their pks; results in the order of their ids."""

    database: Database
    services: dict[int, ServiceDefinition]
    results: dict[int, list[StoredResult]] = field(default_factory=lambda: defaultdict(list))
    downtimes: dict[int, list[Downtime]] = field(default_factory=dict)
    gaps: dict[int, list[Gap]] = field(default_factory=dict)
    states: dict[int, ServiceState] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        """Of all results, in the order in which they were read."""
        return [result.id for found in self.results.values() for result in found]

    @property
    def last_id(self) -> int:
        return max(self.ids, default=0)

    def statuses(self, services: Iterable[ServiceDefinition]) -> set[Status]:
        """Those that these services were ever seen in, by results and states."""
        pks = [service.pk for service in services]
        seen = {result.status for pk in pks for result in self.results.get(pk, [])}
        return seen | {self.states[pk].status for pk in pks if pk in self.states}

    def name(self, pk: int) -> str:
        return self.services[pk].service_id


async def read_past(database: Database, services: Sequence[ServiceDefinition]) -> Past:
    """Everything there is. A server that is still busy with the last words of a dead engine is waited for."""
    history = SqlHistory(database)
    await history.begin_epoch()
    past = Past(database, {service.pk: service for service in services})
    after_id = 0
    while found := (await history.follow(after_id, 10_000)).results:
        after_id = found[-1].id
        for result in found:
            past.results[result.service_pk].append(result)
    for service in services:
        past.downtimes[service.pk] = (await history.downtimes(service.pk, *EVER))[::-1]
        past.gaps[service.pk] = (await history.gaps(service.pk, *EVER))[::-1]
    past.states = {state.service_pk: state for state in await history.states()}
    return past


async def must_be_sound(past: Past) -> None:
    """All that holds whatever happened, as long as no result had to be dropped and no engine was away for long."""
    await must_be_stored_once(past)
    await must_be_summed_once(past)
    must_not_be_doubled(past)
    must_have_sound_spans(past)
    must_follow_from_results(past)


async def must_be_stored_once(past: Past) -> None:
    """No id is used twice; each result is either a row or in a piece or in a block; an export finds the same."""
    assert [number for number, count in Counter(past.ids).items() if count > 1] == []
    async with past.database.read() as conn:
        fresh = select(func.count()).select_from(results)
        stored = 0
        if past.database.is_sqlite:
            assert (await conn.exec_driver_sql("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert (await conn.exec_driver_sql("PRAGMA foreign_key_check")).all() == []
            fresh = fresh.where((await read_position(conn)).is_fresh())
            for table in archive.ARCHIVE:
                stored += (await conn.execute(select(func.coalesce(func.sum(table.c.results), 0)))).scalar_one()
        stored += (await conn.execute(fresh)).scalar_one()
    assert stored == len(past.ids)
    for pk in list(past.results)[:EXPORTED]:
        exported = [one async for one in SqlHistory(past.database).export(pk, *EVER)]
        assert sorted(exported, key=lambda one: one.id) == past.results[pk], past.name(pk)


async def must_be_summed_once(past: Past) -> None:
    """Each result counts in exactly one window of five minutes, in the one of its time, with its status."""
    moments = [result.checked_at for found in past.results.values() for result in found]
    if not moments:
        return
    since, until = _window(min(moments)), _window(max(moments)) + WINDOW
    windows = await SqlHistory(past.database).windows(list(past.services), since, until, 5)
    for pk, counted in windows.items():
        expected: Counter[tuple[int, Status]] = Counter()
        for result in past.results.get(pk, []):
            expected[(_window(result.checked_at) - since) // WINDOW, result.status] += 1
        told = {Status.OK: counted.ok, Status.DEGRADED: counted.degraded, Status.FAILED: counted.failed}
        for status, column in told.items():
            assert list(column) == [expected[cell, status] for cell in range(len(column))], (past.name(pk), status)
        every = [sum(expected[cell, status] for status in Status) for cell in range(len(counted.samples))]
        assert list(counted.samples) == every, past.name(pk)


def must_not_be_doubled(past: Past) -> None:
    """A service that is asked was asked at most once in each of its slots."""
    for pk, found in past.results.items():
        service = past.services[pk]
        if service.kind == "push":
            continue
        numbers = Counter(slots(service, [result.checked_at.timestamp() for result in found]))
        assert [number for number, count in numbers.items() if count > 1] == [], f"{past.name(pk)} was checked twice"


def must_have_sound_spans(past: Past, *, is_clock_steady: bool = True) -> None:
    """At most one open downtime and gap a service; none ends before it begins.

    None overlaps the next one, as long as the clock was not set back.
    """
    for pk in past.services:
        for spans in (past.downtimes[pk], past.gaps[pk]):
            assert sum(1 for span in spans if span.ended_at is None) <= 1, past.name(pk)
            for span in spans:
                assert span.ended_at is None or span.ended_at >= span.started_at, (past.name(pk), span)
            for sooner, later in pairwise(spans if is_clock_steady else ()):
                assert sooner.ended_at is not None, (past.name(pk), sooner, later)
                assert sooner.ended_at <= later.started_at, (past.name(pk), sooner, later)
        for result in past.results.get(pk, []):
            assert result.response_ms is None or result.response_ms >= 0, (past.name(pk), result)
            assert all(ms >= 0 for ms in result.phases.values()), (past.name(pk), result)


def must_follow_from_results(past: Past) -> None:
    """Downtimes, and states that are FAILED, are those that the results confirm: no other, none missing.

    For services whose results are OK, DEGRADED and FAILED, without a time in which nothing was known.
    """
    for pk, service in past.services.items():
        found = past.results.get(pk, [])
        config = REGISTRY[service.kind].parse(service.status_config)
        expected = confirmed_downtimes(found, config.failures_to_fail, config.successes_to_recover)
        told = [Span(downtime.started_at, downtime.ended_at) for downtime in past.downtimes[pk]]
        assert told == sorted(expected, key=lambda span: span.started_at), (past.name(pk), told, expected)
        if pk not in past.states:
            assert not found, past.name(pk)
            continue
        state = past.states[pk]
        is_down = bool(expected) and expected[-1].ended_at is None
        assert (state.status is Status.FAILED) == is_down, (past.name(pk), state, expected)
        if is_down:
            assert state.since.timestamp() == expected[-1].started_at.timestamp(), (past.name(pk), state)
        if found:
            assert state.checked_at == found[-1].checked_at, (past.name(pk), state, found[-1])


def confirmed_downtimes(found: Iterable[StoredResult], failures: int, successes: int) -> list[Span]:
    """So many failed results in a row begin one, with the first of them; so many good ones end it, likewise."""
    spans: list[Span] = []
    failed: list[datetime] = []
    good: list[datetime] = []
    for result in found:
        is_down = bool(spans) and spans[-1].ended_at is None
        if result.status is Status.FAILED:
            failed, good = [*failed, result.checked_at], []
            if not is_down and len(failed) >= failures:
                spans.append(Span(failed[0], None))
        elif result.status.is_up:
            failed, good = [], [*good, result.checked_at]
            if is_down and len(good) >= successes:
                # Not before it began, although the clock may have been set back.
                spans[-1] = Span(spans[-1].started_at, max(spans[-1].started_at, good[0]))
    return spans


def must_not_be_unknown(past: Past, services: Iterable[ServiceDefinition] | None = None) -> None:
    """There was no moment at which nothing was known, after the start."""
    for service in past.services.values() if services is None else services:
        assert [gap for gap in past.gaps[service.pk] if gap.status is not Status.STARTING] == [], service.service_id
        assert Status.UNKNOWN not in past.statuses([service]), service.service_id


def must_hold_acknowledged(past: Past, engine: EngineProcess, after_id: int) -> None:
    """Each result that this engine acknowledged is there; `after_id` is the last id of those before it."""
    numbers = sorted(past.ids)
    for line in engine.lines:
        if line["event"] != "committed":
            continue
        up_to = line["last_result_id"]
        found = sum(1 for number in numbers if after_id < number <= up_to)
        assert found == line["count"], f"{found} of {line['count']} acknowledged results are in ({after_id}, {up_to}]"
        after_id = up_to


def must_not_miss_slots(past: Past, services: Iterable[ServiceDefinition], besides: int = 0) -> None:
    """From its second to its last result no slot of a service is without one; `besides` those that may be, in all.

    The first check is made at once, outside of the slots, and may stand for the next one.
    """
    missing = {}
    for service in services:
        found = past.results.get(service.pk, [])[1:]
        numbers = set(slots(service, [result.checked_at.timestamp() for result in found]))
        if gone := set(range(min(numbers), max(numbers) + 1)) - numbers if numbers else set():
            missing[service.service_id] = gone
    assert sum(map(len, missing.values())) <= besides, missing


async def must_hold_reports(past: Past, acknowledged: Mapping[int, float]) -> None:
    """Each report became exactly one result, or still waits; reports by their ids, each with a `ping_ms` of its own."""
    history = SqlHistory(past.database)
    done = await history.heartbeats_done()
    waiting = {report.id for report in await history.heartbeats(done, 100_000)}
    pushed = [pk for pk, service in past.services.items() if service.kind == "push"]
    seen = Counter(result.response_ms for pk in pushed for result in past.results.get(pk, []) if result.response_ms)
    assert [ms for ms, count in seen.items() if count > 1] == []
    for number, ping_ms in acknowledged.items():
        assert (ping_ms in seen) == (number <= done), f"report {number}, {done} are done"
        assert (number in waiting) == (number > done), f"report {number}, {done} are done"


def log_lines(engine: EngineProcess, text: str) -> int:
    """How many lines of its log say this."""
    return sum(1 for line in engine.log.splitlines() if text in line)


def _window(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), UTC)
