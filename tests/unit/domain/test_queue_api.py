"""What the API of a queue says, and what of it is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.queue_api import (
    NotUnderstood,
    QueueBreaker,
    breaker_of,
    counts_of,
    error_in,
    succeeded,
)


def body(**data: Any) -> bytes:
    return json.dumps({"status": "success", "data": data}).encode()


def test_since_is_when_the_present_state_began() -> None:
    noon, one = datetime(2026, 5, 17, 12, tzinfo=UTC), datetime(2026, 5, 17, 13, tzinfo=UTC)
    assert QueueBreaker("open", noon, one).since == noon
    assert QueueBreaker("closed", noon, one).since == one
    told = breaker_of(body(state="open", opened_at="2026-05-17T12:00:00", metadata=None))
    assert told == QueueBreaker("open", noon)
    assert told.reason == ""


def test_metadata_is_short_and_fit_to_be_shown() -> None:
    told = {f"n{number}": "x" * 1000 for number in range(50)} | {"a": None}
    kept = breaker_of(body(state="closed", metadata={"half": "\ud800", "list": [1], "empty": "", **told})).metadata
    assert len(kept) < 21
    assert max(map(len, kept.values())) == 200
    assert kept["half"] == "?"
    assert kept["list"] == "[1]"
    assert "empty" not in kept


@pytest.mark.parametrize(
    "value", [-1, True, "3", None, float("inf"), 10**400, {"a": 1}], ids=lambda value: str(value)[:9]
)
def test_a_count_is_a_number(value: Any) -> None:
    with pytest.raises(NotUnderstood, match="waiting must be a number from 0 up"):
        counts_of(body(job_counts={"waiting": value}))


def test_counts_have_names() -> None:
    found = counts_of(body(job_counts={"waiting": 3, "not a name": 1, **dict.fromkeys(map(chr, range(97, 120)), 1)}))
    assert found.jobs["waiting"] == 3
    assert found.oldest_wait_seconds is None
    assert len(found.jobs) <= 12
    assert "not a name" not in found.jobs
    with pytest.raises(NotUnderstood, match="job_counts must be an object, got nothing"):
        counts_of(body())


def test_what_a_refusal_says() -> None:
    assert error_in(b'{"error": {"message": "no\\nway"}}') == "no way"
    assert error_in(b'{"detail": "not now"}') == "not now"
    assert [error_in(raw) for raw in (b"", b"[]", b"{}", b"<html>")] == ["", "", "", ""]
    succeeded(b'{"status": "success"}')
    with pytest.raises(NotUnderstood, match="status must be success, got a number that is too large"):
        succeeded(b'{"status": 1' + b"0" * 30 + b"}")


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_nothing_else_is_raised(raw: bytes | str) -> None:
    for read in (breaker_of, counts_of, succeeded):
        try:
            read(raw if isinstance(raw, bytes) else raw.encode())
        except NotUnderstood as err:
            str(err).encode()
