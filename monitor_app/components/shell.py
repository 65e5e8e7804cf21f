"""The frame around every page: top bar, rail, connection, toasts."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any, Final

import reflex as rx

from monitor_app.components.alerts import alerts_watch
from monitor_app.components.browser import module
from monitor_app.components.controls import Bulb, KeysButton, ThemeSwitch, Toast
from monitor_app.components.dialogs import dialogs
from monitor_app.components.groups import chip_colours
from monitor_app.components.help import help_link
from monitor_app.components.installed import head, installed_app
from monitor_app.components.live import ConnectionBar, ConnectionState, SearchBox, TabSign, alarm_watch
from monitor_app.components.palette import PaletteButton, palette
from monitor_app.components.places import ADMIN_PLACE, ADMIN_PLACES, PLACES, PROFILE_PLACE, Place, standing
from monitor_app.components.session import chosen, may, person_menu, session_watch
from monitor_app.components.theme import STYLESHEETS
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.notice import Notices
from monitor_app.state.person import PersonState
from monitor_app.state.preferences import PreferencesState
from monitor_app.state.toast import ToastState

__all__ = ["ADMIN_PLACE", "PLACES", "PROFILE_PLACE", "Place", "dress", "shell"]

TITLE: Final = "Lightbulb"


class Rail(rx.Component):
    """The way to all places; a bar at the bottom of a phone."""

    library = module("rail.jsx")
    tag = "Rail"
    places: rx.Var[list[dict[str, str]]]
    admin_places: rx.Var[list[dict[str, str]]]
    may: rx.Var[list[str]]
    here: rx.Var[str]


class Crumb(rx.Component):
    """Where one is."""

    library = module("rail.jsx")
    tag = "Crumb"
    admin_places: rx.Var[list[dict[str, str]]]
    here: rx.Var[str]


def dress(app: rx.App) -> None:
    """Give the app our stylesheets; what it says when it is offline and its toasts are ours instead of Reflex's."""
    app.stylesheets = [*STYLESHEETS, *app.stylesheets]
    app.head_components = [
        rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"),
        # Before the page is drawn, so that nothing moves afterwards.
        rx.el.script(src="/early.js"),
        *head(),
        *app.head_components,
    ]
    app.html_lang = "en"
    app.toaster = None
    app.app_wraps.pop((5, "Overlay"), None)


def shell(
    here: Place, *children: rx.Component, tools: rx.Component | None = None, is_live: bool = False
) -> rx.Component:
    """A page: `tools` stand in the top bar, `children` are what the page is about.

    `is_live` is for the board: search, its keys, whether it is current, and the count of what is down in the tab.
    """
    return rx.el.div(
        rx.el.a("Skip to the content", href="#main", class_name="skip"),
        _top_bar(here, tools or rx.fragment(), is_live=is_live),
        ConnectionBar.create(),
        Rail.create(places=standing(PLACES), admin_places=standing(ADMIN_PLACES), may=PersonState.may, here=here.title),
        rx.el.main(*children, id="main", class_name="main", tab_index=-1),
        dialogs(),
        palette(),
        Toast.create(toast=ToastState.toast, notice=Notices.notice, on_action=ToastState.undo),
        session_watch(),
        installed_app(),
        alarm_watch(),
        alerts_watch(),
        chosen(),
        chip_colours(),
        TabSign.create(title=TITLE) if is_live else rx.fragment(),
        class_name="frame",
    )


def _top_bar(here: Place, tools: rx.Component, *, is_live: bool) -> rx.Component:
    live: tuple[Any, ...] = (SearchBox.create(), ConnectionState.create()) if is_live else ()
    return rx.el.header(
        rx.el.a(rx.el.span(Bulb.create(), class_name="bulb-place"), TITLE, href="/", class_name="brand"),
        Crumb.create(here=here.title, admin_places=standing(ADMIN_PLACES)),
        rx.el.span(class_name="space"),
        *live,
        PaletteButton.create(),
        KeysButton.create(),
        help_link(),
        ThemeSwitch.create(
            is_kept=may(PROFILE_MANAGE), on_choose=lambda theme: PreferencesState.change("theme", theme)
        ),
        tools,
        person_menu(),
        class_name="top-bar",
    )
