"""What members make of a composite."""

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.checks.composite.config import Config
from monitor_app.checks.composite.probe import probe
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import Heartbeats, ProbeContext
from tests.kinds_told import sections

LETTERS = {
    "O": Status.OK,
    "D": Status.DEGRADED,
    "F": Status.FAILED,
    "U": Status.UNKNOWN,
    "S": Status.STARTING,
    "P": Status.STOPPED,
}


class Facts:
    """Members m0, m1, ... with a status each; "-" does not exist."""

    def __init__(self, letters: str) -> None:
        self.letters = letters

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def member(self, service_id: str) -> tuple[str, Status] | None:
        letter = self.letters[int(service_id[1:])]
        return None if letter == "-" else (f"Member {service_id[1:]}", LETTERS[letter])

    def heartbeats(self, service_pk: int) -> Heartbeats:
        raise AssertionError(service_pk)


async def found(letters: str, mode: Any = "all", percent: float | None = None) -> ProbeResult:
    members = ",".join(f"m{number}" for number in range(len(letters)))
    config = Config(members=members, mode=mode, percent=percent)
    return await probe(ProbeContext(None, facts=Facts(letters)), config)


@pytest.mark.parametrize(
    ("letters", "of_all", "of_any", "of_half"),
    [
        ("OOO", Status.OK, Status.OK, Status.OK),
        ("OOD", Status.DEGRADED, Status.DEGRADED, Status.DEGRADED),
        ("OOF", Status.FAILED, Status.DEGRADED, Status.DEGRADED),
        ("OFF", Status.FAILED, Status.DEGRADED, Status.FAILED),
        ("FFF", Status.FAILED, Status.FAILED, Status.FAILED),
        ("OOU", Status.UNKNOWN, Status.OK, Status.OK),
        ("OO-", Status.UNKNOWN, Status.OK, Status.OK),
        ("OSF", Status.FAILED, Status.DEGRADED, Status.UNKNOWN),
        ("UUF", Status.FAILED, Status.UNKNOWN, Status.UNKNOWN),
        ("UUU", Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN),
        ("OOP", Status.OK, Status.OK, Status.OK),
        ("OPF", Status.FAILED, Status.DEGRADED, Status.DEGRADED),
        ("PPP", Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN),
    ],
)
async def test_statuses(letters: str, of_all: Status, of_any: Status, of_half: Status) -> None:
    assert (await found(letters)).status is of_all
    assert (await found(letters, "any")).status is of_any
    assert (await found(letters, "at_least", 50)).status is of_half


@pytest.mark.parametrize(
    ("letters", "message"),
    [
        ("OO", "2 of 2 up"),
        ("OF", "1 of 2 down: Member 1 (2 must be up)"),
        ("FFFFFO", "5 of 6 down: Member 0, Member 1, Member 2 and 2 more (6 must be up)"),
        ("OD", "1 of 2 degraded: Member 1"),
        ("O-", "nothing is known of m1 (does not exist)"),
        ("PP", "all members are paused: Member 0, Member 1"),
    ],
)
async def test_messages_name_who(letters: str, message: str) -> None:
    assert (await found(letters)).message == message


async def test_what_is_down_and_what_is_unknown_are_both_named() -> None:
    message = (await found("OFUU", "at_least", 75)).message
    assert message == "1 of 4 down: Member 1; nothing is known of Member 2, Member 3"


async def test_members_are_counted() -> None:
    assert (await found("OODFUSP")).metrics == {"members_up": 3, "members_down": 1, "members_unknown": 2}


async def test_long_labels_are_cut() -> None:
    class LongFacts(Facts):
        def member(self, service_id: str) -> tuple[str, Status]:
            return "x" * 120, Status.FAILED

    members = ",".join(f"m{number}" for number in range(9))
    result = await probe(ProbeContext(None, facts=LongFacts("")), Config(members=members))
    assert len(result.message) < 200


async def test_what_is_not_saved_cannot_be_tried() -> None:
    result = await probe(ProbeContext(None), Config(members="a"))
    assert result.status is Status.UNKNOWN


async def test_members_are_told_one_by_one() -> None:
    assert sections(await found("OFP-"))["Members"]["rows"] == [
        ["m0", "Member 0", "Up"],
        ["m1", "Member 1", "Down"],
        ["m2", "Member 2", "Paused"],
        ["m3", "does not exist", "Unknown"],
    ]
