"""Reports on their way into the database, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import DatabaseUnavailable, NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases import heartbeats as module
from monitor_app.use_cases.heartbeats import Busy, Heartbeats, Report
from tests.virtual_time import VirtualClock, run_virtual

KINDS = Path(__file__).parents[2] / "beating_kinds"
WELL = Report("success", None, "well", 3.5)


def service(pk: int, token: str, kind: str = "beat") -> ServiceDefinition:
    config = {"token": token} if kind == "beat" else {"url": "http://one.example"}
    return ServiceDefinition(pk, f"s{pk}", "", "", kind, "", (), config, {}, 60, True, False, 1)


class Inbox:
    """Takes a while to store; refuses when told to."""

    def __init__(self) -> None:
        self.groups: list[list[Heartbeat]] = []
        self.fails: Exception | None = None

    async def add_heartbeats(self, heartbeats: Sequence[Heartbeat]) -> int:
        await asyncio.sleep(0.01)
        if self.fails is not None:
            raise self.fails
        self.groups.append(list(heartbeats))
        return 0


class Rig:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.inbox = Inbox()
        self.rings = 0
        self.version = 1
        self.services = [service(1, "one"), service(2, "two"), service(3, "", kind="http"), service(4, "four", "gone")]
        self.heartbeats = Heartbeats(
            self.inbox, KindRegistry(KINDS), self.clock, lambda: (self.version, self.services), self._ring
        )

    def _ring(self) -> None:
        self.rings += 1

    async def timed(self, token: str) -> float:
        """How many milliseconds a report took."""
        before = self.clock.elapsed
        with suppress(NotFound):
            await self.heartbeats.report(token, WELL)
        return round((self.clock.elapsed - before) * 1000, 1)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def play(rig: Rig) -> Callable[[Coroutine[Any, Any, None]], None]:
    def play(scene: Coroutine[Any, Any, None]) -> None:
        async def main() -> None:
            rig.heartbeats.start()
            await scene
            await rig.heartbeats.close()

        run_virtual(rig.clock, main())

    return play


def test_report_is_answered_when_it_is_stored_and_then_the_engine_is_rung(rig, play):
    async def scene() -> None:
        reporting = asyncio.create_task(rig.heartbeats.report("two", WELL))
        await asyncio.sleep(0.012)
        assert (reporting.done(), rig.rings) == (False, 0)
        await reporting
        ((stored,),) = rig.inbox.groups
        assert (stored.service_pk, stored.signal, stored.message, stored.ping_ms) == (2, "success", "well", 3.5)
        assert (rig.rings, rig.heartbeats.stored) == (1, 1)

    play(scene())


def test_those_that_come_together_share_a_transaction(rig, play):
    async def scene() -> None:
        await asyncio.gather(*(rig.heartbeats.report("one", WELL) for _ in range(1500)))
        assert [len(group) for group in rig.inbox.groups] == [1000, 500]

    play(scene())


def test_unknown_token_is_told_after_as_long_as_a_known_one(rig, play):
    async def scene() -> None:
        times = await asyncio.gather(rig.timed("one"), rig.timed("nobody's"))
        assert times[0] == times[1] > 0
        for token in ("nobody's", "", "\ud800"):
            with pytest.raises(NotFound):
                await rig.heartbeats.report(token, WELL)

    play(scene())


def test_changed_token_counts_at_once(rig, play):
    async def scene() -> None:
        await rig.heartbeats.report("one", WELL)
        rig.services, rig.version = [service(1, "new"), service(2, "two")], 2
        await rig.heartbeats.report("new", WELL)
        with pytest.raises(NotFound):
            await rig.heartbeats.report("one", WELL)

    play(scene())


def test_service_without_a_token_cannot_be_reported_for(rig, play):
    rig.services = [service(1, "")]

    async def scene() -> None:
        with pytest.raises(NotFound):
            await rig.heartbeats.report("", WELL)

    play(scene())


def test_too_many_are_refused_and_the_rest_is_stored(rig, play, monkeypatch):
    monkeypatch.setattr(module, "WAITING_LIMIT", 5)

    async def scene() -> None:
        answers = await asyncio.gather(*(rig.heartbeats.report("one", WELL) for _ in range(8)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [type(None)] * 5 + [Busy] * 3
        assert rig.heartbeats.stored == 5
        await rig.heartbeats.report("one", WELL)

    play(scene())


@pytest.mark.parametrize("reason", [DatabaseUnavailable("away"), ZeroDivisionError("a bug")])
def test_what_cannot_be_stored_is_not_answered_as_if_it_were(rig, play, reason):
    async def scene() -> None:
        rig.inbox.fails = reason
        with pytest.raises(DatabaseUnavailable):
            await rig.heartbeats.report("one", WELL)
        assert rig.rings == 0
        rig.inbox.fails = None
        await rig.heartbeats.report("one", WELL)

    play(scene())


def test_what_waits_at_the_end_is_stored(rig, play):
    async def scene() -> None:
        reporting = [asyncio.create_task(rig.heartbeats.report("one", WELL)) for _ in range(3)]
        await asyncio.sleep(0)
        await rig.heartbeats.close()
        await asyncio.gather(*reporting)
        assert [len(group) for group in rig.inbox.groups] == [3]

    play(scene())


def test_one_who_gives_up_harms_no_other(rig, play):
    async def scene() -> None:
        first, second = (asyncio.create_task(rig.heartbeats.report("one", WELL)) for _ in range(2))
        await asyncio.sleep(0.001)
        first.cancel()
        await second
        assert rig.heartbeats.stored == 2

    play(scene())


def test_only_changed_tokens_are_unsealed_again(rig: Rig) -> None:
    opened: list[str] = []

    class Counting:
        def seal(self, text: str) -> str:
            return text

        def unseal(self, token: str) -> str:
            opened.append(token)
            return token

    registry = KindRegistry(KINDS, sealer=Counting())
    rig.heartbeats._registry = registry
    rig.services = [
        replace(each, status_config=registry["beat"].sealed(each.status_config)) for each in rig.services[:2]
    ]

    async def main() -> None:
        rig.heartbeats.start()
        for _ in range(3):
            await rig.heartbeats.report("one", WELL)
        assert opened == ['"one"', '"two"']
        changed = registry["beat"].sealed({"token": "new"})
        rig.services[1], rig.version = replace(rig.services[1], status_config=changed), 2
        await rig.heartbeats.report("new", WELL)
        assert opened == ['"one"', '"two"', '"new"']
        await rig.heartbeats.close()

    run_virtual(rig.clock, main())
