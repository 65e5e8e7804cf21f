"""What the first value of an answer must be: an operator and a value, such as `>= 10` or `contains ready`."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from monitor_app.plugins.forms import shown_value
from monitor_app.redact import harmless

OPERATORS = ("==", "!=", ">=", "<=", ">", "<", "contains")
# What is beyond each where numbers are compared.
OPPOSITES = {"==": "!=", "!=": "==", ">=": "<", "<=": ">", ">": "<=", "<": ">="}
SHOWN_LIMIT = 100
# Longer ones are no number that anybody compares, and take long to be read.
_NUMBER_LIMIT = 1000
_FORM = re.compile(r"(==|!=|>=|<=|>|<|contains(?=\s))\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expected` is compared as a number where both sides are numbers, else as text."""

    operator: str
    expected: str

    def trouble(self, value: Any) -> str:
        """What is wrong with the first value, in words; nothing when it is as expected."""
        if value is None:
            return f"the first value is NULL, expected {self}"
        if self._holds(value):
            return ""
        return f"the first value is {shown(value)}, expected {self}"

    def __str__(self) -> str:
        return f"{self.operator} {self.expected}"

    def _holds(self, value: Any) -> bool:
        text = as_text(value)
        if self.operator == "contains":
            return self.expected in text
        left, right = exact(value), exact(self.expected)
        if self.operator in ("==", "!="):
            is_equal = text == self.expected or (left is not None and left == right)
            return is_equal == (self.operator == "==")
        if left is None or right is None:
            return False
        match self.operator:
            case ">":
                return left > right
            case ">=":
                return left >= right
            case "<":
                return left < right
            case _:
                return left <= right


def parse_expectation(text: str) -> Expectation:
    """Raises ValueError, saying what is allowed and what was given."""
    found = _FORM.fullmatch(text.strip())
    if not found or not found[2].strip():
        allowed = ", ".join(OPERATORS)
        raise ValueError(f"must be one of {allowed} and a value, such as '>= 10', got {shown_value(text)}")
    operator, expected = found[1], found[2].strip()
    if operator[0] in "<>" and exact(expected) is None:
        raise ValueError(f"must compare by {operator} with a number, got {shown_value(expected)}")
    return Expectation(operator, expected)


def exact(value: Any) -> Decimal | None:
    """The value as a number, also when it came as text; None when it is none."""
    text = as_text(int(value) if isinstance(value, bool) else value).strip()
    if len(text) > _NUMBER_LIMIT:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_text(value: Any) -> str:
    """The value as a person would write it: true and false, bytes decoded as far as they are text."""
    match value:
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray():
            return bytes(value).decode("utf-8", "replace")
        case _:
            return str(value)


def shown(value: Any) -> str:
    """The value for messages and details: cut, on one line, without what steers a terminal."""
    return "NULL" if value is None else harmless(as_text(value), SHOWN_LIMIT)
