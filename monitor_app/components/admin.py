"""What the pages for administrators share: their tabs, headings, what stands there while nothing is loaded."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import icon
from monitor_app.components.event_specs import one, two
from monitor_app.components.places import ADMIN_PLACES, standing
from monitor_app.state.person import PersonState


class AdminTabs(rx.Component):
    """The way from one of these pages to the next."""

    library = module("admin_tabs.jsx")
    tag = "AdminTabs"
    places: rx.Var[list[dict[str, str]]]
    may: rx.Var[list[str]]
    label: rx.Var[str]


class ActionMenu(rx.Component):
    """A button with dots, and the menu behind it: `items` are {action, text, icon, isDangerous}."""

    library = module("action_menu.jsx")
    tag = "ActionMenu"
    label: rx.Var[str]
    items: rx.Var[list[dict[str, Any]]]
    on_choose: rx.EventHandler[one]


class SettingsForm(rx.Component):
    """A form on a page, which tells that something is not saved."""

    library = module("settings_form.jsx")
    tag = "SettingsForm"
    saved: rx.Var[int]
    refusals: rx.Var[int]
    on_save: rx.EventHandler[one]
    on_leave: rx.EventHandler[two]


class ListSearch(rx.Component):
    """Searches a list; what is looked for stands in the address."""

    library = module("list_search.jsx")
    tag = "ListSearch"
    title: rx.Var[str]


class ClearSearch(rx.Component):
    """A button that drops what is looked for."""

    library = module("list_search.jsx")
    tag = "ClearSearch"


class _Stamp(rx.Component):
    library = module("stamp.jsx")
    at: rx.Var[int]


class Stamp(_Stamp):
    """A day and a time to the second."""

    tag = "Stamp"


class Ago(_Stamp):
    """How long ago; 0 is never."""

    tag = "Ago"
    never: rx.Var[str]


class Until(_Stamp):
    """In how long; 0 is never."""

    tag = "Until"
    never: rx.Var[str]
    over: rx.Var[str]


def admin_page(*children: rx.Component) -> rx.Component:
    """The tabs, then what the page is about."""
    return rx.el.div(
        AdminTabs.create(places=standing(ADMIN_PLACES), may=PersonState.may), *children, class_name="admin-page"
    )


def heading(title: str, lead: str, *tools: rx.Component) -> rx.Component:
    """The page's name, what it is for, and what is to be done on it."""
    return rx.el.div(
        rx.el.div(rx.el.h1(title), rx.el.p(lead, class_name="muted"), class_name="words"),
        *tools,
        class_name="admin-head",
    )


def when_loaded(is_loaded: rx.Var[bool], problem: rx.Var[str], retry: Any, *children: rx.Component) -> rx.Component:
    """The content once it is there; before, its shape; or why it cannot be read, and the way to try again."""
    return rx.fragment(
        rx.cond(
            problem != "",
            rx.el.div(
                icon("warn"),
                rx.el.span(problem),
                rx.el.button("Try again", type="button", class_name="plain", on_click=retry),
                class_name="banner bad",
                role="alert",
            ),
        ),
        rx.cond(is_loaded, rx.fragment(*children), rx.cond(problem == "", _skeleton())),
    )


def role_choice(chosen: Any, error: Any) -> rx.Component:
    """The three roles, each with what it allows; `chosen` is checked at first."""
    roles = {
        "viewer": "Reads the board and its history. Changes nothing but their own account.",
        "editor": "Also adds and changes services, pauses checks, and deletes services that they made.",
        "admin": "Everything: other people's services, accounts, the audit log, security.",
    }
    return rx.el.fieldset(
        rx.el.legend("Role"),
        *[
            rx.el.label(
                rx.el.input(type="radio", name="role", value=role, default_checked=chosen == role),
                rx.el.span(rx.el.b(role.capitalize()), rx.el.span(text, class_name="help")),
                class_name="role-card",
            )
            for role, text in roles.items()
        ],
        rx.cond(error != "", rx.el.p(error, class_name="wrong", role="alert")),
        class_name="roles",
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        *[rx.el.div(rx.el.span(class_name="ghost"), class_name="ghost-line") for _ in range(6)],
        class_name="ghosts",
        custom_attrs={"aria-hidden": "true"},
    )
