"""The dead man's switch: called while all is well, silent otherwise."""

import asyncio

import pytest

from monitor_app.engine.dead_mans_switch import DeadMansSwitch, Work, trouble
from monitor_app.errors import LightbulbError

BEGIN = Work(100, 100, 100, rate=1.0)
BEGIN_IDLE = Work(0, 0, 0, rate=0.0)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Work(160, 160, 160, 1.0), ""),
        (Work(160, 154, 154, 1.0), ""),
        (Work(160, 153, 153, 1.0), "only 53 of 60 checks that were due have finished"),
        (Work(160, 160, 100, 1.0), "none of 60 results could be stored"),
        (Work(100, 100, 100, 1.0), "only 0 checks came due where about 60 should have"),
        (Work(129, 129, 129, 1.0), "only 29 checks came due where about 60 should have"),
        (Work(130, 130, 130, 1.0), ""),
        # Services that were added or removed meanwhile: the smaller rate counts.
        (Work(100, 100, 100, 0.0), ""),
    ],
)
def test_what_counts_as_trouble(now: Work, said: str) -> None:
    assert trouble(BEGIN, now, 60) == said


def test_seldom_checks_are_no_trouble() -> None:
    seldom = Work(0, 0, 0, rate=1 / 60)
    assert trouble(seldom, seldom, 60) == ""


async def run_switch(works: list[Work], *, failing: frozenset[int] = frozenset()) -> list[int]:
    """Which rounds called, counted from 1; those in `failing` are not heard."""
    called: list[int] = []
    rounds = iter(works)
    done = asyncio.Event()
    count = -1

    def work() -> Work:
        nonlocal count
        count += 1
        try:
            return next(rounds)
        except StopIteration:
            done.set()
            return works[-1]

    async def call(seconds: float) -> None:
        assert seconds <= 10
        if not done.is_set():
            called.append(count)
        if count in failing:
            raise LightbulbError("nobody there")

    task = asyncio.create_task(DeadMansSwitch(call, 0.001).run(work))
    async with asyncio.timeout(60):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return called


async def test_rounds_with_trouble_are_left_out() -> None:
    works = [Work(0, 0, 0, 0), Work(10, 10, 10, 0), Work(20, 11, 11, 0), Work(30, 21, 21, 0)]
    assert await run_switch(works) == [1, 3]


async def test_a_call_that_is_not_heard_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    steady = [Work(count, count, count, 0) for count in range(5)]
    assert await run_switch(steady, failing=frozenset({1, 2})) == [1, 2, 3, 4]
    told = [record.message for record in caplog.records if "dead man" in record.message]
    assert told[:1] == ["the dead man's switch cannot be reached"]


async def test_nobody_is_called_while_all_checks_are_stopped(caplog: pytest.LogCaptureFixture) -> None:
    called: list[float] = []
    asked = 0
    done = asyncio.Event()

    def stopped() -> str:
        nonlocal asked
        asked += 1
        return "all checks are stopped by ann: new disk" if asked <= 3 else ""

    async def call(seconds: float) -> None:
        called.append(asked)
        done.set()

    task = asyncio.create_task(DeadMansSwitch(call, 0.001).run(lambda: BEGIN_IDLE, stopped))
    async with asyncio.timeout(60):
        await done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert called[0] == 4
    assert "the dead man's switch is not called" in caplog.messages
