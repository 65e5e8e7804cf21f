"""24 hours in bars, one SVG path a status, as Reflex components."""

from typing import Any

import reflex as rx

from monitor_app.components.browser import module


class _DayHistory(rx.Component):
    library = module("day_history.jsx")
    # Whose, for who hears it; "cell" for a row, "large" with an axis and to be walked with arrow keys.
    label: rx.Var[str]
    size: rx.Var[str]


class DayHistory(_DayHistory):
    """`bars` are [start in epoch ms, up, degraded, down] each, `minutes` long, the oldest first.

    `words` are what the three are called, such as Passing, Warning and Critical.
    """

    tag = "DayHistory"
    bars: rx.Var[list[list[int]]]
    minutes: rx.Var[int]
    words: rx.Var[list[str]]


class ServiceDay(_DayHistory):
    """The last 24 hours of a service in windows as they were chosen.

    Live where the page's rows hold it; else as `fallback` has it, which is what `wire_row` made.
    """

    tag = "ServiceDay"
    row_id: rx.Var[int]
    fallback: rx.Var[dict[str, Any]]
