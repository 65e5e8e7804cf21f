"""Text and numbers made fit for every database."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.storage.documents import dumps, loads, storable_number, storable_numbers, storable_text

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_documents_come_back_as_they_were(document: object) -> None:
    assert loads(dumps(document)) == document
    assert json.loads(dumps(document)) == document


def test_documents_are_stored_without_spaces() -> None:
    assert dumps({"a": [1, 2.5], "b": "ü"}) == '{"a":[1,2.5],"b":"ü"}'


def test_half_a_surrogate_pair_survives() -> None:
    document = {"header": "cut off \ud83d"}
    assert dumps(document).isascii()
    assert loads(dumps(document)) == document


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        loads("{")


def test_text_is_cut() -> None:
    assert storable_text("abc", 2) == "ab"
    assert storable_text("äöü", 3) == "äöü"


@pytest.mark.parametrize(("given_text", "stored"), [("a\0b", "a\ufffdb"), ("a\udc80b", "a?b"), ("🛒\0", "🛒\ufffd")])
def test_what_postgres_refuses_is_replaced(given_text: str, stored: str) -> None:
    assert storable_text(given_text, 300) == stored


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, None])
def test_a_number_that_is_not_finite_is_none(number: float | None) -> None:
    assert storable_number(number) is None


def test_numbers_are_rounded_and_those_that_are_none_left_out() -> None:
    numbers = {"dns": 1.23456789, "bytes": 2**53 + 1, "bad": math.nan}
    assert storable_numbers(numbers, 3) == {"dns": 1.235, "bytes": 2**53 + 1}
    assert storable_numbers({"bad": math.inf}, 3) is None
    assert storable_numbers({}, 3) is None
