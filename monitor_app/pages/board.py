"""The status board: everything that is watched, live."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.board_table import board_table
from monitor_app.components.board_views import (
    Alarm,
    Bell,
    NoProblems,
    OldestProblem,
    Share,
    ViewSwitch,
    Wall,
    board_cards,
    since_looked,
)
from monitor_app.components.controls import icon
from monitor_app.components.details import details_panel
from monitor_app.components.display import auto_refresh, display_controls
from monitor_app.components.live import (
    ConnectionBar,
    CountFilters,
    FacetFilters,
    Headline,
    NoMatch,
    Pager,
    TabSign,
    board_feed,
)
from monitor_app.components.paste import paste_panel
from monitor_app.components.session import chosen, if_may, may, session_watch
from monitor_app.components.shell import PLACES, shell
from monitor_app.components.tour import tour
from monitor_app.security.permissions import DEMO_MANAGE, SERVICE_WRITE
from monitor_app.state.board import BoardState
from monitor_app.state.demo import DemoState
from monitor_app.state.details import DetailsState
from monitor_app.state.live import LiveFeed
from monitor_app.state.paste import PasteState
from monitor_app.state.services import ServiceDialog
from monitor_app.state.since_looked import SinceLooked

ROUTE = "/"
TITLE = "Lightbulb"
DESCRIPTION = "What is watched, and how it is now"
# What stands above the rows comes before them, so that they need not move.
ON_LOAD = [SinceLooked.load, BoardState.load, DetailsState.restore]
HELP = "/help/board"


def page() -> rx.Component:
    """The board, or where to begin when nothing is watched yet; on a wall nothing but tiles."""
    return rx.cond(BoardState.layout == "wall", _wall(), _desk())


def _desk() -> rx.Component:
    return shell(
        PLACES[0],
        board_feed(BoardState.snapshot, LiveFeed, BoardState.load),
        rx.cond(BoardState.is_loaded & (BoardState.total == 0), _empty(), _board()),
        details_panel(),
        tour(),
        tools=if_may(SERVICE_WRITE, _tools()),
        is_live=True,
    )


def _wall() -> rx.Component:
    return rx.fragment(
        board_feed(BoardState.snapshot, LiveFeed, BoardState.load),
        rx.el.main(
            Wall.create(page=BoardState.page, pages=BoardState.pages, is_fixed=BoardState.is_wall_screen), id="main"
        ),
        rx.el.div(ConnectionBar.create(), class_name="wall-connection"),
        TabSign.create(title=TITLE),
        auto_refresh(BoardState.load),
        Alarm.create(on_open=DetailsState.open),
        session_watch(),
        chosen(),
    )


def _tools() -> rx.Component:
    return rx.fragment(
        rx.cond(
            BoardState.total > 0,
            rx.el.button(
                icon("list"),
                rx.el.span("Paste a list", class_name="text"),
                type="button",
                class_name="plain",
                aria_label="Paste a list",
                on_click=PasteState.open,
            ),
        ),
        rx.el.button(
            icon("plus"),
            rx.el.span("New service", class_name="text"),
            type="button",
            class_name=rx.cond(BoardState.total > 0, "primary", "plain"),
            aria_label="New service",
            on_click=ServiceDialog.open_new,
        ),
    )


def _board() -> rx.Component:
    return rx.fragment(
        rx.el.div(Headline.create(), CountFilters.create(), Share.create(), class_name="board-head"),
        rx.el.div(OldestProblem.create(on_open=DetailsState.open), since_looked(), class_name="board-news"),
        rx.el.div(
            FacetFilters.create(groups=BoardState.groups, tags=BoardState.tags, environments=BoardState.environments),
            rx.cond(
                BoardState.has_demo & may(DEMO_MANAGE),
                rx.el.button(
                    "Remove the demo",
                    type="button",
                    class_name="quiet",
                    custom_attrs={"aria-disabled": DemoState.is_busy},
                    on_click=DemoState.remove,
                ),
            ),
            rx.el.span(class_name="space"),
            _looks(),
            Pager.create(
                page=BoardState.page,
                pages=BoardState.pages,
                matched=BoardState.matched,
                size=BoardState.page_size,
                is_counted=BoardState.is_counted,
            ),
            class_name="board-bar",
        ),
        rx.cond(
            BoardState.is_loaded & (BoardState.matched == 0),
            rx.cond(
                (BoardState.layout == "problems") & (BoardState.hints.length() == 0),
                NoProblems.create(),
                NoMatch.create(hints=BoardState.hints),
            ),
            rx.cond(BoardState.layout == "cards", board_cards(), board_table()),
        ),
        Alarm.create(on_open=DetailsState.open),
    )


def _looks() -> rx.Component:
    return rx.el.div(
        ViewSwitch.create(layout=BoardState.layout),
        Bell.create(),
        display_controls(BoardState.load, DetailsState.refresh),
        class_name="board-looks",
    )


def _empty() -> rx.Component:
    return rx.el.div(
        rx.cond(may(SERVICE_WRITE), _begin(), _nothing_yet()),
        class_name="empty-board",
    )


def _begin() -> rx.Component:
    return rx.fragment(
        rx.el.h1("Watch your first service"),
        rx.el.p("Paste the addresses of what you run; each is checked at once, and then for good.", class_name="lead"),
        paste_panel(),
        rx.el.div(
            rx.cond(
                may(DEMO_MANAGE),
                rx.fragment(
                    rx.el.button(
                        rx.cond(DemoState.is_busy, "Loading the demo…", "Load the demo"),
                        type="button",
                        class_name="plain",
                        custom_attrs={"aria-disabled": DemoState.is_busy},
                        on_click=DemoState.load,
                    ),
                    "to see a board that moves, or read ",
                ),
                "Read ",
            ),
            rx.el.a("how the board works", href=HELP),
            class_name="other",
        ),
    )


def _nothing_yet() -> rx.Component:
    return rx.fragment(
        rx.el.h1("Nothing is watched yet"),
        rx.el.p("What an editor adds shows up here by itself.", class_name="lead"),
        rx.el.div(rx.el.a("How the board works", href=HELP), class_name="other"),
    )
