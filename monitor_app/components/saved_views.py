"""The views of a list that are kept under a name: a menu for any page that has a list."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy. A state's attributes are vars.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two
from monitor_app.components.session import if_may
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.person import PersonState
from monitor_app.state.saved_views import SavedViewsState


class ViewMenu(rx.Component):
    """Choose a view, keep the list as it is now, share it, begin with it."""

    library = module("view_menu.jsx")
    tag = "ViewMenu"
    views: rx.Var[list[dict[str, Any]]]
    is_loaded: rx.Var[bool]
    kept: rx.Var[int]
    error: rx.Var[str]
    refusals: rx.Var[int]
    may: rx.Var[list[str]]
    on_save_as: rx.EventHandler[one]
    on_change: rx.EventHandler[two]
    on_remove: rx.EventHandler[one]


def view_menu(page: str) -> rx.Component:
    """For a list whose on_load has `SavedViewsState.load(page)`, by its name in domain/saved_view.py."""
    is_ours = SavedViewsState.is_loaded & (SavedViewsState.page == page)
    return if_may(
        PROFILE_MANAGE,
        ViewMenu.create(
            views=rx.cond(is_ours, SavedViewsState.views, []),
            is_loaded=is_ours,
            kept=SavedViewsState.kept,
            error=SavedViewsState.error,
            refusals=SavedViewsState.refusals,
            may=PersonState.may,
            on_save_as=SavedViewsState.save_as,
            on_change=SavedViewsState.change,
            on_remove=SavedViewsState.remove,
        ),
    )
