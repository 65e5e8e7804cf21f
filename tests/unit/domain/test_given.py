"""Whatever a client sends, it is what it should be afterwards or is refused."""

from typing import Any

import pytest

from monitor_app.domain.given import given_number, given_pk, given_secret, given_text, given_texts
from monitor_app.errors import InvalidInput

ABSURD = [None, True, 7, 1.5, b"x", [], {}, {"id": 1}, ...]


@pytest.mark.parametrize("value", [*ABSURD, "", "   ", "x" * 11, "a\nb", "a\0b", "a\u202eb"], ids=repr)
def test_no_text(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        given_text("name", value, 10)
    assert list(refused.value.fields) == ["name"]
    assert len(str(refused.value)) < 200


def test_text_is_stripped_and_may_be_blank_where_that_is_allowed() -> None:
    assert given_text("name", " Größe ", 10) == "Größe"
    assert given_text("name", " ", 10, is_required=False) == ""


@pytest.mark.parametrize("value", [*ABSURD, "", "x" * 11], ids=repr)
def test_no_secret(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        given_secret("password", value, 10)
    assert "xxx" not in str(refused.value)


def test_a_secret_is_left_as_it_is() -> None:
    assert given_secret("password", " a\n", 10) == " a\n"


@pytest.mark.parametrize("value", [None, True, 1.0, "1", 0, 11, [], {}], ids=repr)
def test_no_number(value: Any) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 10"):
        given_number("days", value, 1, 10)


def test_numbers() -> None:
    assert given_number("days", 10, 1, 10) == 10
    assert given_pk("account", 2**31 - 1) == 2**31 - 1
    with pytest.raises(InvalidInput):
        given_pk("account", 2**31)


@pytest.mark.parametrize("value", [None, True, 7, "ab", {}, {"a": 1}, ["a", 7], ["a", ""], ["a"] * 4], ids=repr)
def test_no_texts(value: Any) -> None:
    with pytest.raises(InvalidInput):
        given_texts("permissions", value, 3, 10)


def test_texts() -> None:
    assert given_texts("permissions", ("b", " a", "b"), 3, 10) == ["b", "a"]
