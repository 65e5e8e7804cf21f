"""What the engine tells a companion of its own work."""

import asyncio
from typing import Any

from monitor_app.engine.companion import EngineDesk
from monitor_app.engine.dead_mans_switch import Work
from monitor_app.engine.link import EngineLink
from tests.virtual_time import VirtualClock


def desk_of(clock: VirtualClock, work: Any) -> EngineDesk:
    nothing: Any = None
    return EngineDesk(
        epoch=nothing,
        database=nothing,
        network=nothing,
        clock=clock,
        canaries=nothing,
        rulebook=nothing,
        steward=nothing,
        work=work,
        ring=nothing,
    )


def test_trouble_is_that_of_the_last_minute():
    clock = VirtualClock()
    done = {"due": 0, "finished": 0, "stored": 0}
    desk = desk_of(clock, lambda: Work(**done, rate=10.0))
    assert desk.trouble() == ""
    done |= {"due": 600, "finished": 100, "stored": 100}
    clock.advance(30)
    assert desk.trouble() == ""
    clock.advance(30)
    assert desk.trouble() == "only 100 of 600 checks that were due have finished"
    done |= {"due": 1200, "finished": 700, "stored": 700}
    clock.advance(59)
    assert desk.trouble() != ""
    clock.advance(1)
    assert desk.trouble() == ""


def test_web_process_hears_that_alerts_have_changed():
    heard: list[int] = []

    async def tell() -> None:
        link = EngineLink(lambda last_id: None, on_alerts=heard.append)
        link._take(b'{"event":"alerts","revision":7}\n')
        link._take(b'{"event":"alerts"}\n')

    asyncio.run(tell())
    assert heard == [7]
