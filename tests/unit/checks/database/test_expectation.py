"""Comparing the first value of an answer."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from monitor_app.checks.database.expectation import exact, parse_expectation, shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("== 3", 3),
        ("== 3", Decimal("3.00")),
        ("== 3", "3"),
        ("==3.0", b"3"),
        ("== ready", "ready"),
        ("== true", True),
        ("== 1", True),
        ("== 2026-01-02", date(2026, 1, 2)),
        ("!= 3", 4),
        ("!= ready", "not ready"),
        ("> 3", 3.5),
        (">= 3", "3"),
        ("< 3", Decimal("2.9")),
        ("<= 3", 3),
        ("contains read", b"is ready"),
        ("contains 2", 123),
    ],
)
def test_what_is_expected_has_no_trouble(text: str, value: Any) -> None:
    assert parse_expectation(text).trouble(value) == ""


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("== 3", 4, "4"),
        ("== ready", "Ready", "Ready"),
        ("!= 3", Decimal("3.0"), "3.0"),
        ("> 3", 3, "3"),
        (">= 3", 2, "2"),
        ("< 3", 3, "3"),
        ("<= 3", 4, "4"),
        ("> 3", "many", "many"),
        ("< 3", "NaN", "NaN"),
        ("contains x", "abc", "abc"),
    ],
)
def test_what_is_not_expected_is_told(text: str, value: Any, shown: str) -> None:
    assert parse_expectation(text).trouble(value) == f"the first value is {shown}, expected {text}"


@pytest.mark.parametrize("text", ["== 0", "!= 0", "< 1", "contains NULL"])
def test_null_is_never_as_expected(text: str) -> None:
    assert parse_expectation(text).trouble(None) == f"the first value is NULL, expected {text}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3", "must be one of ==, !=, >=, <=, >, <, contains and a value, such as '>= 10', got '3'"),
        ("== ", "must be one of ==, !=, >=, <=, >, <, contains and a value, such as '>= 10', got '== '"),
        ("containsx", "must be one of ==, !=, >=, <=, >, <, contains and a value, such as '>= 10', got 'containsx'"),
        ("= 3", "must be one of ==, !=, >=, <=, >, <, contains and a value, such as '>= 10', got '= 3'"),
        ("> many", "must compare by > with a number, got 'many'"),
        ("<= NaN", "must compare by <= with a number, got 'NaN'"),
    ],
)
def test_wrong_forms_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_expectation(text)
    assert str(caught.value) == message


def test_shown_values_are_short_and_harmless() -> None:
    assert shown("a\x1b[31m\nb") == "a\\x1b[31m\\x0ab"
    assert len(shown("x" * 500)) == 100
    assert (shown(None), shown(False), shown(b"\xff")) == ("NULL", "false", "\ufffd")


def test_infinite_numbers_are_none() -> None:
    assert exact("Infinity") is None
    assert exact(" 12 ") == 12
