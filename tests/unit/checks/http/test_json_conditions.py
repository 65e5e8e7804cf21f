"""Conditions on JSON: what they mean, what is wrong with them and where, and that nothing makes them crash."""

import json
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor_app.checks.http.json_conditions import NoJson, _complaint, complaint, parse_conditions

ANSWER = {
    "state": "closed",
    "n": 5,
    "half": 0.5,
    "yes": True,
    "nothing": None,
    "list": [1, "a", True, {"x": 1}],
    "object": {"k": [1]},
    "a == b": {"it's": 1},
    '] > 1 [" ': 7,
    "] > 1 [' ": 8,
    "items": [{"s": "ok", "n": 1}, {"s": "bad", "n": 2}],
    "empty": [],
}


async def complaint_of(text: str, answer: Any = ANSWER) -> str:
    return await complaint(parse_conditions(text), json.dumps(answer).encode())


@pytest.mark.parametrize(
    "text",
    [
        '$.state == "closed"',
        '$["state"]=="closed"',
        '$.state!="open"',
        '$.state contains "lose"',
        '$.state > "a"',
        "$.n == 5",
        "$.n == 5.0",
        "$.n>=5",
        "$.n <= 5",
        "$.half < 1e0",
        "$.yes == true",
        "$.yes != 1",
        "$.nothing == null",
        "$.nothing",
        "$.list contains 1",
        "$.list contains true",
        '$.list contains {"x": 1}',
        '$.object contains "k"',
        '$.object == {"k": [1]}',
        "$['a == b']['it\\'s'] == 1",
        '$["a == b"] != 2',
        '$["] > 1 [\\" "] == 7',
        "$['] > 1 [\\' '] != 7",
        "!$.missing",
        "! $.items[?@.s == 'none']",
        "$.items[?@.s == 'bad' && @.n > 1]",
        "$.items[?length(@.s) == 3].n == 2",
        "$.items[*].n > 0",
        "$.items[-1].n == 2",
        "$..s",
        "$",
        "\n  $.n == 5  \n\n$.yes == true\n",
        "",
    ],
)
async def test_what_holds(text: str) -> None:
    assert await complaint_of(text) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('$.state == "open"', '$.state is "closed", expected == "open"'),
        ("$.n > 5", "$.n is 5, expected > 5"),
        ('$.n > "4"', '$.n is 5, expected > "4"'),
        ('$.n contains "5"', '$.n is 5, expected contains "5"'),
        ("$.yes == 1", "$.yes is true, expected == 1"),
        ("$.list contains 2", "$.list is a list of 4, expected contains 2"),
        ("$.list contains false", "$.list is a list of 4, expected contains false"),
        ("$.missing == 1", "$.missing is not there"),
        ("$.missing != 1", "$.missing is not there"),
        ("$.empty[*] == 1", "$.empty[*] is not there"),
        ("!$.nothing", "$.nothing is there: null"),
        ('$.items[*].s == "ok"', "$['items'][1]['s'] is \"bad\", expected == \"ok\""),
        ("$.n == 5\n$.n == 6\n$.n == 7", "$.n is 5, expected == 6"),
        ("$.object == 1", "$.object is an object of 1, expected == 1"),
    ],
)
async def test_what_does_not_hold_is_told(text: str, says: str) -> None:
    assert await complaint_of(text) == says


async def test_a_long_value_is_cut() -> None:
    assert len(await complaint_of("$.a == 1", {"a": "x" * 100_000})) < 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state", "character 1: a path begins with $"),
        ('$.a = "x"', "character 4: after the path comes =="),
        ("$.a equals 5", "character 4: after the path comes =="),
        ("$.a ==", "character 7: after == comes a value"),
        ("$.a contains", "after contains comes a value"),
        ("$.a == closed", 'character 8: the value must be JSON, such as "closed" for a text'),
        ('$.a == "x', "character 8: the value must be JSON"),
        ("$.a == 5 6", "character 10: the value must be JSON"),
        ("$.a == NaN", "character 8: the value must be JSON"),
        ("$.a < true", "character 7: < compares numbers or texts, not true"),
        ("$.a >= [1]", "compares numbers or texts"),
        ("!$.a == 1", "character 5: ! says that there is nothing"),
        ("$.a..", "character 6: expected a shorthand selector"),
        ("$.a[", "character 5: unexpected end of query"),
        ("$[?foo(@)]", "character 4: function 'foo' is not defined"),
        ("$[?match(@.a, 'x')]", "match() and search() are not allowed"),
        ("$[?search(@.a, '(a+)+$')]", "match() and search() are not allowed"),
        ("$[?@.a.*]", "must not look for many values inside of a filter"),
        ("$[?@..a]", "must not look for many values inside of a filter"),
        ("$[?count($..*) > 1]", "must not look for many values inside of a filter"),
        ("$[?@[?@.a]]", "must not look for many values inside of a filter"),
        ("$[?!(@.b && @[1:2])]", "must not look for many values inside of a filter"),
        ("$[99999999999999999999]", "index out of range"),
        ("$[?@ == 1e400]", "out of range"),
        ("$[?" + "(" * 150 + "@.a" + ")" * 150 + "]", None),
        ("$.ok\n\n$.a =", "line 3, character 4: after the path"),
        ("$." + "a" * 600, "has more than 500 characters"),
        ("\n".join(["$"] * 21), "must have at most 20 lines, got 21"),
    ],
)
def test_what_does_not_parse_is_told_with_its_place(text: str, message: str | None) -> None:
    if message is None:
        parse_conditions(text)
        return
    with pytest.raises(ValueError) as caught:
        parse_conditions(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


HUGE = ("[" + ",".join(['{"a":{}}'] * 25_000) + "]").encode()
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900


@pytest.mark.parametrize(
    "text",
    [
        "$..*..*..*..*",
        "$[?@.a.b == $[0].a]",
        "$[" + ",".join(["*"] * 200) + "]",
        "$[0:9000,0:9000,0:9000]",
        "$[0:9000]\n$[0:9000]\n$[0:9000]",
        "$[" + ",".join(["?@.a == 1"] * 40) + "]",
    ],
)
async def test_too_many_values_are_not_looked_at(text: str) -> None:
    started_at = time.process_time()
    assert "more than 20000 values are looked at" in await complaint(parse_conditions(text), HUGE)
    assert time.process_time() - started_at < 10


async def test_a_deep_answer_ends() -> None:
    assert await complaint(parse_conditions("$..b"), DEEP) != ""


PARTS = """$ .a .n .. [*] .* [0] [-1] [1:2] [?@.a] ['a] b'] ["s"] [ ] ( ) ? @ ! == != > < <= contains "x" 5 true null {}
' [?@.n>1] length( count(@) value( match(@,'a') && || , ä 1e999 -0 \\"""
SEGMENTS = st.sampled_from([*PARTS.split(), " ", "\n", "\ud800"])
TEXTS = st.text(max_size=40) | st.lists(SEGMENTS, max_size=12).map(lambda parts: "$" + "".join(parts))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ans"), inner, max_size=3),
    max_leaves=20,
)


@settings(max_examples=500, deadline=None)
@given(TEXTS, VALUES)
@example("$[?@.a == @.n]", [{"a": 1, "n": True}])
async def test_any_text_is_a_condition_or_refused(text: str, answer: Any) -> None:
    conditions = ()
    with suppress(ValueError):
        conditions = parse_conditions(text)
    said = await complaint(conditions, json.dumps(answer).encode())
    assert isinstance(said, str)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
@example(b"[" * 100_000)
@example(b"1" * 10_000)
@example(b"\xff\xfe\x00")
async def test_any_body_is_json_or_told(content: bytes) -> None:
    with suppress(NoJson):
        await complaint(parse_conditions("$.a == 1"), content)


def test_where_values_are_takes_no_memory() -> None:
    """Deep down, with long names on the way, each of thousands of values would have a path of a hundred KB."""
    depth = 400
    body = ('{"%s":' % ("k" * 250)) * depth + "[" + ",".join("1" * 9000) + "]" + "}" * depth
    tracemalloc.start()
    try:
        _complaint(parse_conditions("$..* != 7"), body.encode())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
