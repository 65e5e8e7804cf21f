"""JSON and YAML of others: bounded, and nothing but the types of JSON."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.security.documents import Limits, parse_json, parse_yaml

SMALL = Limits(size_bytes=1_000, depth=3, nodes=5)
WHOLE_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WHOLE_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WHOLE_TEXT, inner, max_size=5),
    max_leaves=20,
)


def refusal(parse: Callable[..., Any], data: Any, **more: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse(data, **more)
    return str(caught.value)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_json_gives_what_was_written(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60) | st.text('{}[]:,"\\u0041 \n-1e9.nft', max_size=60).map(lambda text: text.encode()))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_document_or_a_reason(data: bytes) -> None:
    for parse in (parse_json, parse_yaml):
        with suppress(InvalidInput):
            assert isinstance(parse(data), (dict, list, str, int, float, bool, type(None)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "body: is not JSON: expecting value in line 1, column 1"),
        (b'{"a":\n}', "body: is not JSON: expecting value in line 2, column 1"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "body: has 'c' twice in one object"),
        (b"[NaN]", "body: holds NaN, which is no number"),
        (b"[-Infinity]", "body: holds -Infinity, which is no number"),
        (b"1e999", "body: holds '1e999', which is too large a number"),
        (b"9223372036854775808", "body: holds '9223372036854775808', which is too large a number"),
        (b"-" + b"9" * 5000, f"body: holds '-{'9' * 58}…, which is too large a number"),
        (b'{"a": [1, {"b": "\\u0000"}]}', "body: must have no NUL characters, got one in a[1].b"),
        (b'"\\u0000"', "body: must have no NUL characters, got one in the text"),
        (b'{"\\u0000": 1}', "body: must have no NUL characters, got one in the text"),
        (b'{"a": "\\ud83d"}', "body: must have whole characters, got half of one in a"),
        (b'\n["\xff"]', "body: must be UTF-8, byte 0xff in line 2 is not"),
        ('{"a": 1}'.encode("utf-16"), "body: must be UTF-8, byte 0xff in line 1 is not"),
        (b"[[\n[[1]]]]", "body: must be nested at most 3 deep, is deeper in line 2"),
        (b"[1,2,3,4,5]", "body: must have at most 5 values and names, has more"),
        (b'{"a":1,"b":2,"c":3}', "body: must have at most 5 values and names, has more"),
        (b" " * 1001, "body: must have at most 1000 bytes, got 1001"),
        (b"]]]][[[[", "body: is not JSON: expecting value in line 1, column 1"),
        (b'"\\', "body: is not JSON: unterminated string starting at in line 1, column 1"),
    ],
)
def test_json_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    limits = SMALL if len(data) < 2_000 and b"[1, {" not in data and b'"c": 2' not in data else Limits()
    assert refusal(parse_json, data, limits=limits) == reason


def test_json_at_its_limits_is_taken() -> None:
    assert parse_json(b"[[[1]]]", limits=SMALL) == [[[1]]]
    assert parse_json(b'{"a":1,"b":[]}', limits=SMALL) == {"a": 1, "b": []}
    assert parse_json(b'["]]]]", "\\"[[[[", "\\\\"]', limits=SMALL) == ["]]]]", '"[[[[', "\\"]


def test_mark_of_utf_8_and_whole_characters_are_taken() -> None:
    assert parse_json(b'\xef\xbb\xbf"\\ud83d\\ude00 \\\\u0000"') == "\U0001f600 \\u0000"


def test_field_is_named() -> None:
    assert refusal(parse_json, b"", field="file").startswith("file: ")
    assert refusal(parse_yaml, "[", field="file").startswith("file: ")


def test_yaml_has_the_types_of_json() -> None:
    text = """
        text: hello
        norway: no
        time: 1:30
        date: 2024-01-01
        number: 010
        decimal: -.5
        power: 1e3
        yes: true
        nothing: ~
        empty:
        quoted: "5"
        <<: {merge: is text}
        list: [1, two, {three: 3}]
    """
    assert parse_yaml(text) == {
        "text": "hello",
        "norway": "no",
        "time": "1:30",
        "date": "2024-01-01",
        "number": 10,
        "decimal": -0.5,
        "power": 1000.0,
        "yes": True,
        "nothing": None,
        "empty": None,
        "quoted": "5",
        "<<": {"merge": "is text"},
        "list": [1, "two", {"three": 3}],
    }


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_yaml_takes_json(value: Any) -> None:
    # JSON's escapes are those of YAML but for halves of characters, which are written whole here.
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        assert parse_yaml(text) == value


def test_empty_yaml_is_nothing() -> None:
    assert parse_yaml("") is None
    assert parse_yaml(b"# only this\n") is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("a: [", r"body: is not YAML: did not find expected node content in line \d, column 1"),
        ("\tb", "body: is not YAML: found character that cannot start any token in line 1, column 1"),
        ("a: 1\n\na: 3", "body: has 'a' twice in one object, in line 3"),
        ("a: &x 1\nb: *x", r"body: must have no aliases, got \*x in line 2"),
        ("x: !!python/object/apply:os.system [ls]", "body: must have no tags, got .*python/object/apply.* in line 1"),
        ("x: !!str 5", "body: must have no tags, got 'tag:yaml.org,2002:str' in line 1"),
        ("x: !own 5", "body: must have no tags, got '!own' in line 1"),
        ("1: a", "body: must have text for names, got 1 in line 1: put it in quotes"),
        ("? [a]\n: b", r"body: must have text for names, got \['a'\] in line 1: put it in quotes"),
        ("? {a: 1}\n: b", r"body: must have text for names, got \{'a': 1\} in line 1: put it in quotes"),
        ("a\n---\nb", "body: is not YAML: but found another document in line 2, column 1"),
        (
            'a:\n  - "b\nc: 1\n',
            "body: is not YAML: .* end of stream in line 4, column 1, while .* that begins in line 2",
        ),
        ("a: 9e999", "body: holds '9e999', which is too large a number in line 1"),
        ("a:\n  9223372036854775808", "body: holds '9223372036854775808', which is too large a number in line 2"),
        ('a: "\\0"', "body: must have no NUL characters, got one in a"),
        ("\x01", "body: is not YAML: .*control characters are not allowed"),
        ("\ud800", "body: must be UTF-8, byte 0xed in line 1 is not"),
        ("- - - - a", "body: must be nested at most 3 deep, is deeper in line 1"),
        ("- 1\n" * 5, "body: must have at most 5 values and names, has more"),
        ("#" * 1001, "body: must have at most 1000 bytes, got 1001"),
    ],
)
def test_yaml_is_refused_with_the_reason(data: str, reason: str) -> None:
    assert re.fullmatch(reason, refusal(parse_yaml, data, limits=SMALL))


def test_laughter_is_stopped_at_its_first_alias() -> None:
    lines = ["a0: &a0 [lol]"] + [f"a{number}: &a{number} [{f'*a{number - 1},' * 9}]" for number in range(1, 10)]
    assert refusal(parse_yaml, "\n".join(lines)) == "body: must have no aliases, got *a0 in line 2"


def test_loader_of_the_library_is_left_as_it_was() -> None:
    assert yaml.safe_load("a: no") == {"a": False}


@pytest.mark.parametrize(
    ("parse", "data"),
    [
        (parse_json, b"[" * 1_000_000),
        (parse_json, b'"' + b'\\"' * 500_000),
        (parse_json, b'"' * 1_000_000),
        (parse_json, b"]" * 1_000_000),
        (parse_json, b'{"a":' * 200_000),
        (parse_json, b"{" + b",".join(b'"%d":1' % number for number in range(49_000)) + b',"48999":1}'),
        (parse_yaml, b"[" * 1_000_000),
        (parse_yaml, b"{a: " * 250_000),
        (parse_yaml, b"- " * 500_000),
        (parse_yaml, b"&a " * 300_000),
        (parse_yaml, b"? " * 500_000),
        (parse_yaml, b"!" * 1_000_000),
        (parse_yaml, b"a:\n" * 30_000),
    ],
    ids=lambda value: value.__name__ if callable(value) else value[:9].decode(),
)
def test_hostile_documents_are_refused_soon(parse: Callable[..., Any], data: bytes) -> None:
    start = time.process_time()
    refusal(parse, data)
    assert time.process_time() - start < 10
