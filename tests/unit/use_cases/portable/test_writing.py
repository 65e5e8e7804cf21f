"""What is written as YAML or JSON reads back as the very same."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor_app.security.placed import parse_placed
from monitor_app.use_cases.configuration.reading import read_document
from monitor_app.use_cases.portable.writing import as_json, as_yaml

# As databases can hold it: no NUL, no halves of characters.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
ODD = st.sampled_from([
    "yes", "no", "null", "~", "1e5", "1_000", "0x1F", "012", "1:30", "2024-01-01", ".5", "-1", "=", "<<", "*", "&",
    "!x", "%a", "@b", "`c", "-", "?", ":", "#", "a:b", "'x", '"y', "|", ">", ".inf", "true", "", " ", " a", "a ",
    "a\nb", "a\n", "\na", "a\n\n", "a \nb", "a\r\nb", "\t", "a\tb", "\u2028", "\ufeff", "\x85", "🛒", "# a", "a # b",
    "a: b", "- a", "*\n*", "-----BEGIN X-----\nabc=\n-----END X-----\n", "${X}", "$$", "$${", "$",
])  # fmt: skip
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | ODD, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150)
@given(st.dictionaries(TEXT | ODD, VALUES, max_size=4))
@example({"a": {"1": "1", "true": "true", "null": None}})
def test_yaml_reads_back_as_the_same(document: dict[str, Any]) -> None:
    # Beside the parts in which texts are looked through for variables.
    text = as_yaml({"x-part": document}, "# head\n")
    assert parse_placed(text, "yaml").plain() == {"x-part": document}


@settings(max_examples=100)
@given(TEXT | ODD, TEXT | ODD)
def test_services_read_back_as_the_same(label: str, header: str) -> None:
    config = {"url": "https://x/", "headers": {"X-A": header}}
    document = {"services": {"shop": {"label": label, "status_config": config}}}
    for text, form in ((as_yaml(document, ""), "yaml"), (as_json(document), "json")):
        [entry] = read_document(text, form, "f").services  # type: ignore[arg-type]
        assert entry.values == {"label": label, "status_config": config}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("web", "x: web\n"),
        ("10.0.0.1", 'x: "10.0.0.1"\n'),
        ("yes", 'x: "yes"\n'),
        ("a\nb\n", "x: |\n  a\n  b\n"),
        ("a \nb", 'x: "a \\nb"\n'),
        ("Übersicht", "x: Übersicht\n"),
    ],
)
def test_people_can_read_it(text: str, written: str) -> None:
    assert as_yaml({"x": text}, "") == written


def test_the_same_object_twice_is_written_twice() -> None:
    tags = ["a"]
    assert "*" not in as_yaml({"x": tags, "y": tags}, "")
