"""The board follows the database."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.events import BoardChanged, ServicesChanged
from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.status import Status
from monitor_app.engine import follower as module
from monitor_app.engine.board import Board, BoardQuery
from monitor_app.engine.follower import Follower
from monitor_app.errors import DatabaseUnavailable
from monitor_app.plugins.registry import KindRegistry
from monitor_app.state.rows.wire import wire_row
from monitor_app.storage.database import Database
from monitor_app.storage.history import Followed, SqlHistory, Windows
from tests.recorder import Recorder

PATIENCE_SECONDS = 200


class Watched:
    """A running follower, its board, and what it published."""

    def __init__(self, follower: Follower, board: Board, bus: Bus) -> None:
        self.follower = follower
        self.board = board
        self.bus = bus
        self.changes: list[BoardChanged] = []
        self._something = asyncio.Condition()
        bus.subscribe(BoardChanged, self._note, "test")

    async def until(self, is_there: Callable[[], bool]) -> None:
        """Wait for a change of the board that makes this true."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._something:
            await self._something.wait_for(is_there)

    async def _note(self, event: BoardChanged) -> None:
        async with self._something:
            self.changes.append(event)
            self._something.notify_all()

    def status(self, pk: int) -> Status | None:
        row = self.board.get(pk)
        return None if row is None else row.status


@asynccontextmanager
async def following(database: Database, history: Any = None) -> AsyncIterator[Watched]:
    board, bus = Board(), Bus()
    follower = Follower(database, history or SqlHistory(database), KindRegistry(), board, bus)
    watched = Watched(follower, board, bus)
    await follower.start()
    try:
        yield watched
    finally:
        await follower.close()
        await bus.close()


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def test_board_is_built_from_what_is_there(database: Database, recorder: Recorder) -> None:
    [first, second] = await recorder.add_services(2)
    await recorder.find(first.pk, Status.FAILED, message="refused", at=now())
    async with following(database) as watched:
        row = watched.board.get(first.pk)
        assert row is not None
        assert (row.status, row.message, row.target) == (Status.FAILED, "refused", "https://host1.example.org/health")
        assert watched.status(second.pk) is Status.UNKNOWN


async def test_doorbell_is_answered_at_once(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 3600.0)
    [service] = await recorder.add_services(1)
    async with following(database) as watched:
        await watched.follower.wait_for_day_bars()  # they read, too
        watched.follower.ring(await recorder.find(service.pk, Status.FAILED, at=now()))
        await watched.until(lambda: watched.status(service.pk) is Status.FAILED)


async def test_results_arrive_without_a_doorbell(database: Database, recorder: Recorder) -> None:
    [service] = await recorder.add_services(1)
    async with following(database) as watched:
        await watched.follower.wait_for_day_bars()
        await recorder.find(service.pk, Status.FAILED, at=now())
        await watched.until(lambda: watched.status(service.pk) is Status.FAILED)


async def test_services_are_followed(database: Database, recorder: Recorder) -> None:
    async with following(database) as watched:
        [service] = await recorder.add_services(1)
        await watched.follower.read_now()
        assert watched.status(service.pk) is Status.UNKNOWN
        await recorder.change_service(service.pk, label="Renamed", enabled=False)
        await watched.follower.read_now()
        assert watched.status(service.pk) is Status.STOPPED
        await recorder.delete_service(service.pk)
        await watched.follower.read_now()
        assert len(watched.board) == 0


async def test_restored_service_has_its_past_again(database: Database, recorder: Recorder) -> None:
    first, second = await recorder.add_services(2)
    moment = now()
    for minutes in (300, 200, 100):
        await recorder.find(first.pk, Status.FAILED, message="refused", at=moment - timedelta(minutes=minutes))
    await recorder.find(second.pk, at=moment)
    async with following(database) as watched:
        await watched.follower.wait_for_day_bars()
        before = described(watched.board, moment)
        await recorder.delete_service(first.pk)
        await watched.follower.read_now()
        assert watched.board.get(first.pk) is None
        await recorder.restore_service(first.pk)
        await watched.follower.read_now()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while described(watched.board, moment) != before:
                await asyncio.sleep(0.01)


async def test_change_that_this_process_made_is_read_at_once(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 3600.0)
    async with following(database) as watched:
        await watched.follower.wait_for_day_bars()
        await recorder.add_services(1)
        watched.bus.publish(ServicesChanged(1))
        await watched.until(lambda: len(watched.board) == 1)


async def test_first_result_of_a_new_service_is_not_lost(database: Database, recorder: Recorder) -> None:
    async with following(database) as watched:
        [service] = await recorder.add_services(1)
        await recorder.find(service.pk, at=now())
        await watched.follower.read_now()
        row = watched.board.get(service.pk)
        assert row is not None
        assert row.recent.total == 1


async def test_service_that_is_not_understood_is_there_without_target(database: Database, recorder: Recorder) -> None:
    [service] = await recorder.add_services(1, kind="carrier-pigeon")
    async with following(database) as watched:
        row = watched.board.get(service.pk)
        assert row is not None
        assert row.target == ""


async def test_long_backlog_is_read_in_pieces(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLLOW_LIMIT", 10)
    services = await recorder.add_services(3)
    start = now()
    async with following(database) as watched:
        await recorder.record(
            *(
                CheckResult(services[n % 3].pk, start + timedelta(seconds=n), Status(n % 3), f"{n}", 1.0)
                for n in range(45)
            )
        )
        await watched.follower.read_now()
        assert [row.recent.total for row in watched.board] == [15, 15, 15]
        assert [row.message for row in watched.board] == ["42", "43", "44"]


async def test_rebuilt_board_equals_the_one_that_saw_it_live(database: Database, recorder: Recorder) -> None:
    chance = random.Random(7)
    services = await recorder.add_services(6, group="shop", tags=["a"])
    end = now()
    begin = end - timedelta(hours=26)
    minutes = sorted(chance.sample(range(26 * 60), 900))
    found = [
        CheckResult(
            chance.choice(services[:5]).pk,
            begin + timedelta(minutes=minute),
            chance.choice(list(Status)),
            chance.choice(["", "slow", "refused"]),
            chance.choice([None, round(chance.random() * 900, 2)]),
        )
        for minute in minutes
    ]
    async with following(database) as live:
        await live.follower.wait_for_day_bars()
        for start in range(0, len(found), 90):
            await recorder.record(*found[start : start + 90])
            if start == 450:
                await recorder.change_service(services[1].pk, label="Renamed")
                await recorder.change_service(services[2].pk, enabled=False)
                await recorder.delete_service(services[3].pk)
            await live.follower.read_now()
        async with following(database) as rebuilt:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await rebuilt.follower.wait_for_day_bars()
            assert described(rebuilt.board, end) == described(live.board, end)
            assert rebuilt.board.query(BoardQuery()) == live.board.query(BoardQuery())


def described(board: Board, moment: datetime) -> dict[str, Any]:
    """Everything a screen could show; of the windows of five minutes those of the last 24 hours."""
    return {
        "rows": {row.pk: wire_row(row) | {"day": None} for row in board},
        "recent": {row.pk: row.recent.results() for row in board},
        "bars": {row.pk: board.day_bars(row.pk, 5, moment) for row in board},
        "counts": board.counts(),
        "groups": board.groups(),
        "tags": board.tags(),
    }


class Counting(SqlHistory):
    """The real history, which remembers of how many services the results were asked for at once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.asked: list[int | None] = []

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        self.asked.append(None if service_pks is None else len(service_pks))
        return await super().recent(limit, service_pks)


async def test_board_is_built_a_few_services_at_a_time(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOAD_CHUNK", 2)
    services = await recorder.add_services(5)
    for service in services:
        await recorder.find(service.pk, Status.FAILED, at=now())
    history = Counting(database)
    async with following(database, history) as watched:
        assert {watched.status(service.pk) for service in services} == {Status.FAILED}
        assert [len(row.recent) for row in watched.board] == [1] * 5
    assert history.asked == [2, 2, 1]


class Interrupted(SqlHistory):
    """The real history, behind a line that can be cut."""

    is_cut = False

    async def follow(self, after_id: int, limit: int = 5000) -> Followed:
        if self.is_cut:
            raise DatabaseUnavailable("database db.example.org: connection refused")
        return await super().follow(after_id, limit)


async def test_lost_database_is_told_once_and_heals(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "RETRY_LIMIT_SECONDS", 0.02)
    caplog.set_level("INFO", "monitor_app.engine.follower")
    [service] = await recorder.add_services(1)
    history = Interrupted(database)
    tried = asyncio.Semaphore(0)
    follow = history.follow

    async def counted(after_id: int, limit: int = 5000) -> Followed:
        tried.release()
        return await follow(after_id, limit)

    history.follow = counted  # type: ignore[method-assign]
    async with following(database, history) as watched:
        history.is_cut = True
        await recorder.find(service.pk, Status.FAILED, at=now())
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(12):
                await tried.acquire()
        assert watched.status(service.pk) is Status.UNKNOWN
        history.is_cut = False
        await watched.until(lambda: watched.status(service.pk) is Status.FAILED)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(caplog.records) < 2:
                await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == [
        "the board cannot be brought up to date",
        "the database is read again",
    ]


async def test_staleness_is_the_time_since_the_last_good_read(database: Database) -> None:
    seconds = [1000.0]

    class Hand:
        def monotonic(self) -> float:
            return seconds[0]

        def now(self) -> datetime:
            return now()

    bus = Bus()
    history = Interrupted(database)
    follower = Follower(database, history, KindRegistry(), Board(), bus, Hand())
    await follower.start()
    await follower.close()
    seconds[0] += 7
    assert follower.staleness() == 7
    history.is_cut = True
    with pytest.raises(DatabaseUnavailable):
        await follower.read_now()
    assert follower.staleness() == 7
    history.is_cut = False
    await follower.read_now()
    assert follower.staleness() == 0
    await bus.close()


class Racing(SqlHistory):
    """The real history, in which a result is written each time the bars are counted, while they are."""

    def __init__(self, database: Database, recorder: Recorder, pk: int) -> None:
        super().__init__(database)
        self.recorder = recorder
        self.pk = pk
        self.left = 3

    async def windows(
        self, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
    ) -> dict[int, Windows]:
        if self.left:
            self.left -= 1
            await self.recorder.find(self.pk, at=now())
        return await super().windows(service_pks, since, until, minutes)


async def test_bars_are_exact_although_results_keep_coming(database: Database, recorder: Recorder) -> None:
    [service] = await recorder.add_services(1)
    for number in range(5):
        await recorder.find(service.pk, at=now() - timedelta(hours=number))
    async with following(database, Racing(database, recorder, service.pk)) as watched:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await watched.follower.wait_for_day_bars()
        assert sum(bar.ok for bar in watched.board.day_bars(service.pk, 60, now())) == 8


class Overtaking(SqlHistory):
    """The real history, in which results that change a status are written when states are read and results are not."""

    def __init__(self, database: Database, recorder: Recorder, pk: int) -> None:
        super().__init__(database)
        self.recorder = recorder
        self.pk = pk

    async def recent(
        self, limit: int = 60, service_pks: Collection[int] | None = None
    ) -> dict[int, list[StoredResult]]:
        for message in ("gone", "still gone"):
            await self.recorder.find(self.pk, Status.FAILED, message=message, at=now())
        return await super().recent(limit, service_pks)


async def test_status_that_changes_while_the_board_is_built_is_the_one_it_shows(
    database: Database, recorder: Recorder
) -> None:
    [service] = await recorder.add_services(1)
    await recorder.find(service.pk, at=now())
    async with following(database, Overtaking(database, recorder, service.pk)) as watched:
        await watched.follower.read_now()
        row = watched.board.get(service.pk)
        assert row is not None
        assert (row.status, row.message, row.recent.total) == (Status.FAILED, "still gone", 3)


class Broken(SqlHistory):
    """The real history, which fails once in a way that nobody foresaw when the bars are counted."""

    is_broken = True

    async def windows(
        self, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
    ) -> dict[int, Windows]:
        if self.is_broken:
            self.is_broken = False
            raise ZeroDivisionError
        return await super().windows(service_pks, since, until, minutes)


async def test_bars_come_although_something_broke(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_LIMIT_SECONDS", 0.01)
    [service] = await recorder.add_services(1)
    await recorder.find(service.pk, at=now())
    async with following(database, Broken(database)) as watched:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await watched.follower.wait_for_day_bars()
        assert sum(bar.ok for bar in watched.board.day_bars(service.pk, 60, now())) == 1
    assert "the 24-hour bars cannot be filled" in caplog.text


class Restoring(SqlHistory):
    """The real history; while the bars of one restored service are counted, another one is restored."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        super().__init__(database)
        self.recorder = recorder
        self.next_pk = 0

    async def windows(
        self, service_pks: Collection[int], since: datetime, until: datetime, minutes: int
    ) -> dict[int, Windows]:
        if self.next_pk:
            await self.recorder.restore_service(self.next_pk)
            self.next_pk = 0
        return await super().windows(service_pks, since, until, minutes)


async def test_service_that_is_restored_while_another_is_gets_its_bars(
    database: Database, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    first, second = await recorder.add_services(2)
    end = now()
    for service in (first, second):
        found = [CheckResult(service.pk, end - timedelta(minutes=n), Status.OK, "", 1.0) for n in range(100, 0, -1)]
        await recorder.record(*found)
    history = Restoring(database, recorder)
    async with following(database, history) as watched:
        await watched.follower.wait_for_day_bars()
        await recorder.delete_service(first.pk)
        await recorder.delete_service(second.pk)
        await watched.until(lambda: len(watched.board) == 0)
        history.next_pk = second.pk
        await recorder.restore_service(first.pk)
        async with asyncio.timeout(PATIENCE_SECONDS):
            for service in (first, second):
                while sum(bar.ok for bar in watched.board.day_bars(service.pk, 60, end)) < 100:
                    await asyncio.sleep(0.01)
