"""Reading files with the lines of their values."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.security.documents import Limits
from monitor_app.security.placed import FILE, Format, Placed, parse_placed

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-é", max_size=4), inner, max_size=4),
    max_leaves=20,
)


def refusal(text: str | bytes, form: Format = "yaml", limits: Limits = FILE) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse_placed(text, form, file="f", limits=limits)
    return caught.value.fields["f"]


def lines(placed: Placed) -> dict[str, int | None]:
    """The line of each name, at any depth."""
    found: dict[str, int | None] = {}
    match placed.value:
        case dict():
            for name, inner in placed.value.items():
                found |= {name: inner.line, **lines(inner)}
        case list():
            for number, inner in enumerate(placed.value):
                found |= {f"#{number}": inner.line, **lines(inner)}
    return found


def test_names_have_their_lines() -> None:
    placed = parse_placed("a: 1\nb:\n  c:\n    - x\n    - y\n", "yaml", file="f")

    assert placed.plain() == {"a": 1, "b": {"c": ["x", "y"]}}
    assert lines(placed) == {"a": 1, "b": 2, "c": 3, "#0": 4, "#1": 5}


def test_names_of_json_have_their_lines() -> None:
    placed = parse_placed('\n{"a": 1,\n "b":\n {"c": [\n"x\\n",\n"}"]}}\n', "json", file="f")

    assert placed.plain() == {"a": 1, "b": {"c": ["x\n", "}"]}}
    assert lines(placed) == {"a": 2, "b": 3, "c": 4, "#0": 5, "#1": 6}


@settings(max_examples=50)
@given(VALUES)
def test_json_comes_out_as_it_went_in(value: Any) -> None:
    placed = parse_placed(json.dumps(value, indent=1), "json")

    assert placed.plain() == value


def test_aliases_stand_for_what_they_name() -> None:
    text = "x: &base {a: 1, b: 2}\ny: *base\nz:\n  <<: *base\n  b: 3\nw:\n  <<: [*base, {b: 9, c: 4}]\n"

    assert parse_placed(text, "yaml").plain() == {
        "x": {"a": 1, "b": 2},
        "y": {"a": 1, "b": 2},
        "z": {"a": 1, "b": 3},
        "w": {"a": 1, "b": 2, "c": 4},
    }


def test_quoted_merge_key_is_a_name() -> None:
    assert parse_placed('"<<": 1', "yaml").plain() == {"<<": 1}


def test_what_is_merged_must_be_an_object() -> None:
    assert "must have an alias of an object after <<" in refusal("a: &a 1\nb:\n  <<: *a\n")


def test_small_file_cannot_become_a_large_document() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]

    assert "aliases with all they stand for" in refusal(
        "\n".join(["l0: &l0 [1, 1, 1]", *levels]), limits=Limits(nodes=9_999)
    )


def test_merges_count_too() -> None:
    many = "\n".join(f"  n{number}: {{<<: *a}}" for number in range(20))

    assert "aliases" in refusal(f"x: &a {{b: [{'1, ' * 100}]}}\ny:\n{many}", limits=Limits(nodes=400))


def test_alias_of_itself_is_refused() -> None:
    assert "must be nested at most 32 deep" in refusal("a: &a [*a]")


def test_empty_document_is_nothing() -> None:
    assert parse_placed("# nothing\n", "yaml", file="f") == Placed(None, "f", 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "is not YAML"),
        ("a: *b", "undefined alias"),
        ("a: 1\na: 2", "has 'a' twice in one object, in line 2"),
        ("1: x", "must have text for names, got 1 in line 1"),
        ("? [a]\n: x", "got a list or an object in line 1"),
        ("a: !!python/object:os.system {}", "must have no tags"),
        ("a: 99999999999999999999", "too large a number in line 1"),
        ("a: 1e999", "too large a number"),
        ('a: "\\0"', "must have no NUL characters, got one in line 1"),
        ('a: "\\ud800"', "in line 1"),
        ("a: 1\n---\nb: 2", "is not YAML"),
        (b"a: \xff", "must be UTF-8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str | bytes, told: str) -> None:
    assert told in refusal(text)


def test_odd_escapes_that_are_none_are_read() -> None:
    assert parse_placed(r'a: "\\0"', "yaml").plain() == {"a": r"\0"}


def test_too_large_and_too_deep_are_refused() -> None:
    assert "at most 10 bytes" in refusal("a: 1234567890", limits=Limits(size_bytes=10))
    assert "nested at most 2 deep" in refusal("[[[1]]]", limits=Limits(depth=2))
    assert "nested at most 2 deep" in refusal("[[[1]]]", "json", Limits(depth=2))
    assert "at most 3 values" in refusal("[1, 2, 3, 4]", limits=Limits(nodes=3))
    assert "is not JSON" in refusal("{", "json")


@pytest.mark.parametrize(
    ("text", "value"), [("yes", "yes"), ("true", True), ("~", None), ("1.5", 1.5), ("2024-01-01", "2024-01-01")]
)
def test_plain_words_are_what_json_has(text: str, value: Any) -> None:
    assert parse_placed(text, "yaml").value == value
