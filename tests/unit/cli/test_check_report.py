"""What `check` prints."""

import io
from typing import Any

import pytest

from monitor_app.cli._check_report import Style, report, report_json
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status

GOOD = ProbeResult(
    Status.OK,
    "200 OK",
    100.0,
    {"dns": 10.0, "connect": 20.0, "first_byte": 70.0},
    {"status_code": 200, "body_bytes": 12345, "certificate_days": 20.5},
    {"address": "192.0.2.1", "certificate_expires": "2026-01-01 00:00 UTC", "certificate_issuer": "R1"},
)


class Stream(io.StringIO):
    """A stream that is or is not a terminal."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    encoding = "utf-8"

    def isatty(self) -> bool:
        return self._is_terminal


def test_the_whole_report() -> None:
    assert report("https://example.org/", GOOD, Style(columns=50)).splitlines() == [
        "✔ OK  https://example.org/  100.0 ms",
        "  200 OK",
        "",
        "  dns                10.0 ms  ██",
        "  connect            20.0 ms    ████",
        "  first byte         70.0 ms        ██████████████",
        "",
        "  certificate   20 days left, until 2026-01-01 00:00 UTC",
        "  status code   200",
        "  body bytes    12,345",
        "  address       192.0.2.1",
        "  issuer        R1",
    ]


def test_a_failure_without_phases_is_two_lines() -> None:
    lines = report("x", ProbeResult.failed("name not found"), Style()).splitlines()
    assert lines == ["✖ FAILED  x", "  name not found"]


def test_an_expired_certificate_is_told() -> None:
    result = ProbeResult.failed("TLS", metrics={"certificate_days": -3.2}, details={"certificate_expires": "then"})
    assert "expired 3 days ago, until then" in report("x", result, Style())


def test_plain_characters_where_the_terminal_has_no_others() -> None:
    assert report("x", GOOD, Style(is_unicode=False)).isascii()


def test_every_status_has_a_glyph_and_a_colour() -> None:
    for status in Status:
        text = report("x", ProbeResult(status, "m"), Style(is_coloured=True))
        assert status.name in text
        assert "\x1b[1;3" in text


@pytest.mark.parametrize(
    ("is_terminal", "environment", "is_coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    is_terminal: bool, environment: dict[str, str], is_coloured: bool
) -> None:
    assert Style.of(Stream(is_terminal=is_terminal), 80, environment).is_coloured == is_coloured


def test_the_json_holds_all() -> None:
    expected: dict[str, Any] = {
        "kind": "http",
        "target": "x",
        "status": "OK",
        "message": "200 OK",
        "response_ms": 100.0,
        "phases": dict(GOOD.phases),
        "metrics": dict(GOOD.metrics),
        "details": dict(GOOD.details),
    }
    assert report_json("http", "x", GOOD) == expected
