"""How many values an event of a React module hands to its handler."""

# Reflex reads what an event hands over from these, which is no type to mypy.
# mypy: disable-error-code="type-arg, valid-type"

from typing import Any

import reflex as rx


def one(value: rx.Var[Any]) -> list[rx.Var[Any]]:
    """One value of any sort."""
    return [value]


def two(first: rx.Var[Any], second: rx.Var[Any]) -> list[rx.Var[Any]]:
    """Two values of any sort."""
    return [first, second]
