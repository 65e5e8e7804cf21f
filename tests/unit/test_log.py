"""Logs: one line an event, for machines and for people, with nothing secret and nothing forged."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from monitor_app import log

HOSTILE = "line\nlevel=critical\r\x1b[31mred\x9b0m\u2028next\u202eback\x7f"


@pytest.fixture(autouse=True)
def put_logging_back() -> Iterator[None]:
    """Whatever a test configures, pytest's own handlers come back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


@pytest.fixture
def written() -> Callable[..., str]:
    """Configure, let something be logged, and return what came out."""

    def run(write: Callable[[log.EventLogger], None], *, human: bool = False, level: str = "INFO") -> str:
        stream = io.StringIO()
        log.configure(level, stream, human)
        write(log.get_logger("monitor_app.test"))
        return stream.getvalue()

    return run


def one(text: str) -> dict[str, Any]:
    assert text.count("\n") == 1
    assert text.endswith("\n")
    line: dict[str, Any] = json.loads(text)
    return line


def test_json_line_has_time_level_event_and_fields(written: Callable[..., str]) -> None:
    line = one(written(lambda logger: logger.info("check failed", service="db", ms=1.5, tags=["a"], nothing=None)))
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "event": "check failed",
        "logger": "monitor_app.test",
        "service": "db",
        "ms": 1.5,
        "tags": ["a"],
        "nothing": None,
    }


def test_line_carries_the_id_of_the_check_that_runs(written: Callable[..., str]) -> None:
    token = log.check_id.set("c-17")
    try:
        assert one(written(lambda logger: logger.info("x")))["check_id"] == "c-17"
        assert "check_id=c-17" in written(lambda logger: logger.info("x"), human=True)
    finally:
        log.check_id.reset(token)


def test_a_field_cannot_replace_what_the_line_is(written: Callable[..., str]) -> None:
    line = one(written(lambda logger: logger.info("real", level="forged", time="forged")))
    assert line["level"] == "info"
    assert line["level_"] == "forged"


@pytest.mark.parametrize("human", [False, True])
def test_hostile_text_stays_on_its_line_and_off_the_terminal(written: Callable[..., str], human: bool) -> None:
    text = written(lambda logger: logger.warning(HOSTILE, value=HOSTILE), human=human)
    assert text.count("\n") == 1
    body = text[:-1]
    assert len(body.splitlines()) == 1
    assert all(ord(char) >= 0x20 and not 0x7F <= ord(char) < 0xA0 for char in body)
    assert "\u202e" not in body


@pytest.mark.parametrize("human", [False, True])
def test_secrets_are_masked_everywhere(written: Callable[..., str], human: bool) -> None:
    text = written(
        lambda logger: logger.error(
            "cannot open https://user:s3cret@host/",
            password="s3cret",
            url="https://host/?token=s3cret",
            headers={"Authorization": "s3cret", "X-Plain": "seen"},
            many=[{"api_key": "s3cret"}],
        ),
        human=human,
    )
    assert "s3cret" not in text
    assert "seen" in text


@pytest.mark.parametrize("human", [False, True])
def test_traceback_goes_along_masked_and_cannot_begin_a_line(written: Callable[..., str], human: bool) -> None:
    def fail(logger: log.EventLogger) -> None:
        try:
            raise ValueError("https://user:s3cret@host/\n2026-01-01 forged")
        except ValueError:
            logger.exception("it failed")

    text = written(fail, human=human)
    assert "ValueError" in text
    assert "s3cret" not in text
    assert not any(line.startswith("2026-01-01 forged") for line in text.splitlines())
    if not human:
        assert "ValueError" in one(text)["traceback"]


@pytest.mark.parametrize("depth", [10, 300])
def test_endless_traceback_keeps_where_it_began_and_what_it_was(written: Callable[..., str], depth: int) -> None:
    def descend(depth: int) -> None:
        if depth:
            descend(depth - 1) if depth % 2 else (descend(depth - 1), None)  # so that no two lines repeat each other
        else:
            raise KeyError("cause" + "x" * 9_000)

    def fail(logger: log.EventLogger) -> None:
        try:
            try:
                descend(depth)
            except KeyError as err:
                raise ValueError("what it was\n" + "y" * 9_000) from err
        except ValueError:
            logger.exception("it failed")

    trace = one(written(fail))["traceback"]
    assert len(trace) < 9_000
    assert trace.startswith("Traceback (most recent call last)")
    assert "\nValueError: what it was\nyyy" in trace
    assert "raise ValueError(" in trace


def test_secret_at_the_place_where_a_text_is_cut_is_masked(written: Callable[..., str]) -> None:
    long = "x" * (log.TEXT_LIMIT - 20) + " https://user:s3cret-and-more@host/" + "x" * 100
    assert "s3cr" not in written(lambda logger: logger.info("x", long=long))


def test_libraries_come_through_the_same_way(written: Callable[..., str]) -> None:
    def write(_: log.EventLogger) -> None:
        logging.getLogger("some.library").warning("lost %s", "postgresql://u:s3cret@h/d")

    assert one(written(write))["event"] == "lost postgresql://***@h/d"


def test_warnings_come_through(written: Callable[..., str]) -> None:
    def write(_: log.EventLogger) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("old thing", stacklevel=1)

    assert "old thing" in one(written(write))["event"]


def test_level_counts_and_chatty_libraries_are_quiet(written: Callable[..., str]) -> None:
    def write(logger: log.EventLogger) -> None:
        logger.debug("not this")
        logging.getLogger("httpx").info("nor this")
        logging.getLogger("apscheduler.scheduler").info("nor this")

    assert written(write) == ""
    assert "seen" in written(lambda logger: logger.debug("seen"), level="DEBUG")


def test_text_for_people(written: Callable[..., str]) -> None:
    text = written(lambda logger: logger.info("check failed", service="db main", ms=12, empty=""), human=True)
    assert text[8:] == ' info     check failed  service="db main"  ms=12  empty=""\n'


def test_terminal_gets_colours_and_text() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    log.configure("INFO", stream)
    log.get_logger("x").error("bad")
    assert "\x1b[31merror" in stream.getvalue()


def test_objects_are_told_by_their_text_and_endless_ones_are_cut(written: Callable[..., str]) -> None:
    line = one(written(lambda logger: logger.info("x", where=io, long="a" * 100_000, group={1})))
    assert "module 'io'" in line["where"]
    assert len(line["long"]) < 10_000
    assert line["group"] == [1]
