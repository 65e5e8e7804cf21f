"""The pace of one socket, and what is read from it."""

import pytest
from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]
from engineio.packet import MESSAGE, Packet  # type: ignore[import-untyped]

from monitor_app.state.socket_server import (
    BURST,
    DEPTH,
    EACH_SECOND,
    NODES,
    WAITING_BYTES,
    WAITING_MESSAGES,
    Line,
    Pace,
    make_server,
    parse_frame,
)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_sixty_at_once_then_twenty_a_second() -> None:
    watch = Watch()
    pace = Pace(watch)
    assert [pace.wait_seconds() for _ in range(BURST)] == [0.0] * BURST
    assert pace.wait_seconds() == pytest.approx(1 / EACH_SECOND)
    watch.now = 1.0
    waits = [pace.wait_seconds() for _ in range(20)]
    assert waits.count(0.0) == EACH_SECOND - 1
    assert waits[-1] == pytest.approx(1 / EACH_SECOND)


def test_rest_gives_no_more_than_the_burst() -> None:
    watch = Watch()
    pace = Pace(watch)
    watch.now = 3600.0
    assert [pace.wait_seconds() for _ in range(BURST + 1)].count(0.0) == BURST


def test_messages_are_read() -> None:
    assert parse_frame('["event", {"name": "a.b", "payload": {"x": [1, "[[["]}}]') == [
        "event",
        {"name": "a.b", "payload": {"x": [1, "[[["]}},
    ]
    assert parse_frame("[" * DEPTH + "]" * DEPTH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * (DEPTH + 1) + "]" * (DEPTH + 1),
        "[" * 1000 + "]" * 1000,
        "[" * 60_000,
        '{"a":' * 100 + "1" + "}" * 100,
        "[" + "1," * NODES + "1]",
    ],
)
def test_absurd_messages_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_frame(text)


def stalled(line: Line) -> AsyncSocket:
    """A browser that does not read."""
    socket = line.sockets["one"] = AsyncSocket(line, "one")
    return socket


@pytest.mark.parametrize(("size", "fits"), [(1, WAITING_MESSAGES + 1), (WAITING_BYTES // 4, 5)])
async def test_line_that_nobody_reads_from_ends_and_keeps_nothing(size: int, fits: int) -> None:
    line = Line(async_mode="asgi")
    socket = stalled(line)
    for _ in range(fits):
        await line.send_packet("one", Packet(MESSAGE, "x" * size))
    assert (socket.closed, socket.queue.qsize()) == (False, fits)

    for _ in range(1000):
        await line.send_packet("one", Packet(MESSAGE, "x" * size))

    assert socket.closed
    assert socket.queue.waiting_bytes == 0
    assert socket.queue.qsize() == 1  # the word that it is over


async def test_line_that_is_read_from_stays() -> None:
    line = Line(async_mode="asgi")
    socket = stalled(line)
    for _ in range(10):
        await line.send_packet("one", Packet(MESSAGE, "x" * (WAITING_BYTES // 2)))
        await socket.poll()
    assert not socket.closed
    assert socket.queue.waiting_bytes == 0


async def test_who_was_ended_is_not_listened_to_any_more() -> None:
    server = make_server([])
    socket = stalled(server.eio)
    await socket.close(wait=False)
    await server._handle_eio_message("one", '2/_event,["event",{}]')
    assert not server._paces
