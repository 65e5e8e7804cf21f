"""Rows and patches in few bytes."""

import json
from dataclasses import replace

import pytest

from monitor_app.domain.hold import Hold
from monitor_app.domain.state import Breaker, Pending
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.ring import DayRing
from monitor_app.state.rows.wire import Entry, wire_day, wire_ms, wire_patch, wire_row
from tests.board_rows import NOW, at, feed, result, service

NOW_MS = round(NOW.timestamp() * 1000)


def row_with(*found: tuple[Status, float, float | None]) -> BoardRow:
    """A row with these results: status, seconds after NOW, response time."""
    board = Board()
    board.apply_services([service(1, "Shop", group="web", tags=("a", "b"))], {1: "host1.example.org"})
    feed(board, [result(number, 1, status, seconds=s, ms=ms) for number, (status, s, ms) in enumerate(found, 1)])
    row = board.get(1)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("value", "wire"), [(None, None), (0.04, 0), (12.34, 12.3), (12.0, 12), (99.96, 100), (812.4, 812)]
)
def test_milliseconds_have_as_many_digits_as_anybody_reads(value: float | None, wire: float | None) -> None:
    assert wire_ms(value) == wire
    assert len(json.dumps(wire_ms(value))) <= 4


def test_row() -> None:
    row = row_with((Status.OK, 0, 12.5), (Status.FAILED, 60.2, None))
    assert wire_row(row) == {
        "id": 1,
        "sid": "service-1",
        "label": "Shop",
        "kind": "http",
        "type": "website",
        "target": "host1.example.org",
        "group": "web",
        "tags": ["a", "b"],
        "interval": 60,
        "enabled": True,
        "demo": False,
        "status": 2,
        "since": NOW_MS + 60_200,
        "at": NOW_MS + 60_200,
        "ms": None,
        "msg": "200 OK",
        "hs": "02",
        "hm": [12.5, None],
        "ht": [NOW_MS, 60],
        "day": [NOW_MS // 300_000, "*287,1.0.1"],
    }


def test_row_without_results() -> None:
    wire = wire_row(row_with())
    assert [wire[name] for name in ("status", "since", "at")] == [5, None, None]
    assert [wire[name] for name in ("hs", "hm", "ht", "day")] == ["", [], [], None]


def test_day_tells_equal_windows_once() -> None:
    day, newest = DayRing(), NOW_MS // 300_000
    counts = [(0, 0, 0), (5, 0, 0), (5, 0, 0), (4, 0, 1), (0, 3, 0), (10, 10, 10), (255, 0, 0)]
    day.replace(((newest - 6 + number) * 300, *each) for number, each in enumerate(counts))
    assert wire_day(day) == [newest, "*282,5*2,4.0.1,0.3,10.10.10,255"]
    # What time has pushed out, and the windows that nothing was found in since.
    day.add((newest + 3) * 300, 2)
    assert wire_day(day) == [newest + 3, "*279,5*2,4.0.1,0.3,10.10.10,255,*2,0.0.1"]


def test_steady_day_is_short() -> None:
    day = DayRing()
    day.replace((number * 300, 5, 0, 0) for number in range(1000, 1288))
    assert wire_day(day) == [1287, "5*288"]


@pytest.mark.parametrize("enabled", [True, False])
def test_what_rests_says_why(enabled: bool) -> None:
    board, hold = Board(), Hold("ada", "new disks", NOW, at(60))
    rests = {"maintenance": hold} if enabled else {"pause": hold, "maintenance": replace(hold, who="bob")}
    board.apply_services([service(1, enabled=enabled, **rests)], {})
    row = board.get(1)
    assert row is not None
    assert (wire_row(row)["status"], wire_row(row)["hold"]) == (4, ["ada", "new disks", NOW_MS, NOW_MS + 60_000])


def test_times_do_not_drift_by_rounding() -> None:
    steps = [number * 5.4 for number in range(60)]
    wire = wire_row(row_with(*[(Status.OK, seconds, 1.0) for seconds in steps]))
    assert sum(wire["ht"][1:]) == round(steps[-1])


def test_patch_leaves_out_what_did_not_change() -> None:
    entries: list[Entry] = [
        Entry(1, 0, 12.34, NOW_MS),
        Entry(2, 2, None, NOW_MS + 30, ""),
        Entry(3, 2, 5.0, NOW_MS - 20, None, NOW_MS - 20),
        Entry(4, 2, 5.0, NOW_MS, "refused", NOW_MS - 9000),
        Entry(5, None, 5.0, NOW_MS, None, None, {"status": 5}),
    ]
    assert wire_patch("v", 7, entries, None, 0) == {
        "view": "v",
        "seq": 7,
        "t": NOW_MS,
        "rows": [
            [1, 0, 12.3, 0],
            [2, 2, None, 30, ""],
            [3, 2, 5, -20, None, -20],
            [4, 2, 5, 0, "refused", -9000],
            [5, None, 5, 0, None, None, {"status": 5}],
        ],
    }


def test_patch_of_counts_and_stale_alone() -> None:
    assert wire_patch("v", 7, [], (1, 0, 0, 0, 0, 2), 3) == {
        "view": "v",
        "seq": 7,
        "t": 0,
        "rows": [],
        "counts": [1, 0, 0, 0, 0, 2],
        "stale": 3,
    }


def test_snapshot_of_50_full_rows_is_below_60_kb() -> None:
    board = Board()
    label = "Checkout of the online shop"
    board.apply_services(
        [
            service(pk, f"{label} {pk}", group="payment", tags=("production", "team-a"))
            for pk in range(100_001, 100_051)
        ],
        {pk: f"checkout-{pk}.eu-central.example.org/api/v2/health" for pk in range(100_001, 100_051)},
    )
    for turn in range(60):
        # intervals that are not whole seconds, response times with digits
        feed(
            board,
            [
                result(turn * 50 + n, 100_000 + n, Status(n % 3), seconds=turn * 60.7, ms=n * 31.7, message="m" * 80)
                for n in range(1, 51)
            ],
        )
    assert len(json.dumps([wire_row(row) for row in board], separators=(",", ":"))) < 60_000


def test_patch_of_10_rows_is_below_1500_bytes() -> None:
    message = "connection refused by 203.0.113.25:443 after 3 tries"
    entries: list[Entry] = [
        Entry(100_000 + n, 2, 1234.5 + n, NOW_MS + 137 * n, message, NOW_MS - 86_400_000, {"status": 2})
        for n in range(10)
    ]
    patch = wire_patch("0123456789abcdef", NOW_MS, entries, (900, 10, 60, 1, 20, 9), 3)
    assert len(json.dumps(patch, separators=(",", ":"))) < 1300  # the rest is Reflex's envelope


def test_row_tells_what_is_not_confirmed_and_what_the_breaker_does() -> None:
    row = row_with((Status.OK, 0, 12.5))
    assert row.state is not None
    pending = Pending(Status.FAILED, 1, 3, at(60), "connection refused")
    breaker = Breaker("open", at(10), at(310), 5, "", "")
    row.take(replace(row.state, pending=pending, breaker=breaker))
    wire = wire_row(row)
    assert wire["pend"] == [2, 1, 3, NOW_MS + 60_000, "connection refused"]
    assert wire["brk"] == ["open", NOW_MS + 10_000, NOW_MS + 310_000, 5, "", ""]
