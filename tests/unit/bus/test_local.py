"""The bus inside one process."""

import asyncio
import logging
from dataclasses import dataclass

import pytest

from monitor_app.bus.local import WAITING_LIMIT, Bus


@dataclass(frozen=True)
class Rang:
    number: int


@dataclass(frozen=True)
class OtherEvent:
    pass


@pytest.fixture
async def bus():
    bus = Bus()
    yield bus
    await bus.close()


class Listener:
    """Remembers what it heard and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self._changed = asyncio.Condition()

    async def __call__(self, event: Rang) -> None:
        async with self._changed:
            self.heard.append(event.number)
            self._changed.notify_all()

    async def wait_for(self, count: int) -> list[int]:
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.heard) >= count)
        return self.heard


async def test_every_subscriber_hears_every_event_in_order(bus):
    first, second = Listener(), Listener()
    bus.subscribe(Rang, first, "first")
    bus.subscribe(Rang, second, "second")
    for number in range(100):
        bus.publish(Rang(number))
    assert await first.wait_for(100) == list(range(100))
    assert await second.wait_for(100) == list(range(100))


async def test_only_the_subscribed_type_is_heard(bus):
    listener = Listener()
    bus.subscribe(Rang, listener, "listener")
    bus.publish(OtherEvent())
    bus.publish(Rang(1))
    assert await listener.wait_for(1) == [1]


async def test_broken_subscriber_is_logged_counted_and_goes_on(bus, caplog):
    async def broken(event: Rang) -> None:
        raise ValueError(f"cannot bear {event.number}")

    healthy = Listener()
    bus.subscribe(Rang, broken, "broken")
    bus.subscribe(Rang, healthy, "healthy")
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            bus.publish(Rang(number))
        await healthy.wait_for(3)
    stats = {entry.name: entry for entry in bus.stats()}
    assert (stats["broken"].failed, stats["broken"].handled, stats["broken"].waiting) == (3, 0, 0)
    assert (stats["healthy"].failed, stats["healthy"].handled) == (0, 3)
    record = next(record for record in caplog.records if record.exc_info)
    assert "cannot bear 0" in str(record.exc_info[1])


async def test_stuck_subscriber_delays_nobody(bus):
    stuck = asyncio.Event()

    async def wait_for_ever(event: Rang) -> None:
        await stuck.wait()

    healthy = Listener()
    bus.subscribe(Rang, wait_for_ever, "stuck")
    bus.subscribe(Rang, healthy, "healthy")
    for number in range(50):
        bus.publish(Rang(number))
    assert len(await healthy.wait_for(50)) == 50
    stuck.set()


async def test_oldest_events_are_dropped_and_counted(bus):
    gate = asyncio.Event()
    heard: list[int] = []

    async def slow(event: Rang) -> None:
        await gate.wait()
        heard.append(event.number)

    bus.subscribe(Rang, slow, "slow")
    bus.publish(Rang(-1))
    await asyncio.sleep(0)  # it is in the handler now, the others wait
    for number in range(WAITING_LIMIT + 5):
        bus.publish(Rang(number))
    assert [(entry.waiting, entry.dropped) for entry in bus.stats()] == [(WAITING_LIMIT, 5)]
    gate.set()
    await bus.close()
    assert heard == [-1, *range(5, WAITING_LIMIT + 5)]


async def test_close_hands_over_what_waits_and_takes_no_more():
    bus, listener = Bus(), Listener()
    bus.subscribe(Rang, listener, "listener")
    bus.publish(Rang(1))
    await bus.close()
    bus.publish(Rang(2))
    assert listener.heard == [1]


async def test_unsubscribed_hears_nothing_more(bus):
    leaving, staying = Listener(), Listener()
    subscription = bus.subscribe(Rang, leaving, "leaving")
    bus.subscribe(Rang, staying, "staying")
    await bus.unsubscribe(subscription)
    bus.publish(Rang(1))
    await staying.wait_for(1)
    assert leaving.heard == []


async def test_stuck_subscriber_does_not_keep_the_bus_open(monkeypatch):
    monkeypatch.setattr("monitor_app.bus.local.CLOSE_SECONDS", 0.01)
    bus = Bus()

    async def wait_for_ever(event: Rang) -> None:
        await asyncio.Event().wait()

    bus.subscribe(Rang, wait_for_ever, "stuck")
    bus.publish(Rang(1))
    async with asyncio.timeout(60):
        await bus.close()
