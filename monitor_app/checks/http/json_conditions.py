"""Conditions on a JSON answer, one a line: `$.data.state == "closed"`, `$.queue < 100`, `$.items`, `!$.error`."""

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from jsonpath import JSONPath
from jsonpath.match import JSONPathMatch

from monitor_app.checks.http.json_paths import VALUES_LIMIT, BadPath, TooManyValues, begin, compare, compiled, find

CONDITIONS_LIMIT = 20
CONDITION_LIMIT = 500
_SHOWN_LIMIT = 60
# More is parsed and searched in a thread.
_BYTES_AT_ONCE = 16 * 1024
_OPERATOR = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*|\s+(contains)(?:\s+|$)")
# What was meant to be a text, without its quotes or with wrong ones.
_WORDS = re.compile(r"[\w .:/+-]{1,40}")
_OPENING, _CLOSING = "[(", "])"


class NoJson(Exception):
    """The body is not JSON; the text says where it stops to be."""


@dataclass(frozen=True)
class Condition:
    """What is said of the values at `path`: each of them compares so, or there is one, or none (`is_absent`)."""

    text: str
    path: JSONPath
    operator: str = ""
    value: Any = None
    is_absent: bool = False


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Raises ValueError, saying in which line and at which character the text stops making sense."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > CONDITIONS_LIMIT:
        raise ValueError(f"must have at most {CONDITIONS_LIMIT} lines, got {len(lines)}")
    conditions = []
    for number, line in lines:
        try:
            conditions.append(_condition(line))
        except BadPath as err:
            line_name = f"line {number}" if len(lines) > 1 else ""
            character = "" if err.position is None else f"character {err.position + 1}"
            place = ", ".join(filter(None, (line_name, character)))
            raise ValueError(f"must be JSONPath conditions{place and f'; {place}'}: {err}") from err
    return tuple(conditions)


async def complaint(conditions: tuple[Condition, ...], content: bytes) -> str:
    """What does not hold of this body, the first of it; empty when all does. Raises NoJson."""
    if len(content) <= _BYTES_AT_ONCE:
        return _complaint(conditions, content)
    return await asyncio.to_thread(_complaint, conditions, content)


def _complaint(conditions: tuple[Condition, ...], content: bytes) -> str:
    data = _parsed(content)
    begin()
    for condition in conditions:
        try:
            found = find(condition.path, data)
        except TooManyValues:
            return f"more than {VALUES_LIMIT} values are looked at by {condition.text}: name the way there more closely"
        if reason := _reason(condition, found):
            return reason
    return ""


def _reason(condition: Condition, found: list[JSONPathMatch]) -> str:
    if condition.is_absent:
        return f"{condition.text[1:].strip()} is there: {_shown(found[0].obj)}" if found else ""
    if not found:
        return f"{_path_text(condition)} is not there"
    if not condition.operator:
        return ""
    for match in found:
        value = match.obj
        if not _holds(value, condition.operator, condition.value):
            place = match.path if len(found) > 1 else _path_text(condition)
            return f"{place} is {_shown(value)}, expected {condition.operator} {_shown(condition.value)}"
    return ""


def _path_text(condition: Condition) -> str:
    end = _end_of_path(condition.text)
    return condition.text[:end].strip()


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    if operator != "contains":
        return compare(value, operator, wanted)
    match value:
        case str():
            return isinstance(wanted, str) and wanted in value
        case list():
            return any(compare(item, "==", wanted) for item in value)
        case dict():
            return isinstance(wanted, str) and wanted in value
        case _:
            return False


def _condition(line: str) -> Condition:
    """Raises BadPath."""
    if len(line) > CONDITION_LIMIT:
        raise BadPath(f"has more than {CONDITION_LIMIT} characters")
    is_absent = line.startswith("!")
    start = len(line) - len(line[1:].lstrip()) if is_absent else 0
    end = _end_of_path(line)
    text = line[start:end]
    if not text.startswith("$"):
        raise BadPath("a path begins with $", start)
    path = _at(start, text)
    operator = _OPERATOR.match(line, end)
    if operator is None:
        if line[end:].strip():
            raise BadPath("after the path comes ==, !=, >, >=, <, <= or contains", end)
        return Condition(line, path, is_absent=is_absent)
    if is_absent:
        raise BadPath("! says that there is nothing, so nothing can be compared", operator.start())
    name = operator[1] or operator[2]
    return Condition(line, path, name, _value(line, operator.end(), name))


def _at(start: int, text: str) -> JSONPath:
    try:
        return compiled(text)
    except BadPath as err:
        raise BadPath(str(err), None if err.position is None else start + err.position) from err


def _end_of_path(line: str) -> int:
    """Where the path ends: at an operator or a space that stands in no bracket and no quotes."""
    depth, quote, at = 0, "", 1 if line.startswith("!") else 0
    at += len(line[at:]) - len(line[at:].lstrip())
    while at < len(line):
        character = line[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'" and depth:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif depth <= 0 and (character.isspace() or character in "=!<>"):
            return at
        at += 1
    return len(line)


def _value(line: str, start: int, operator: str) -> Any:
    text = line[start:].strip()
    if not text:
        raise BadPath(f'after {operator} comes a value, such as "closed", 5, true or null', start)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as err:
        position = start + err.pos if isinstance(err, json.JSONDecodeError) else start
        hint = f", such as {json.dumps(text)} for a text" if _WORDS.fullmatch(text) else ', such as "closed", 5 or true'
        raise BadPath(f"the value must be JSON{hint}", position) from err
    if operator in (">", ">=", "<", "<=") and (isinstance(value, bool) or not isinstance(value, int | float | str)):
        raise BadPath(f"{operator} compares numbers or texts, not {_shown(value)}", start)
    return value


def _parsed(content: bytes) -> Any:
    """Raises NoJson."""
    try:
        return json.loads(content, parse_constant=_no_constant)
    except json.JSONDecodeError as err:
        raise NoJson(f"the body is not JSON: {err.msg} at line {err.lineno}, character {err.colno}") from err
    except RecursionError as err:
        raise NoJson("the body is JSON that is nested too deeply") from err
    except ValueError as err:  # bytes that are no text, numbers of thousands of digits
        raise NoJson("the body is not JSON: it holds bytes or numbers that JSON does not know") from err


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _shown(value: Any) -> str:
    """A value as a message may show it: short, on one line. What is long is not written out first."""
    match value:
        case str():
            text = json.dumps(value[: _SHOWN_LIMIT + 1], ensure_ascii=False)
        case list():
            text = f"a list of {len(value)}" if value else "[]"
        case dict():
            text = f"an object of {len(value)}" if value else "{}"
        case _:
            text = json.dumps(value)
    return text if len(text) <= _SHOWN_LIMIT else text[: _SHOWN_LIMIT - 1] + "…"
