"""The queue of one client: in order while it is short, the latest of each when it is not."""

import asyncio

from monitor_app.api.stream.outbox import Batch, Frame, Outbox


def batch(*names: str) -> Batch:
    """Frames as `key:text`."""
    return Batch(Frame(name.partition(":")[0], name) for name in names)


async def taken(outbox: Outbox) -> tuple[list[str], int] | None:
    found = await outbox.take()
    return None if found is None else ([frame.data for one in found[0] for frame in one.frames], found[1])


async def test_events_come_in_order() -> None:
    outbox = Outbox(10)
    outbox.put(batch("a:1", "b:1"))
    outbox.put(batch("a:2"))
    assert await taken(outbox) == (["a:1", "b:1", "a:2"], 0)


async def test_too_many_give_way_to_the_latest_of_each() -> None:
    outbox = Outbox(3)
    assert outbox.put(batch("a:1", "b:1", "a:2")) == 0
    assert outbox.put(batch("c:1")) == 1
    assert outbox.put(batch("a:3", "b:2")) == 2
    assert outbox.waiting == 3
    assert await taken(outbox) == (["c:1", "a:3", "b:2"], 3)
    outbox.put(batch("a:5"))
    assert await taken(outbox) == (["a:5"], 0)


async def test_it_never_holds_more_than_what_is_different() -> None:
    outbox = Outbox(3)
    for turn in range(100):
        outbox.put(batch(*(f"{name}:{turn}" for name in range(50))))
        assert outbox.waiting <= 50
    found = await taken(outbox)
    assert found is not None
    assert found[0] == [f"{name}:99" for name in range(50)]


async def test_reader_waits_for_the_next_and_is_told_of_the_end() -> None:
    outbox = Outbox(3)
    waiting = asyncio.create_task(taken(outbox))
    await asyncio.sleep(0)
    outbox.put(batch("a:1"))
    assert await waiting == (["a:1"], 0)
    waiting = asyncio.create_task(taken(outbox))
    await asyncio.sleep(0)
    outbox.put(batch("a:2"))
    outbox.close()
    assert await waiting is None
    assert outbox.put(batch("a:3")) == 0


def test_batch_is_joined_once() -> None:
    one = batch("a:1", "b:ü")
    assert one.joined == "a:1b:ü".encode()
    assert one.joined is one.joined


async def test_room_is_waited_for_until_it_is_read_or_closed() -> None:
    outbox = Outbox(2)
    await outbox.has_room()
    outbox.put(batch("a:1", "b:1", "c:1"))
    waiting = asyncio.create_task(outbox.has_room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await taken(outbox)
    await waiting
    outbox.put(batch("a:2", "b:2", "c:2"))
    waiting = asyncio.create_task(outbox.has_room())
    await asyncio.sleep(0)
    outbox.close()
    await waiting
