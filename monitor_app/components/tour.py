"""The tour of the board: five steps for who has just got an account, and again from help."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, operator, type-arg, valid-type"

from typing import Any, Final

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.places import has_page
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.person import PersonState
from monitor_app.state.preferences import PreferencesState

ALERTS: Final = "/alerts"
_BELL: Final = "The bell over the rows plays a sound or shows a notification when something goes down."
_WHO: Final = "Alerts say who is told of what, when, and by which way."


class Tour(rx.Component):
    """Shown when the address wishes it; see tour.jsx."""

    library = module("tour.jsx")
    tag = "Tour"
    steps: rx.Var[list[dict[str, Any]]]
    may: rx.Var[list[str]]
    is_seen: rx.Var[bool]
    is_known: rx.Var[bool]
    on_seen: rx.EventHandler[rx.event.no_args_event_spec]


def tour() -> rx.Component:
    """Stands on the board, once."""
    return Tour.create(
        steps=steps(),
        may=PersonState.may,
        is_seen=PersonState.tour_seen,
        is_known=PersonState.session_mark != "",
        on_seen=PreferencesState.change("tour_seen", True),
    )


def steps() -> list[dict[str, Any]]:
    """`targets` are selectors, the first that is on the screen counts; `needs` and `unless` are permissions."""
    return [
        _step(
            "The board tells what is true now",
            "The headline says it in a sentence, and the counts beside it are filters. Rows change by themselves: "
            "nothing needs a reload.",
            ".board-head",
            ".empty-board h1",
        ),
        _step(
            "Add what you run",
            "Paste a list of addresses, or take New service for one with all that can be set. Each is checked at once.",
            '.top-bar [aria-label="New service"]',
            needs=SERVICE_WRITE,
        ),
        _step(
            "Find any service",
            "Search looks at names, targets, groups and tags. Ctrl K, ⌘ K on a Mac, goes anywhere from every page.",
            ".top-bar .search",
            unless=SERVICE_WRITE,
        ),
        _step(
            "See what hangs on what",
            "The map draws your services and the relations between them. From those follows which outage is the cause "
            "of the others, so that one outage is one.",
            '.rail a[href="/map"]',
        ),
        _step(
            "Hear of it",
            f"{_WHO} {_BELL}" if has_page(ALERTS) else _BELL,
            f'.rail a[href="{ALERTS}"]',
            ".board-looks .bell",
        ),
        _step(
            "Show it to others, and find help",
            "Status pages tell your users how things are; the wall is for a screen in the room. The question mark "
            "opens help on the page you are on, and this tour begins again from there.",
            ".help-link",
        ),
    ]


def _step(title: str, text: str, *targets: str, needs: str = "", unless: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "targets": list(targets), "needs": needs, "unless": unless}
