"""The frame around every page: top bar, rail, connection, toasts."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from dataclasses import dataclass
from typing import Final

import reflex as rx

from monitor_app.components.controls import Bulb, KeysButton, ThemeSwitch, Toast, icon
from monitor_app.components.dialogs import dialogs
from monitor_app.components.live import ConnectionBar, ConnectionState, SearchBox, TabSign
from monitor_app.components.session import chosen, if_may, may, person_menu, session_watch
from monitor_app.components.theme import STYLESHEETS
from monitor_app.security.permissions import BOARD_READ, PROFILE_MANAGE, SERVICE_WRITE, USER_MANAGE
from monitor_app.state.notice import Notices
from monitor_app.state.preferences import PreferencesState
from monitor_app.state.services import ServiceDialog
from monitor_app.state.toast import ToastState

TITLE: Final = "Lightbulb"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere the rail leads to: those who have the permission that it `needs`."""

    title: str
    icon: str
    href: str
    needs: str = BOARD_READ


# Only what exists: a link that leads nowhere is worse than none.
PLACES: Final = (Place("Board", "board", "/"),)
ADMIN_PLACE: Final = Place("Admin", "shield", "/admin/users", USER_MANAGE)
# The menu of the person leads here.
PROFILE_PLACE: Final = Place("Profile", "user", "/profile", PROFILE_MANAGE)


def dress(app: rx.App) -> None:
    """Give the app our stylesheets; what it says when it is offline and its toasts are ours instead of Reflex's."""
    app.stylesheets = [*STYLESHEETS, *app.stylesheets]
    app.head_components = [rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"), *app.head_components]
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
        rx.el.nav(
            *[_place(place, is_here=place == here) for place in PLACES],
            if_may(ADMIN_PLACE.needs, _place(ADMIN_PLACE, is_here=here == ADMIN_PLACE)),
            class_name="rail",
            aria_label="Places",
        ),
        rx.el.main(*children, id="main", class_name="main"),
        dialogs(),
        Toast.create(toast=ToastState.toast, notice=Notices.notice, on_action=ToastState.undo),
        session_watch(),
        chosen(),
        TabSign.create(title=TITLE) if is_live else rx.fragment(),
        class_name="frame",
    )


def _top_bar(here: Place, tools: rx.Component, *, is_live: bool) -> rx.Component:
    live = (
        SearchBox.create(),
        ConnectionState.create(),
        KeysButton.create(may_add=may(SERVICE_WRITE), on_new=ServiceDialog.open_new),
    )
    return rx.el.header(
        rx.el.a(rx.el.span(Bulb.create(), class_name="bulb-place"), TITLE, href="/", class_name="brand"),
        rx.el.span(here.title, class_name="crumb"),
        rx.el.span(class_name="space"),
        *(live if is_live else ()),
        ThemeSwitch.create(
            is_kept=may(PROFILE_MANAGE), on_choose=lambda theme: PreferencesState.change("theme", theme)
        ),
        tools,
        person_menu(),
        class_name="top-bar",
    )


def _place(place: Place, *, is_here: bool) -> rx.Component:
    return rx.el.a(
        icon(place.icon, 18),
        place.title,
        href=place.href,
        custom_attrs={"aria-current": "page"} if is_here else {},
    )
