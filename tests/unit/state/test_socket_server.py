"""The pace of one socket, and what is read from it."""

import pytest

from monitor_app.state.socket_server import BURST, DEPTH, EACH_SECOND, NODES, Pace, parse_frame


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
