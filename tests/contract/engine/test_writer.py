"""The writer on a real database, and on one that goes away."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.changes import Batch
from monitor_app.domain.events import ResultsCommitted
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine import writer as writer_module
from monitor_app.engine.evaluator import Evaluator
from monitor_app.engine.outbox import Outbox
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.writer import Writer
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch, SqlHistory
from monitor_app.storage.services import insert_services

NOW = datetime(2026, 1, 1, tzinfo=UTC)


RULEBOOK = RuleBook(KindRegistry())


class Unreliable(SqlHistory):
    """Fails when told to: before the commit, or after it so that the answer is lost."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.fails_before = 0
        self.fails_after = 0
        self.attempts = 0

    async def record(self, epoch: Epoch, batch: Batch) -> None:
        self.attempts += 1
        if self.fails_before:
            self.fails_before -= 1
            raise DatabaseUnavailable("database test: switched off")
        await super().record(epoch, batch)
        if self.fails_after:
            self.fails_after -= 1
            raise DatabaseUnavailable("database test: connection lost after the commit")


class Rig:
    """A writer that runs, and what it told."""

    def __init__(self, history: Unreliable, bus: Bus, pks: list[int]) -> None:
        self.history, self.pks = history, pks
        self.outbox = Outbox()
        self.told: list[ResultsCommitted] = []
        self.bus = bus
        self._changed = asyncio.Condition()

    async def start(self) -> None:
        self.bus.subscribe(ResultsCommitted, self._note, "test")
        epoch = await self.history.begin_epoch()
        self.writer = Writer(self.history, self.outbox, epoch, self.bus)
        self.evaluator = Evaluator(
            await self.history.states(), RULEBOOK, self.outbox, epoch.next_result_id, lambda *step: None
        )
        self.task = asyncio.create_task(self.writer.run())

    async def _note(self, event: ResultsCommitted) -> None:
        async with self._changed:
            self.told.append(event)
            self._changed.notify_all()

    async def until_committed(self, last_id: int) -> None:
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: self.told and self.told[-1].last_result_id >= last_id)

    def put(self, count: int, status: Status = Status.OK, start: int = 0) -> None:
        for number in range(start, start + count):
            pk = self.pks[number % len(self.pks)]
            self.evaluator.take(CheckResult(pk, NOW + timedelta(seconds=number), status, f"result {number}", 1.5))

    async def messages(self) -> list[str]:
        return [result.message for result in (await self.history.follow(0, 100_000)).results]

    async def stop(self) -> None:
        self.writer.stop()
        async with asyncio.timeout(60):
            await self.task


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(writer_module, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(writer_module, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(writer_module, "LAST_ATTEMPTS_SECONDS", 0.2)


@pytest.fixture
async def rig(database: Database) -> AsyncIterator[Rig]:
    rows = [
        {"service_id": f"s{number}", "label": "", "service_type": "website", "kind": "http"}
        | {"created_at": NOW, "updated_at": NOW}
        for number in range(3)
    ]
    async with database.write() as conn:
        services = await insert_services(conn, rows)
    bus = Bus()
    rig = Rig(Unreliable(database), bus, [service.pk for service in services])
    await rig.start()
    yield rig
    rig.writer.stop()
    await asyncio.gather(rig.task, return_exceptions=True)
    await bus.close()


async def test_results_states_and_ids(rig):
    rig.put(7)
    rig.put(1, Status.FAILED, start=7)
    await rig.until_committed(8)
    stored = (await rig.history.follow(0)).results
    assert [result.id for result in stored] == list(range(1, 9))
    assert await rig.messages() == [f"result {number}" for number in range(8)]
    states = {state.service_pk: state for state in await rig.history.states()}
    last = states[rig.pks[1]]
    assert (last.status, last.since, last.result_id) == (Status.OK, NOW + timedelta(seconds=1), 8)
    assert (last.checked_at, last.message) == (NOW + timedelta(seconds=7), "result 7")
    assert states[rig.pks[0]].since == NOW


async def test_more_than_a_batch_goes_in_several_transactions_in_order(rig):
    rig.put(2500)
    await rig.until_committed(2500)
    assert [event.count for event in rig.told] == [1000, 1000, 500]
    stored = (await rig.history.follow(0, 10_000)).results
    assert [(result.id, result.message) for result in stored] == [(n + 1, f"result {n}") for n in range(2500)]


async def test_nothing_is_lost_while_the_database_is_away(rig, caplog):
    caplog.set_level(logging.INFO)
    rig.history.fails_before = 5
    rig.put(10)
    await asyncio.sleep(0)
    rig.put(1500, start=10)
    await rig.until_committed(1510)
    assert await rig.messages() == [f"result {number}" for number in range(1510)]
    assert rig.history.attempts > 5
    told = [record.message for record in caplog.records]
    assert told.count("results cannot be written; they are kept and tried again") == 1
    assert told.count("results can be written again") == 1


async def test_commit_whose_answer_was_lost_is_not_written_twice(rig):
    rig.history.fails_after = 1
    rig.put(10)
    await rig.until_committed(10)
    rig.put(5, start=10)
    await rig.until_committed(15)
    assert await rig.messages() == [f"result {number}" for number in range(15)]


async def test_state_is_written_with_the_results_that_lead_to_it(rig):
    rig.put(3)
    await rig.until_committed(3)
    rig.history.fails_before = 3
    rig.put(9, Status.FAILED, start=3)
    assert {state.status for state in await rig.history.states()} == {Status.OK}
    await rig.until_committed(12)
    states = await rig.history.states()
    assert {state.status for state in states} == {Status.FAILED}
    assert {state.since for state in states} == {NOW + timedelta(seconds=number) for number in (3, 4, 5)}


async def test_since_is_kept_from_batch_to_batch_and_over_a_restart(rig, database):
    rig.put(3)
    await rig.until_committed(3)
    rig.put(3, start=3)
    await rig.until_committed(6)
    await rig.stop()
    again = Rig(rig.history, rig.bus, rig.pks)
    await again.start()
    again.put(3, start=6)
    await again.until_committed(9)
    await again.stop()
    states = {state.service_pk: state for state in await rig.history.states()}
    assert [states[pk].since for pk in rig.pks] == [NOW + timedelta(seconds=number) for number in range(3)]
    assert [states[pk].result_id for pk in rig.pks] == [7, 8, 9]


async def test_stop_writes_what_is_left(rig):
    rig.put(1234)
    await rig.stop()
    assert len(await rig.messages()) == 1234
    assert rig.writer.lost == 0


async def test_what_cannot_be_written_at_the_end_is_counted_as_lost(rig, caplog):
    rig.history.fails_before = 1_000_000
    rig.put(12)
    await rig.stop()
    assert rig.writer.lost == 12
    assert any(record.fields.get("count") == 12 for record in caplog.records if hasattr(record, "fields"))


async def test_writer_ends_when_another_engine_schedules(rig):
    rig.put(3)
    await rig.until_committed(3)
    await rig.history.begin_epoch()
    rig.put(4, start=3)
    with pytest.raises(LeadershipLost):
        async with asyncio.timeout(60):
            await rig.task
    assert len(await rig.messages()) == 3
    assert rig.writer.lost == 4
