"""The frame around every page: top bar, rail, connection, toasts."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from dataclasses import dataclass
from typing import Final

import reflex as rx

from monitor_app.components.controls import Bulb, KeysButton, ThemeSwitch, Toast, icon
from monitor_app.components.live import ConnectionBar, ConnectionState, SearchBox, TabSign
from monitor_app.components.session import session_watch
from monitor_app.components.theme import STYLESHEETS
from monitor_app.state.notice import Notices
from monitor_app.state.services import ServiceDialog
from monitor_app.state.toast import ToastState

TITLE: Final = "Lightbulb"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere the rail leads to."""

    title: str
    icon: str
    href: str


# Only what exists: a link that leads nowhere is worse than none.
PLACES: Final = (Place("Board", "board", "/"),)


def dress(app: rx.App) -> None:
    """Give the app our stylesheets; what it says when it is offline and its toasts are ours instead of Reflex's."""
    app.stylesheets = [*STYLESHEETS, *app.stylesheets]
    app.head_components = [rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"), *app.head_components]
    app.html_lang = "en"
    app.toaster = None
    app.app_wraps.pop((5, "Overlay"), None)


def shell(here: Place, *children: rx.Component, tools: rx.Component | None = None) -> rx.Component:
    """A page: `tools` stand in the top bar, `children` are what the page is about."""
    return rx.el.div(
        rx.el.a("Skip to the content", href="#main", class_name="skip"),
        _top_bar(here, tools or rx.fragment()),
        ConnectionBar.create(),
        rx.el.nav(*[_place(place, is_here=place == here) for place in PLACES], class_name="rail", aria_label="Pages"),
        rx.el.main(*children, id="main", class_name="main"),
        Toast.create(toast=ToastState.toast, notice=Notices.notice, on_action=ToastState.undo),
        session_watch(),
        TabSign.create(title=TITLE),
        class_name="frame",
    )


def _top_bar(here: Place, tools: rx.Component) -> rx.Component:
    return rx.el.header(
        rx.el.a(rx.el.span(Bulb.create(), class_name="bulb-place"), TITLE, href="/", class_name="brand"),
        rx.el.span(here.title, class_name="crumb"),
        rx.el.span(class_name="space"),
        SearchBox.create(),
        ConnectionState.create(),
        KeysButton.create(on_new=ServiceDialog.open_new),
        ThemeSwitch.create(),
        tools,
        class_name="top-bar",
    )


def _place(place: Place, *, is_here: bool) -> rx.Component:
    return rx.el.a(
        icon(place.icon, 18),
        place.title,
        href=place.href,
        custom_attrs={"aria-current": "page"} if is_here else {},
    )
