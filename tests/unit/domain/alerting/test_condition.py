"""Conditions of rules: what is taken, what is refused and with which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.alerting.condition import (
    CONDITION_TYPES,
    BurnCondition,
    MetricCondition,
    parse_condition,
    units_of,
)
from monitor_app.errors import InvalidInput

GOOD: dict[str, dict[str, Any]] = {
    "is down or unknown": {"type": "status", "statuses": ["failed", "unknown"]},
    "was degraded for 20 % of the last 2 hours": {
        "type": "share",
        "statuses": ["degraded"],
        "share": 0.2,
        "span_minutes": 120,
    },
    "was down for 1 % of the last day": {
        "type": "share",
        "statuses": ["failed"],
        "share": 0.01,
        "span_minutes": 1440,
    },
    "query_ms > 2 s": {"type": "metric", "metric": "query_ms", "comparison": ">", "value": 2.0, "unit": "s"},
    "rows < 1": {"type": "metric", "metric": "rows", "comparison": "<", "value": 1.0, "unit": ""},
    "p95 of 15 minutes is above 800 ms": {
        "type": "response",
        "percentile": 95,
        "above_ms": 800.0,
        "span_minutes": 15,
    },
    "its certificate has at most 1 day left": {"type": "certificate_days", "days": 1},
    "its domain has at most 30 days left": {"type": "domain_days", "days": 30},
    "has no data for 1 hour": {"type": "no_data", "minutes": 60},
    "burns the error budget of 99.9 % in 30 days too fast": {"type": "burn", "target": 0.999, "window_days": 30},
}


@pytest.mark.parametrize(("words", "document"), GOOD.items(), ids=[f"{name:.30}" for name in GOOD])
def test_a_condition_is_its_document_and_its_words(words: str, document: dict[str, Any]) -> None:
    condition = parse_condition(document)
    assert condition.document() == document
    assert condition.words == words
    assert condition.type == document["type"]


def test_every_type_has_a_sample() -> None:
    assert {document["type"] for document in GOOD.values()} == set(CONDITION_TYPES)


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ("failed", "condition", "must be an object with a type"),
        ({}, "type", "must be one of status, share, metric"),
        ({"type": ["status"]}, "type", "must be one of"),
        ({"type": "status", "statuses": ["failed"], "for": 3}, "for", "is not a field of status, which has statuses"),
        ({"type": "status"}, "statuses", "must be one or more of failed, degraded"),
        ({"type": "status", "statuses": []}, "statuses", "must be one or more"),
        ({"type": "status", "statuses": ["ok"]}, "statuses", "must be of failed, degraded"),
        ({"type": "share", "statuses": ["failed"], "share": 0, "span_minutes": 60}, "share", "more than 0"),
        ({"type": "share", "statuses": ["failed"], "share": 20, "span_minutes": 60}, "share", "at most 1"),
        ({"type": "share", "statuses": ["failed"], "share": 0.5, "span_minutes": 4}, "span_minutes", "from 5 to"),
        ({"type": "metric", "metric": "Rows", "comparison": ">", "value": 1}, "metric", "the name of a metric"),
        ({"type": "metric", "metric": 3, "comparison": ">", "value": 1}, "metric", "the name of a metric"),
        ({"type": "metric", "metric": "rows", "comparison": "=", "value": 1}, "comparison", "must be one of >, >="),
        ({"type": "metric", "metric": "rows", "comparison": ">", "value": "1"}, "value", "must be a number"),
        ({"type": "metric", "metric": "rows", "comparison": ">", "value": float("nan")}, "value", "must be a number"),
        ({"type": "metric", "metric": "rows", "comparison": ">", "value": 10**400}, "value", "must be a number"),
        (
            {"type": "metric", "metric": "rows", "comparison": ">", "value": 1, "unit": "ms"},
            "unit",
            "must be left out: rows is a plain number",
        ),
        (
            {"type": "metric", "metric": "query_ms", "comparison": ">", "value": 1, "unit": "GB"},
            "unit",
            "must be one of ms, s for query_ms, got 'GB'",
        ),
        ({"type": "response", "percentile": 42, "above_ms": 1, "span_minutes": 60}, "percentile", "50, 90, 95, 99"),
        ({"type": "response", "percentile": True, "above_ms": 1, "span_minutes": 60}, "percentile", "one of"),
        ({"type": "response", "percentile": 95, "above_ms": -1, "span_minutes": 60}, "above_ms", "more than 0"),
        ({"type": "certificate_days", "days": 400}, "days", "from 0 to 365"),
        ({"type": "no_data", "minutes": 0}, "minutes", "from 1 to"),
        ({"type": "burn", "target": 99.9, "window_days": 30}, "target", "must be a share"),
        ({"type": "burn", "target": 0.999, "window_days": 31}, "window_days", "7, 28, 30, 90"),
    ],
    ids=str,
)
def test_what_is_no_condition_is_refused_by_its_field(document: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_condition(document)
    assert words in refused.value.fields[field]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_comes_is_taken_or_refused(value: Any) -> None:
    for kind in CONDITION_TYPES:
        for field in ("statuses", "share", "metric", "percentile", "days", "minutes", "target", "span_minutes"):
            with pytest.raises(InvalidInput):
                parse_condition({"type": kind, "strange": 1, field: value})
            try:
                parse_condition({"type": kind, field: value})
            except InvalidInput:
                continue


def test_a_value_is_compared_in_the_unit_of_its_metric() -> None:
    slow = MetricCondition("query_ms", ">", 2, "s")
    assert (slow.limit, slow.is_met_by(1999), slow.is_met_by(2001)) == (2000, False, True)
    assert MetricCondition("rows", "<", 1).is_met_by(0)
    assert units_of("certificate_days") == {"d": 1}
    assert units_of("rows") == {}


def test_budgets_of_thirty_days_burn_at_the_known_rates() -> None:
    """As in chapter 5 of The Site Reliability Workbook: 14.4, 6 and 1."""
    paces = BurnCondition(0.999, 30).paces
    assert [(pace.hours, pace.short_minutes, round(pace.rate, 6)) for pace in paces] == [
        (1, 5, 14.4),
        (6, 30, 6),
        (72, 360, 1),
    ]
