"""The paste box: pieces in, findings out, services on one click."""

import asyncio

import pytest

from monitor_app.state import paste as module
from monitor_app.state.demo import DemoState
from monitor_app.state.paste import PasteState
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen
from tests.servers.http import Exchange, HttpServer, reply, silent


async def test_lines_are_tested_and_the_good_ones_saved(screen: Screen, server: HttpServer) -> None:
    server.on("/good", reply(200))
    server.on("/bad", reply(503))
    text = f"{server.url('/good')}\n\n{server.url('/bad')}\nftp://example.org\n{server.url('/good')}\n"

    await screen.send(PasteState.take, piece=text, index=0, count=1)

    states = {line["number"]: line["state"] for line in screen.shows(PasteState, "lines")}
    assert states == {1: "ok", 3: "failing", 4: "refused", 5: "duplicate"}
    assert screen.shows(PasteState, "is_busy") is False
    assert screen.was_sent(PasteState, "savable")[-1] == 2
    await screen.send(PasteState.save)
    await screen.running.follower.read_now()
    assert len(screen.running.board) == 2
    assert "2 services are watched now; 2 lines are left out" in screen.shows(ToastState, "toast")["text"]
    assert screen.shows(PasteState, "is_open") is True, "the refused line stays to be looked at"


async def test_pieces_make_one_list_and_only_some_lines_are_shown(screen: Screen) -> None:
    addresses = [f"http://127.0.0.1:1/{number}" for number in range(150)]
    await screen.send(PasteState.take, piece="\n".join(addresses[:80]) + "\n", index=0, count=2)
    assert screen.shows(PasteState, "total") == 0
    await screen.send(PasteState.take, piece="\n".join([*addresses[80:], "gopher://late"]), index=1, count=2)

    assert screen.shows(PasteState, "total") == 151
    lines = screen.shows(PasteState, "lines")
    assert len(lines) == 100
    assert lines[0]["state"] == "refused", "problems come first"


async def test_too_many_lines_keep_what_fits(screen: Screen) -> None:
    text = "\n".join(f"http://127.0.0.1:1/{number}" for number in range(2600)) + "\n"
    more = text.replace("/", "/x", 3)
    await screen.send(PasteState.take, piece=text, index=0, count=3)
    await screen.send(PasteState.take, piece=more.replace("127.0.0.1:1/", "127.0.0.1:2/"), index=1, count=3)
    assert "5,000" in screen.shows(PasteState, "error")
    total = screen.shows(PasteState, "total")
    await screen.send(PasteState.take, piece="http://127.0.0.1:3/", index=2, count=3)
    assert screen.shows(PasteState, "total") == total


async def test_pieces_out_of_order_or_out_of_shape_are_passed_over(screen: Screen) -> None:
    for piece, index, count in [
        ("http://a", 1, 2),
        ("http://a", -1, 1),
        (["http://a"], 0, 1),
        ("x" * 200_000, 0, 1),
        ("http://a", 0, 10_000),
        ("http://a", "0", "1"),
    ]:
        await screen.send(PasteState.take, piece=piece, index=index, count=count)
    assert screen.shows(PasteState, "total") == 0
    await screen.send(PasteState.save)
    assert len(screen.running.board) == 0


async def test_missing_piece_ends_the_list(screen: Screen) -> None:
    await screen.send(PasteState.take, piece="http://127.0.0.1:1/a\n", index=0, count=3)
    await screen.send(PasteState.take, piece="http://127.0.0.1:1/c\n", index=2, count=3)
    assert screen.shows(PasteState, "total") == 0


async def test_demo_is_loaded_and_removed(screen: Screen) -> None:
    await screen.send(DemoState.load)
    await screen.send(DemoState.remove)
    assert screen.running.demo.asked == ["load", "remove"]
    assert screen.shows(DemoState, "is_busy") is False
    assert screen.shows(ToastState, "toast")["text"] == "The demo is gone"


class Gate:
    """A server's answer that waits until it is let through."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = asyncio.Semaphore(0)

    async def __call__(self, exchange: Exchange) -> None:
        self.waiting.release()
        await self.open.wait()
        await reply(200)(exchange)

    async def holds(self, count: int) -> None:
        async with asyncio.timeout(60):
            for _ in range(count):
                await self.waiting.acquire()


async def test_closing_ends_the_tests(screen: Screen, server: HttpServer) -> None:
    gate = Gate()
    for number in range(60):
        server.on(f"/{number}", gate)
    text = "\n".join(server.url(f"/{number}") for number in range(60))
    testing = asyncio.create_task(screen.send(PasteState.take, piece=text, index=0, count=1))
    await gate.holds(20)

    await screen.send(PasteState.close)
    gate.open.set()
    await testing

    assert len(server.requests) == 20
    assert screen.shows(PasteState, "total") == 0


async def test_saving_early_keeps_what_is_still_being_tested(screen: Screen, server: HttpServer) -> None:
    gate = Gate()
    server.on("/good", reply(200))
    server.on("/slow", gate)
    text = f"{server.url('/good')}\n{server.url('/slow')}"
    testing = asyncio.create_task(screen.send(PasteState.take, piece=text, index=0, count=1))
    await gate.holds(1)
    async with asyncio.timeout(60):
        while screen.shows(PasteState, "answering") < 1:
            await asyncio.sleep(0.01)

    await screen.send(PasteState.save)

    assert "is watched now; 1 line is not tested yet" in screen.shows(ToastState, "toast")["text"]
    assert screen.shows(PasteState, "is_open") is True
    assert [line["state"] for line in screen.shows(PasteState, "lines")] == ["saved", "testing"]
    gate.open.set()
    await testing
    await screen.send(PasteState.save)
    await screen.running.follower.read_now()
    assert len(screen.running.board) == 2
    assert screen.shows(PasteState, "is_open") is False


async def test_tests_of_a_list_end_some_time(
    screen: Screen, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TESTING_SECONDS", 0.3)
    server.on("/never", silent)

    await screen.send(PasteState.take, piece=server.url("/never"), index=0, count=1)

    assert screen.shows(PasteState, "is_busy") is False
    assert "save those that were" in screen.shows(PasteState, "error")
    assert screen.shows(PasteState, "done") == 0
