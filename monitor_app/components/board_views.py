"""The board's other faces: cards, the wall, and what stands above its rows."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy; attributes of states are vars.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type"

from typing import Any

import reflex as rx

from monitor_app.components.board_table import rows_as
from monitor_app.components.browser import module
from monitor_app.components.event_specs import one
from monitor_app.components.live import BoardRows
from monitor_app.state.details import DetailsState
from monitor_app.state.since_looked import SinceLooked as Looks


class BoardCards(BoardRows):
    """The rows as cards, with all that the table's rows offer."""

    library = module("cards.jsx")
    tag = "BoardCards"


class Wall(rx.Component):
    """One page of large tiles that turns to the next by itself. `is_fixed`: there is no way to leave it."""

    library = module("wall.jsx")
    tag = "Wall"
    page: rx.Var[int]
    pages: rx.Var[int]
    is_fixed: rx.Var[bool]


class ViewSwitch(rx.Component):
    """Table, cards, problems only or wall; groups as headings."""

    library = module("view_switch.jsx")
    tag = "ViewSwitch"
    layout: rx.Var[str]


class Share(rx.Component):
    """All services by status, as one thin bar."""

    library = module("overview.jsx")
    tag = "Share"


class OldestProblem(rx.Component):
    """What has been wrong for longest."""

    library = module("overview.jsx")
    tag = "OldestProblem"
    on_open: rx.EventHandler[one]


class NoProblems(rx.Component):
    """Stands where problems would."""

    library = module("overview.jsx")
    tag = "NoProblems"


class SinceLooked(rx.Component):
    """What changed since somebody looked last; it also tells when they do."""

    library = module("since_looked.jsx")
    tag = "SinceLooked"
    since: rx.Var[int]
    rows: rx.Var[list[dict[str, Any]]]
    more: rx.Var[int]
    summary: rx.Var[list[dict[str, Any]]]
    on_open: rx.EventHandler[one]
    on_look: rx.EventHandler[rx.event.no_args_event_spec]
    on_back: rx.EventHandler[rx.event.no_args_event_spec]
    on_dismiss: rx.EventHandler[rx.event.no_args_event_spec]


class Bell(rx.Component):
    """Switches sound and notification on and off, in this browser."""

    library = module("bell.jsx")
    tag = "Bell"


class Alarm(rx.Component):
    """Sounds and notifies when something goes down, where that is wanted."""

    library = module("bell.jsx")
    tag = "Alarm"
    on_open: rx.EventHandler[one]


def board_cards() -> rx.Component:
    """The rows that BoardState has loaded, as cards."""
    return rows_as(BoardCards)


def since_looked() -> rx.Component:
    """What changed since this person looked last."""
    return SinceLooked.create(
        since=Looks.since,
        rows=Looks.rows,
        more=Looks.more,
        summary=Looks.summary,
        on_open=DetailsState.open,
        on_look=Looks.look,
        on_back=Looks.load,
        on_dismiss=Looks.dismiss,
    )
