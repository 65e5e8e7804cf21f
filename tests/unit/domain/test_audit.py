"""The chain of the audit log: whoever touches a line is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.audit import BEGINNING, AuditEntry, AuditLine, Break, Chain, line_hash

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
# Counted by hand, so that no later version calls an old log changed.
EXPECTED = "2b1b06a6695a92798a70f944c42bea0aba7c3730d99ec9db7fe0885c14282aea"


def chained(*entries: AuditEntry) -> list[AuditLine]:
    lines: list[AuditLine] = []
    for number, entry in enumerate(entries, 1):
        previous, at = lines[-1].hash if lines else BEGINNING, NOON + timedelta(seconds=number)
        lines.append(AuditLine(number, at, entry, previous, line_hash(number, at, entry, previous)))
    return lines


LOG = chained(*(AuditEntry(who, "admin", "service.update", after={"label": who}) for who in ("ann", "bob", "cy")))


def broken(lines: list[AuditLine], last_id: int = 3) -> Break | None:
    chain = Chain()
    return chain.follow(lines) or chain.end(last_id)


def test_a_log_that_nobody_touched_is_whole() -> None:
    assert broken(LOG) is None
    assert broken([], 0) is None


def test_it_may_be_followed_in_pieces() -> None:
    chain = Chain()
    assert [chain.follow([line]) for line in LOG] == [None] * 3
    assert chain.end(3) is None


@pytest.mark.parametrize(
    ("touch", "found"),
    [
        (lambda log: [log[0], log[2]], Break(2, "is missing")),
        (lambda log: log[1:], Break(1, "is missing")),
        (lambda log: log[:2], Break(3, "is missing")),
        (lambda log: [], Break(1, "is missing")),
        (
            lambda log: [log[0], replace(log[1], entry=replace(log[1].entry, who="eve")), log[2]],
            Break(2, "was changed"),
        ),
        (lambda log: [log[0], replace(log[1], at=NOON), log[2]], Break(2, "was changed")),
        (lambda log: [replace(log[0], hash="0" * 64), *log[1:]], Break(1, "was changed")),
        (
            lambda log: [*chained(AuditEntry("eve", "", "x")), *log[1:]],
            Break(2, "does not follow from the line before"),
        ),
    ],
)
def test_what_was_touched_is_found(touch: Callable[[list[AuditLine]], list[AuditLine]], found: Break) -> None:
    assert broken(touch(LOG)) == found


@given(st.sampled_from(["who", "role", "action", "target_type", "target", "outcome", "via", "address", "times"]))
def test_every_word_of_a_line_counts(name: str) -> None:
    entry = AuditEntry("ann", "admin", "a.b", "service", "shop", via="session 1", address="192.0.2.1")
    other = replace(entry, **{name: 7 if name == "times" else "other"})
    assert line_hash(1, NOON, entry, BEGINNING) != line_hash(1, NOON, other, BEGINNING)


def test_the_hash_is_sha_256_over_json_with_sorted_names() -> None:
    assert line_hash(1, NOON, AuditEntry("ann", "admin", "a.b", after={"ü": 1.5}), BEGINNING) == EXPECTED
