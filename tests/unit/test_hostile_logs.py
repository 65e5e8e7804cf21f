"""Whatever others send: one line an event in the log, and nothing that steers a terminal."""

import io
import json
import logging
import unicodedata
from collections.abc import Iterator

import pytest

from monitor_app import log
from monitor_app.redact import harmless
from tests.samples_hostile import NAMES, PAYLOADS

every_payload = pytest.mark.parametrize("payload", PAYLOADS, ids=NAMES)
# Those that turn the direction of writing.
TURNING = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}


@pytest.fixture(autouse=True)
def put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def written(payload: str, *, human: bool) -> list[str]:
    """A text everywhere in the log: as event, as field, inside a list, as the name of a field, from a library."""
    stream = io.StringIO()
    log.configure("INFO", stream, human)
    logger = log.get_logger("monitor_app.test")
    logger.info("check failed", service=payload, tags=[payload, payload], answer={payload: payload})
    logger.warning(payload, reason=ValueError(payload))
    logger.info("odd name", **{payload: 1})
    logging.getLogger("library").warning("it says %s", payload)
    return stream.getvalue().split("\n")


def steers(text: str) -> bool:
    return any(
        unicodedata.category(char) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(char) in TURNING for char in text
    )


@every_payload
def test_log_for_machines_has_one_line_an_event(payload: str) -> None:
    *lines, end = written(payload, human=False)
    events = [json.loads(line) for line in lines]
    assert end == ""
    assert [event["level"] for event in events] == ["info", "warning", "info", "warning"]
    assert all(line.isascii() and line.isprintable() for line in lines)
    if len(payload) < 1_000 and "=" not in payload:
        assert events[0]["service"] == events[1]["event"] == payload


@every_payload
def test_log_for_people_has_one_line_an_event(payload: str) -> None:
    *lines, end = written(payload, human=True)
    assert end == ""
    assert len(lines) == 4
    assert [line.split()[1] for line in lines] == ["info", "warning", "info", "warning"]
    assert not any(steers(line) for line in lines)


@every_payload
def test_traceback_cannot_begin_a_line_of_its_own(payload: str) -> None:
    stream = io.StringIO()
    log.configure("INFO", stream, human=True)
    try:
        raise RuntimeError(payload)
    except RuntimeError:
        log.get_logger("monitor_app.test").exception("a bug")
    first, *others = stream.getvalue().split("\n")[:-1]
    assert first.endswith("a bug")
    assert others
    assert all(line.startswith("    | ") and not steers(line) for line in others)


@every_payload
def test_answer_of_a_server_is_cut_and_steers_nothing(payload: str) -> None:
    shown = harmless(payload, 200)
    assert not steers(shown)
    assert len(payload) > 200 or len(shown) >= len(payload)
