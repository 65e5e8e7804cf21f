"""Thresholds on response times and metrics."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.evaluate import evaluate
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import (
    COMPARISONS,
    Threshold,
    as_config,
    as_text,
    from_text,
    judge,
    parse,
)
from monitor_app.errors import InvalidInput

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SLOW = Threshold("response_ms", ">", 500, 3)


def found(response_ms: float | None, **values: Any) -> CheckResult:
    return CheckResult(1, NOON, **{"status": Status.OK, "message": "200 OK", "response_ms": response_ms} | values)


def statuses(results: list[CheckResult], *thresholds: Threshold) -> list[Status]:
    """The judged statuses of results in a row."""
    breaches, judged = (), []
    for result in results:
        outcome = judge(thresholds, result, breaches)
        breaches = outcome.breaches
        judged.append(outcome.result.status)
    return judged


class TestJudging:
    def test_without_thresholds_a_result_is_what_it_is(self) -> None:
        result = found(9999.0)
        assert judge((), result, (("old", 3),)).result is result

    def test_a_row_of_results_beyond_it_degrades(self) -> None:
        assert statuses([found(812.0)] * 4, SLOW) == [Status.OK, Status.OK, Status.DEGRADED, Status.DEGRADED]

    def test_one_within_it_breaks_the_row(self) -> None:
        slow, fast = found(812.0), found(500.0)
        assert statuses([slow, slow, fast, slow, slow], SLOW) == [Status.OK] * 5

    def test_reason_tells_what_was_measured_and_what_is_allowed(self) -> None:
        judged = judge((SLOW,), found(812.0), ((SLOW.text, 2),))
        assert judged.result.message == "response time 812 ms, above 500 ms for 3 results"
        both = (Threshold("response_ms", ">=", 500.5), Threshold("rtt_avg_ms", "<", 0.25))
        judged = judge(both, found(812.34567, metrics={"rtt_avg_ms": 0.1}), ())
        words = "response time 812 ms, at or above 500.5 ms; rtt avg 0.1 ms, below 0.25 ms"
        assert judged.result.message == words

    @pytest.mark.parametrize(
        ("threshold", "value", "words"),
        [
            (Threshold("certificate_days", "<", 14), 13.94, "certificate 13.9 days, below 14 days"),
            (Threshold("loss_percent", ">", 20, 2), 33.333, "loss 33.3 %, above 20 % for 2 results"),
            (Threshold("status_code", "!=", 200), 503, "status code 503, not 200"),
            (Threshold("load", "==", 0), 0, "load 0, exactly 0"),
            (Threshold("response_ms", ">", 500), 500.004, "response time 500.004 ms, above 500 ms"),
        ],
    )
    def test_reason_is_in_words_and_never_says_that_a_number_is_beyond_itself(
        self, threshold: Threshold, value: float, words: str
    ) -> None:
        assert threshold.reason(value) == words

    def test_it_counts_no_further_than_needed(self) -> None:
        assert judge((SLOW,), found(812.0), ((SLOW.text, 3),)).breaches == ((SLOW.text, 3),)
        assert judge((SLOW,), found(1.0), ((SLOW.text, 3),)).breaches == ()

    def test_any_metric_can_have_one(self) -> None:
        low = Threshold("certificate_days", "<", 14)
        assert statuses([found(1.0, metrics={"certificate_days": 13.9})], low) == [Status.DEGRADED]
        assert statuses([found(1.0, metrics={"certificate_days": 14.0})], low) == [Status.OK]

    def test_only_good_results_are_degraded(self) -> None:
        any_time = Threshold("response_ms", ">", 0)
        for status in set(Status) - {Status.OK}:
            result = found(812.0, status=status)
            assert judge((any_time,), result, ()).result is result

    @pytest.mark.parametrize("silent", [found(None), found(9999.0, is_stalled=True)])
    def test_a_result_that_cannot_be_judged_neither_counts_nor_breaks_the_row(self, silent: CheckResult) -> None:
        judged = statuses([found(812.0), found(812.0), silent, found(812.0)], SLOW)
        assert judged == [Status.OK, Status.OK, Status.OK, Status.DEGRADED]

    def test_a_stall_does_not_keep_metrics_from_being_judged(self) -> None:
        low = Threshold("certificate_days", "<", 14)
        assert statuses([found(1.0, metrics={"certificate_days": 3}, is_stalled=True)], low) == [Status.DEGRADED]

    def test_counts_of_thresholds_that_are_gone_are_forgotten(self) -> None:
        assert judge((SLOW,), found(812.0), (("old > 1", 1),)).breaches == ((SLOW.text, 1),)

    def test_a_service_stays_degraded_through_a_result_that_cannot_be_judged(self) -> None:
        rules, state = Rules(thresholds=(replace(SLOW, results=1),)), None
        seen = []
        for number, result in enumerate([found(812.0), found(812.0, is_stalled=True), found(9.0), found(None)]):
            state = evaluate(state, result, number, rules).state
            seen.append(state.status)
        assert seen == [Status.DEGRADED, Status.DEGRADED, Status.OK, Status.OK]

    def test_a_degraded_result_is_stored_as_such_and_needs_no_confirmation(self) -> None:
        state: ServiceState | None = None
        for number in range(3):
            outcome = evaluate(state, found(812.0), number, Rules(thresholds=(SLOW,)))
            state = outcome.state
        assert outcome.result is not None
        assert (state.status, outcome.result.status) == (Status.DEGRADED, Status.DEGRADED)
        assert state.message == outcome.result.message == "response time 812 ms, above 500 ms for 3 results"


class TestComparisons:
    @pytest.mark.parametrize(
        ("comparison", "below", "equal", "above"),
        [
            (">", False, False, True),
            (">=", False, True, True),
            ("<", True, False, False),
            ("<=", True, True, False),
            ("==", False, True, False),
            ("!=", True, False, True),
        ],
    )
    def test_each(self, comparison: str, below: bool, equal: bool, above: bool) -> None:
        threshold = Threshold("response_ms", comparison, 5)
        assert [threshold.is_breached_by(value) for value in (4.9, 5.0, 5.1)] == [below, equal, above]


class TestParsing:
    def test_config(self) -> None:
        entry = {"metric": "response_ms", "comparison": ">", "value": 500, "results": 3}
        assert parse({"thresholds": [entry]}) == (SLOW,)
        assert parse({}) == ()
        assert parse({"thresholds": [{"metric": "rtt_ms", "value": "2.5"}]}) == (Threshold("rtt_ms", ">", 2.5),)

    @pytest.mark.parametrize(
        ("entry", "message"),
        [
            (5, "threshold 1: must be an object with metric, comparison, value, results, got 5"),
            ({"metric": "a", "value": 1, "x": 2}, "threshold 1: 'x' is not a field: must be metric,"),
            ({"value": 1}, "threshold 1: metric must be response_ms or the name of a metric"),
            ({"metric": "Response ms", "value": 1}, "got 'Response ms'"),
            ({"metric": "a", "comparison": "=>", "value": 1}, "comparison must be one of > >= < <= == !=, got '=>'"),
            ({"metric": "a", "comparison": [], "value": 1}, "comparison must be one of > >= < <= == !=, got []"),
            ({"metric": "a"}, "value must be a number, got None"),
            ({"metric": "a", "value": True}, "value must be a number, got True"),
            ({"metric": "a", "value": "soon"}, "value must be a number, got 'soon'"),
            ({"metric": "a", "value": float("nan")}, "value must be a number, got nan"),
            ({"metric": "a", "value": 10**400}, "value must be a number, got 1000"),
            ({"metric": "a", "value": 1, "results": 0}, "results must be 1 to 100, got 0"),
            ({"metric": "a", "value": 1, "results": 101}, "results must be 1 to 100, got 101"),
            ({"metric": "a", "value": 1, "results": 1.5}, "results must be 1 to 100, got 1.5"),
            ({"metric": "a", "value": 1, "results": "many"}, "results must be 1 to 100, got 'many'"),
        ],
    )
    def test_wrong_entries_are_told_with_field_and_value(self, entry: object, message: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse({"thresholds": [entry]})
        assert message in caught.value.fields["metric_config"]
        assert len(caught.value.fields["metric_config"]) < 200

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse({"limits": [], "thresholds": [{"metric": "a"}, {"metric": "b", "value": 1}, 7]})
        text = caught.value.fields["metric_config"]
        assert "limits is not a field: must be thresholds" in text
        assert "threshold 1:" in text
        assert "threshold 3:" in text
        assert "threshold 2:" not in text

    @pytest.mark.parametrize("entries", ["response_ms > 5", {"a": 1}, 5, None])
    def test_thresholds_must_be_a_list(self, entries: object) -> None:
        with pytest.raises(InvalidInput, match="thresholds must be a list"):
            parse({"thresholds": entries})

    def test_twice_the_same_and_too_many(self) -> None:
        entry = {"metric": "a", "value": 1}
        with pytest.raises(InvalidInput, match="'a > 1' stands there twice"):
            parse({"thresholds": [entry, entry]})
        with pytest.raises(InvalidInput, match="must be at most 20 thresholds, got 21"):
            parse({"thresholds": [entry | {"value": number} for number in range(21)]})


class TestText:
    def test_lines(self) -> None:
        text = "response_ms > 500 for 3 results\n\n  loss_percent>=2.5 for 1 result\nrtt_ms   != -4\n"
        thresholds = from_text(text)
        assert thresholds == (SLOW, Threshold("loss_percent", ">=", 2.5), Threshold("rtt_ms", "!=", -4))
        assert as_text(thresholds) == "response_ms > 500 for 3 results\nloss_percent >= 2.5\nrtt_ms != -4"
        assert from_text("") == ()

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("response time over 500", "line 1: must be like 'response_ms > 500 for 3 results', got 'response time"),
            ("response_ms > soon", "line 1: value must be a number, got 'soon'"),
            ("response_ms > 5 for many results", "line 1: results must be 1 to 100, got 'many'"),
            ("Response > 5", "line 1: metric must be"),
            ("a > 1\na > 1", "'a > 1' stands there twice"),
        ],
    )
    def test_wrong_lines_are_told_by_their_number(self, line: str, message: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            from_text(line)
        assert message in caught.value.fields["thresholds"]


any_threshold = st.builds(
    Threshold,
    metric=st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True),
    comparison=st.sampled_from(sorted(COMPARISONS)),
    value=st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0),
    results=st.integers(1, 100),
)


@given(st.lists(any_threshold, max_size=20, unique_by=lambda threshold: threshold.text))
def test_texts_and_configs_are_read_as_they_were_written(thresholds: list[Threshold]) -> None:
    assert from_text(as_text(thresholds)) == tuple(thresholds)
    assert parse(as_config(thresholds)) == tuple(thresholds)
