"""Which results are kept in full."""

from typing import Any

import pytest

from monitor_app.domain.report import Report, facts
from monitor_app.domain.result import CheckResult, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine import details
from monitor_app.engine.details import BAD_EVERY_SECONDS, BAD_IN_A_ROW, EVERY_SECONDS, Details, report_of
from monitor_app.plugins.registry import KindRegistry
from tests.samples import result


class Now:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def full(pk: int, status: Status = Status.OK, build: Any = lambda: {"sections": [{"title": "Facts"}]}) -> CheckResult:
    return result(pk, status=status, report=Report(build))


def taken(kept: Details, *results: CheckResult, is_news: bool = False) -> list[bool]:
    return [kept.of(number, one, is_news=is_news) is not None for number, one in enumerate(results, 1)]


def test_what_stays_good_is_kept_every_now_and_then() -> None:
    now = Now()
    kept = Details(now)
    assert taken(kept, full(1), full(1)) == [False, False]
    now.seconds += EVERY_SECONDS
    assert taken(kept, full(1), full(1)) == [True, False]
    now.seconds += EVERY_SECONDS
    assert taken(kept, full(1)) == [True]


def test_first_ones_after_a_start_are_spread() -> None:
    now = Now()
    kept = Details(now)
    taken(kept, *(full(pk) for pk in range(100)))
    now.seconds += EVERY_SECONDS / 2
    assert 30 < sum(taken(kept, *(full(pk) for pk in range(100)))) < 70


def test_news_and_what_a_person_wants_are_kept_at_once() -> None:
    kept = Details(Now())
    assert taken(kept, full(1), is_news=True) == [True]
    assert taken(kept, full(1)) == [False]
    kept.want(1)
    assert taken(kept, full(2), full(1), full(1)) == [False, True, False]


def test_what_is_not_good_is_kept_and_then_less_often() -> None:
    now = Now()
    kept = Details(now)
    bad = [full(1, Status.FAILED) for _ in range(BAD_IN_A_ROW + 2)]
    assert taken(kept, *bad) == [True] * BAD_IN_A_ROW + [False] * 2
    now.seconds += BAD_EVERY_SECONDS
    assert taken(kept, full(1, Status.FAILED), full(1, Status.FAILED)) == [True, False]
    # Another status is news, whatever the service makes of it.
    assert taken(kept, full(1, Status.DEGRADED), full(1), full(1)) == [True, True, False]


def test_an_outage_of_all_at_once_does_not_keep_the_engine_busy_with_telling() -> None:
    """Of a thousand services that fail with an answer worth telling, some are told now, the others a little later."""
    now = Now()
    kept = Details(now)

    def build() -> dict[str, Any]:
        now.seconds += 0.002
        return {"sections": [{"title": "Facts"}]}

    def outage() -> int:
        return sum(taken(kept, *(full(pk, Status.FAILED, build) for pk in range(1000)), is_news=True))

    began = now.seconds
    first = outage()
    assert 100 < first < 500
    kept.want(999)
    late = full(999, Status.FAILED, build)
    assert taken(kept, late, full(998, Status.FAILED, build)) == [True, False]
    while now.seconds < began + 60:
        now.seconds += 1
        outage()
    assert len({pk for pk in range(1000) if kept._kept[pk].count}) > first
    spent = sum(known.count for known in kept._kept.values()) * 0.002
    assert spent < 0.06 * 60 + 1


def test_what_is_not_kept_holds_nothing_large() -> None:
    kept, one = Details(Now()), full(1)
    assert taken(kept, one) == [False]
    assert one.report is not None
    assert one.report.take() is None
    assert taken(kept, result(1)) == [False]


def test_nothing_to_tell_is_not_kept() -> None:
    assert taken(Details(Now()), full(1, Status.FAILED, lambda: {"sections": []})) == [False]


def test_a_bug_in_a_kind_costs_the_details_only(caplog: Any) -> None:
    def broken() -> dict[str, Any]:
        raise RuntimeError("a bug")

    kept = Details(Now())
    assert taken(kept, full(1, Status.FAILED, broken), full(1, Status.FAILED, broken)) == [False, False]
    assert caplog.text.count("cannot be told in full") == 1


def test_a_document_begins_with_the_facts_under_their_titles() -> None:
    config = KindRegistry()["dns"].parse({"name": "example.org"})
    found = ProbeResult(Status.OK, "", details={"rcode": "NOERROR", "some_thing": "x"})
    assert report_of(found, config)() == {
        "sections": [{"title": "Facts", "form": "facts", "rows": [["Answer code", "NOERROR"], ["Some thing", "x"]]}]
    }
    assert details.report_of(ProbeResult(Status.OK, ""), config)() == {"sections": []}


def test_a_check_without_an_answer_tells_what_was_tried_and_what_happened() -> None:
    config = KindRegistry()["http"].parse({"url": "http://example.org/shop"})
    found = ProbeResult(Status.FAILED, "connection refused", phases={"dns": 0.61, "connect": 2})
    assert report_of(found, config)()["sections"] == [
        {
            "title": "The check",
            "form": "facts",
            "rows": [
                ["Tried", "http://example.org/shop"],
                ["Came as far as", "dns 0.6 ms, connect 2.0 ms"],
                ["Found", "connection refused"],
            ],
        }
    ]
    answered = ProbeResult(Status.FAILED, "503", tell=lambda: [facts("Answer", {"Status line": "503"})])
    assert [section["title"] for section in report_of(answered, config)()["sections"]] == ["Answer"]


def told(standing: str) -> CheckResult:
    return result(1, report=Report(lambda: {"sections": [{"title": standing}]}, (standing,)))


def test_each_change_of_a_standing_is_kept_however_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "SHARE", 0.000_001)
    now = Now()
    kept = Details(now)
    flapping = [told(standing) for standing in "aabbaab"]
    found = [kept.of(number, one, is_news=False) for number, one in enumerate(flapping, 1)]
    assert [each.result_id for each in found if each is not None and each.is_lasting] == [1, 3, 5, 7]


def test_between_changes_a_newer_report_takes_the_place_of_an_older() -> None:
    now = Now()
    kept = Details(now)
    assert kept.of(1, told("a"), is_news=False) is not None
    replaced = []
    for number, standing in ((2, "a"), (3, "a"), (4, "b"), (5, "b")):
        now.seconds += EVERY_SECONDS
        each = kept.of(number, told(standing), is_news=False)
        assert each is not None
        replaced.append((each.is_lasting, each.replaces))
    assert replaced == [(False, 0), (False, 2), (True, 3), (False, 0)]
    kept.want(1)
    assert kept.of(6, told("b"), is_news=False) is not None


def test_what_an_earlier_engine_has_kept_is_not_kept_again() -> None:
    kept = Details(Now())
    kept.know(1, ("a",))
    assert kept.of(1, told("a"), is_news=True) is None
    assert kept.of(2, told("b"), is_news=False) is not None
