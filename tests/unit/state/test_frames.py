"""What a websocket may send at all."""

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from monitor_app.state.frames import FRAME_BYTES, FrameGuard

EVENT = '42/_event,["event",{}]'


async def frames_seen(*messages: Message, path: str = "/_event/", kind: str = "websocket") -> list[Message]:
    """What the app behind the guard gets."""
    waiting, seen = list(messages), []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.extend([await receive() for _ in messages])

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is sent")

    await FrameGuard(app)({"type": kind, "path": path, "client": ("192.0.2.1", 1)}, receive, send)
    return seen


def text(text: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": text}


@pytest.mark.parametrize("frame", ["3", "1", "40/_event,", "41/_event,", EVENT, EVENT.ljust(FRAME_BYTES)])
async def test_frames_of_socketio_go_through(frame: str) -> None:
    assert await frames_seen(text(frame)) == [text(frame)]


@pytest.mark.parametrize(
    "frame", ["", "x", "9", "2", "5", "b4AAA", "4", "4{", "4" + "[" * 5000, "43/_event,[]", "451-/_event,[]", "422"]
)
async def test_frames_that_cannot_be_ours_end_the_socket(frame: str) -> None:
    assert await frames_seen(text(frame)) == [{"type": "websocket.disconnect", "code": 1003}]


async def test_binary_frames_end_the_socket() -> None:
    assert (await frames_seen({"type": "websocket.receive", "bytes": b"42"}))[0]["type"] == "websocket.disconnect"


@pytest.mark.parametrize("frame", [EVENT.ljust(FRAME_BYTES + 1), EVENT + "€" * (FRAME_BYTES // 3)])
async def test_frames_over_128_kb_end_the_socket(frame: str) -> None:
    assert await frames_seen(text(frame)) == [{"type": "websocket.disconnect", "code": 1009}]


async def test_all_else_goes_through_as_it_is() -> None:
    opened: Message = {"type": "websocket.connect"}
    assert await frames_seen(opened, text(EVENT)) == [opened, text(EVENT)]
    assert await frames_seen(text("x"), path="/ws") == [text("x")]
    assert await frames_seen({"type": "http.request"}, kind="http") == [{"type": "http.request"}]
