"""Names and numbers as SQLite keeps them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.models.numbers import from_text, to_text

names = st.sampled_from(
    ["dns", "connect", "tls", "status_code", "members_unknown", "A", "", "a[b", "{", "loss_percent"]
)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(names, numbers))
def test_they_come_back_in_their_order(some: dict[str, Any]) -> None:
    found = from_text(to_text(some))
    assert found == some
    assert found is not None
    assert list(found) == list(some)
    assert [type(value) for value in found.values()] == [type(value) for value in some.values()]


def test_nothing_stays_nothing() -> None:
    assert to_text(None) is None
    assert from_text(None) is None


def test_everyday_names_are_a_letter_each() -> None:
    assert to_text({"dns": 0.5, "connect": 2}) == "AB[0.5,2]"
    assert to_text({"dns": 0.5, "my own": 2}) == '{"dns":0.5,"my own":2}'


@pytest.mark.parametrize(
    ("letter", "name"),
    [("A", "dns"), ("L", "answer"), ("M", "status_code"), ("Z", "rtt_avg_ms"), ("s", "members_unknown")],
)
def test_letters_are_for_ever(letter: str, name: str) -> None:
    """What was written must be read: a new name comes last."""
    assert to_text({name: 1}) == f"{letter}[1]"


def test_rows_of_before_are_json() -> None:
    assert from_text(json.dumps({"dns": 1.5, "connect": 2})) == {"dns": 1.5, "connect": 2}


@pytest.mark.parametrize("text", ["A[1", "9[1]", "AB[1]", "A[1,2]"])
def test_what_is_no_such_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)
