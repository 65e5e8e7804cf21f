"""Conditions of Gatus, such as `[STATUS] == 200`: taken apart, and those of http as fields of the http kind."""

import math
import re
from dataclasses import dataclass
from typing import Final

from monitor_app.use_cases.importers.json_conditions import json_path, json_value
from monitor_app.use_cases.importers.statuses import Statuses
from monitor_app.use_cases.importers.taking import Draft, seconds_of

_OPERATOR = re.compile(r"==|!=|>=|<=|>|<")
_FUNCTION = re.compile(r"(?P<name>len|has|any|pat)\((?P<inside>.*)\)", re.DOTALL)
_WHOLE = re.compile(r"\d{1,3}")
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Condition:
    """`left` is a placeholder such as `[STATUS]`, or a function of one; `right` a bare value."""

    text: str
    left: str
    operator: str
    right: str

    @property
    def placeholder(self) -> str:
        """`[STATUS]` of it; functions and paths of a body are told apart by their own means."""
        return self.left.partition("]")[0] + "]" if self.left.startswith("[") else ""

    @property
    def is_least(self) -> bool:
        """Whether the left must be more than the right."""
        return self.operator in (">", ">=")

    @property
    def is_most(self) -> bool:
        """Whether the left must be less than the right."""
        return self.operator in ("<", "<=")


def parsed(text: str) -> Condition | None:
    """None for what is no condition."""
    text = text.strip()
    operator = _OPERATOR.search(text, 1)  # something stands before it
    if operator is None:
        return None
    return Condition(text, text[: operator.start()].strip(), operator[0], text[operator.end() :].strip())


def keep_statuses(condition: Condition, statuses: Statuses) -> bool:
    """Take a condition on the status; False when it says something else."""
    wanted = _any_of(condition.right)
    if condition.left != "[STATUS]" or not wanted or not all(_WHOLE.fullmatch(each) for each in wanted):
        return False
    numbers = {int(each) for each in wanted}
    first = min(numbers)
    match condition.operator:
        case "==":
            statuses.keep(lambda status: status in numbers)
        case "!=":
            statuses.keep(lambda status: status not in numbers)
        case ">":
            statuses.keep(lambda status: status > first)
        case ">=":
            statuses.keep(lambda status: status >= first)
        case "<":
            statuses.keep(lambda status: status < first)
        case _:
            statuses.keep(lambda status: status <= first)
    return len(numbers) == 1 or condition.operator in ("==", "!=")


def longest_response(condition: Condition) -> float | None:
    """The seconds that an answer may take, out of `[RESPONSE_TIME] < 500` (ms)."""
    if condition.left != "[RESPONSE_TIME]" or not condition.is_most:
        return None
    try:
        milliseconds = float(condition.right)
    except ValueError:
        return None
    return milliseconds / 1000


def least_days(condition: Condition, draft: Draft) -> int | None:
    """The days out of `[CERTIFICATE_EXPIRATION] > 48h`, whole ones: rather told too early than too late."""
    if not condition.is_least:
        return None
    try:
        seconds = seconds_of(condition.right)
    except ValueError:
        return None
    if condition.right.isdigit():  # milliseconds, as Gatus has it
        seconds /= 1000
    days = math.ceil(seconds / _DAY_SECONDS)
    if days * _DAY_SECONDS != seconds:
        draft.note(condition.text, f"became {days} days")
    return days


def take_body(condition: Condition, draft: Draft) -> bool:
    """Take a condition on the body of an http answer; False when it has no counterpart."""
    function = _FUNCTION.fullmatch(condition.left)
    if function is not None and function["name"] == "has" and condition.operator == "==":
        path = _body_path(function["inside"])
        if path is None or condition.right not in ("true", "false"):
            return False
        _add_json(draft, path if condition.right == "true" else f"!{path}")
        return True
    if condition.left == "[BODY]":
        return _take_whole(condition, draft)
    path = _body_path(condition.left)
    if path is None or _FUNCTION.fullmatch(condition.right) or not condition.right:
        return False
    value, is_guessed = json_value(condition.right)
    if condition.operator not in ("==", "!=") and not is_guessed:
        return False
    if is_guessed:
        draft.note(condition.text, f"compares with {value} as JSON, not as text")
    _add_json(draft, f"{path} {condition.operator} {value}")
    return True


def _take_whole(condition: Condition, draft: Draft) -> bool:
    """`[BODY] == pat(*text*)` holds a text, `[BODY] == text` is all of it."""
    pattern = _FUNCTION.fullmatch(condition.right)
    if pattern is not None:
        text = pattern["inside"].strip()
        inner = text[1:-1]
        if (
            pattern["name"] != "pat"
            or len(text) < 3
            or text[0] != "*"
            or text[-1] != "*"
            or re.search(r"[*?\[\\]", inner)
        ):
            return False
        field = {"==": "body_contains", "!=": "body_lacks"}.get(condition.operator)
        if field is None or draft.config.get(field):
            return False
        draft.config[field] = inner
        return True
    if condition.operator != "==" or draft.config.get("body_pattern"):
        return False
    draft.config["body_pattern"] = rf"\A\s*{re.escape(condition.right)}\s*\z"
    return True


def _add_json(draft: Draft, line: str) -> None:
    draft.config["body_json"] = "\n".join(filter(None, (draft.config.get("body_json", ""), line)))


def _body_path(left: str) -> str | None:
    if not left.startswith(("[BODY].", "[BODY][")):
        return None
    return json_path(left.removeprefix("[BODY]"))


def _any_of(right: str) -> list[str]:
    function = _FUNCTION.fullmatch(right)
    if function is None:
        return [right]
    return [each.strip() for each in function["inside"].split(",")] if function["name"] == "any" else []
