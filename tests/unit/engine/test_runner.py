"""The runner in virtual time: probes that sleep, fail, hang."""

import asyncio
import logging
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError

from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine.due import Due
from monitor_app.engine.runner import BELT_SECONDS, STARTS_AT_ONCE, Limits, Runner
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.log import check_id
from monitor_app.plugins.protocols import CheckConfig, ProbeContext
from tests.virtual_time import VirtualClock, run_virtual


class FakeConfig(CheckConfig):
    """A check that takes so long and ends like that."""

    seconds: float = 1.0
    ending: str = "ok"
    host: str = "one"

    @property
    def limit_key(self) -> str:
        return self.host


class FakeKind:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.parsed = 0
        self.running = 0
        self.most_running = 0
        self.check_ids: list[str] = []

    def parse(self, values: dict[str, Any]) -> FakeConfig:
        self.parsed += 1
        try:
            return FakeConfig(**values)
        except ValidationError as err:
            raise InvalidInput({"seconds": "must be a number"}) from err

    async def probe(self, context: ProbeContext, config: FakeConfig) -> ProbeResult:
        self.check_ids.append(context.check_id)
        assert check_id.get() == context.check_id
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(config.seconds)
        except asyncio.CancelledError:
            if config.ending != "stubborn":
                raise
            return ProbeResult(Status.OK, "not impressed")
        finally:
            self.running -= 1
        match config.ending:
            case "ok":
                return ProbeResult(Status.OK, "fine", response_ms=config.seconds * 1000, metrics={"number": 1.0})
            case "failed":
                return ProbeResult.failed("refused")
            case "long":
                return ProbeResult.failed("x" * 1000)
            case "timeout":
                raise TimeoutError("of the probe's own")
            case _:
                raise ZeroDivisionError("a bug")


class FakeRegistry(dict[str, FakeKind]):
    def __missing__(self, name: str) -> FakeKind:
        raise NotFound(f"kind must be one of fake, got {name!r}")


class Rig:
    def __init__(self, clock: VirtualClock, service: Callable[..., Any], **limits: int) -> None:
        self.clock = clock
        self.kind = FakeKind()
        self.finished: list[tuple[int, bool]] = []
        self.results: list[CheckResult] = []
        self._service = service
        self._limits = Limits(**limits)

    def start(self) -> Runner:
        self.runner = Runner(
            FakeRegistry(fake=self.kind),
            None,
            self.clock,
            self._limits,
            self.results.append,
            lambda due, is_void: self.finished.append((due.service.pk, is_void)),
            id_prefix="e-",
        )
        return self.runner

    def due(self, pk: int = 1, late: float = 0.0, valid: float = 60.0, **changes: Any) -> Due:
        config = {
            name: changes.pop(name) for name in ("seconds", "ending", "host", "deadline_seconds") if name in changes
        }
        slot = self.clock.monotonic() - late
        return Due(self._service(pk, status_config=config, **changes), slot, slot + valid)


@pytest.fixture
def rig(clock, service) -> Callable[..., Rig]:
    return lambda **limits: Rig(clock, service, **limits)


def statuses(bench: Rig) -> dict[int, Status]:
    return {result.service_pk: result.status for result in bench.results}


def test_result_tells_what_was_found_when_and_how_late(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(7, late=0.25)])
        started_at = clock.now()
        assert runner.in_flight == 1
        await asyncio.sleep(2)
        (result,) = bench.results
        assert (result.service_pk, result.status, result.message) == (7, Status.OK, "fine")
        assert (result.response_ms, result.metrics, result.checked_at) == (1000, {"number": 1.0}, started_at)
        assert result.late_ms == pytest.approx(250)
        assert result.check_id == "e-1" == bench.kind.check_ids[0]
        assert bench.finished == [(7, False)]
        assert (runner.in_flight, runner.counts.done) == (0, 1)

    run_virtual(clock, main())


def test_global_limit_holds_and_all_are_run(rig, clock):
    bench = rig(in_flight=20, per_host=100)

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(pk) for pk in range(1, 101)])
        assert (runner.in_flight, runner.backlog) == (20, 80)
        await asyncio.sleep(5.1)
        assert runner.counts.done == 100
        assert bench.kind.most_running == 20

    run_virtual(clock, main())


def test_waiting_for_one_host_holds_up_no_other(rig, clock):
    bench = rig(in_flight=1000, per_host=10)

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(pk, host="slow", seconds=5) for pk in range(1, 501)])
        runner.dispatch([bench.due(1000 + pk, host=f"host-{pk}") for pk in range(100)])
        await asyncio.sleep(1.01)
        assert sorted(statuses(bench)) == list(range(1000, 1100))
        assert (runner.in_flight, runner.backlog) == (10, 490)
        assert all(result.late_ms < 1 for result in bench.results)
        await runner.stop(grace_seconds=0)

    run_virtual(clock, main())


def test_what_expired_while_waiting_is_dropped_and_counted(rig, clock):
    bench = rig(in_flight=1000, per_host=1)

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(pk, seconds=2, valid=5) for pk in range(1, 11)])
        await asyncio.sleep(30)
        assert (runner.counts.done, runner.counts.expired, runner.backlog, runner.in_flight) == (3, 7, 0, 0)
        assert [entry for entry in bench.finished if entry[1]] == [(pk, True) for pk in range(4, 11)]

    run_virtual(clock, main())


def test_probe_that_raises_gives_unknown_with_a_traceback_in_the_log(rig, clock, caplog):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, ending="bug"), bench.due(2)])
        await asyncio.sleep(2)
        assert statuses(bench) == {1: Status.UNKNOWN, 2: Status.OK}
        messages = {result.service_pk: result.message for result in bench.results}
        assert messages[1] == "the check itself failed: ZeroDivisionError: a bug"
        assert runner.counts.broken == 1

    run_virtual(clock, main())
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert isinstance(record.exc_info[1], ZeroDivisionError)


def test_a_timeout_of_the_probes_own_is_a_bug_of_the_probe_not_the_belt(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, ending="timeout")])
        await asyncio.sleep(2)
        assert "TimeoutError: of the probe's own" in bench.results[0].message

    run_virtual(clock, main())


def test_probe_that_does_not_keep_its_deadline_is_cut_off(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, seconds=1000, deadline_seconds=3)])
        await asyncio.sleep(3 + BELT_SECONDS - 0.01)
        assert runner.in_flight == 1
        await asyncio.sleep(0.02)
        assert statuses(bench) == {1: Status.UNKNOWN}
        assert bench.results[0].message == "the check did not end within 8 s and was cut off"
        assert BELT_SECONDS == 5

    run_virtual(clock, main())


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kind": "telepathy"}, "kind must be one of fake, got 'telepathy'"), ({"seconds": "many"}, "seconds: must be")],
)
def test_service_that_cannot_be_checked_says_so(rig, clock, changes, message):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, **changes), bench.due(2)])
        await asyncio.sleep(2)
        assert statuses(bench) == {1: Status.UNKNOWN, 2: Status.OK}
        assert message in bench.results[0].message
        assert (1, False) in bench.finished

    run_virtual(clock, main())


def test_config_is_parsed_once_for_each_revision(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        for revision in (1, 1, 1, 2, 2):
            runner.dispatch([bench.due(1, revision=revision)])
            await asyncio.sleep(2)
        assert bench.kind.parsed == 2
        runner.forget([1])
        runner.dispatch([bench.due(1, revision=2)])
        assert bench.kind.parsed == 3
        await asyncio.sleep(2)

    run_virtual(clock, main())


@pytest.mark.parametrize("moment", [0.0, 0.5], ids=["before its first step", "while it runs"])
def test_cancelled_check_leaves_no_result_and_no_trace(rig, clock, moment):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1)])
        if moment:
            await asyncio.sleep(moment)
        runner.cancel([1])
        runner.dispatch([bench.due(1, seconds=3, revision=2)])
        await asyncio.sleep(2)
        assert (len(bench.results), runner.in_flight, runner.counts.cancelled) == (0, 1, 1)
        await asyncio.sleep(2)
        assert (len(bench.results), runner.in_flight) == (1, 0)
        assert bench.finished == [(1, True), (1, False)]

    run_virtual(clock, main())


def test_probe_that_ignores_its_cancellation_is_ignored_too(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, ending="stubborn")])
        await asyncio.sleep(0.5)
        runner.cancel([1])
        await asyncio.sleep(2)
        assert (len(bench.results), runner.in_flight, runner.counts.cancelled) == (0, 0, 1)

    run_virtual(clock, main())


def test_many_checks_at_once_are_started_in_turns(rig, clock):
    """So that those that run already get on."""
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(pk) for pk in range(1, 101)])
        assert (runner.in_flight, runner.backlog) == (STARTS_AT_ONCE, 100 - STARTS_AT_ONCE)
        before = clock.monotonic()
        while runner.backlog:
            await asyncio.sleep(0)
        assert clock.monotonic() == before
        await asyncio.sleep(1.1)
        assert runner.counts.done == 100

    run_virtual(clock, main())


def test_cancelled_while_waiting_is_never_started(rig, clock):
    bench = rig(per_host=1)

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1), bench.due(2), bench.due(3)])
        runner.cancel([2])
        await asyncio.sleep(5)
        assert sorted(statuses(bench)) == [1, 3]
        assert (runner.counts.cancelled, runner.in_flight, runner.backlog) == (1, 0, 0)

    run_virtual(clock, main())


def test_failure_while_this_process_stood_still_is_not_believed(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, ending="failed"), bench.due(2), bench.due(3, ending="bug")])
        await asyncio.sleep(0.5)
        runner.note_stall()
        runner.dispatch([bench.due(4, ending="failed")])
        await asyncio.sleep(2)
        assert statuses(bench) == {2: Status.OK, 4: Status.FAILED}
        assert runner.counts.interrupted == 2
        assert sorted(bench.finished) == [(1, True), (2, False), (3, True), (4, False)]

    run_virtual(clock, main())


def test_failure_is_recorded_after_two_that_were_not_believed(rig, clock):
    """Stalls that come with every check must not hide for ever that a service is down."""
    bench, revisions = rig(), count(1)

    async def check(ending: str) -> None:
        bench.runner.dispatch([bench.due(1, ending=ending, revision=next(revisions))])
        await asyncio.sleep(0.5)
        bench.runner.note_stall()
        await asyncio.sleep(1)

    async def main() -> None:
        runner = bench.start()
        for _ in range(3):
            await check("failed")
        (result,) = bench.results
        assert (result.status, result.message) == (Status.FAILED, "refused (the engine stood still meanwhile)")
        assert runner.counts.interrupted == 2
        bench.results.clear()
        await check("failed")
        await check("failed")
        assert not bench.results
        await check("ok")
        await check("failed")
        assert [result.message for result in bench.results] == ["fine"]
        bench.results.clear()
        await check("failed")
        await check("long")
        (result,) = bench.results
        assert len(result.message) == MESSAGE_LIMIT
        assert result.message.endswith("x (the engine stood still meanwhile)")

    run_virtual(clock, main())


@pytest.mark.parametrize(
    "broken",
    [{"kind": "telepathy"}, {"seconds": "many"}, {"ending": "bug"}, {"seconds": 1000, "deadline_seconds": 1}],
    ids=["kind", "config", "bug", "belt"],
)
def test_what_breaks_is_logged_once_and_once_when_it_is_back(rig, clock, caplog, broken):
    caplog.set_level(logging.INFO)
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        for revision, changes in enumerate((broken, broken, broken, {}, {}, broken, broken), 1):
            runner.dispatch([bench.due(1, revision=revision, **changes)])
            await asyncio.sleep(10)
        assert (runner.counts.broken, runner.counts.done) == (5, 7)

    run_virtual(clock, main())
    levels = [record.levelno for record in caplog.records]
    assert levels == [logging.ERROR, logging.INFO, logging.ERROR]


def test_stop_lets_running_checks_end_and_drops_waiting_ones(rig, clock):
    bench = rig(per_host=2)

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1), bench.due(2, seconds=30), bench.due(3)])
        await asyncio.sleep(0.1)
        before = clock.monotonic()
        await runner.stop(grace_seconds=2)
        assert clock.monotonic() - before == pytest.approx(2, abs=0.1)
        assert statuses(bench) == {1: Status.OK}
        assert (runner.in_flight, runner.counts.cancelled) == (0, 2)

    run_virtual(clock, main())


def test_endless_messages_are_cut(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, ending="long")])
        await asyncio.sleep(2)
        assert len(bench.results[0].message) == MESSAGE_LIMIT

    run_virtual(clock, main())


def test_result_of_a_time_in_which_the_process_stood_still_is_marked_late_not_slow(rig, clock):
    bench = rig()

    async def main() -> None:
        runner = bench.start()
        runner.dispatch([bench.due(1, late=0.25), bench.due(2, late=3.0, seconds=5.0)])
        await asyncio.sleep(0.5)
        runner.note_stall()
        await asyncio.sleep(1)
        runner.dispatch([bench.due(3)])
        await asyncio.sleep(6)

    run_virtual(clock, main())
    marked = {each.service_pk: (each.is_stalled, each.metrics.get("late_ms")) for each in bench.results}
    assert marked == {1: (True, pytest.approx(250, abs=1)), 2: (True, pytest.approx(3000, abs=1)), 3: (False, None)}
