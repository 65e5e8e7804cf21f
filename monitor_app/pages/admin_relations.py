"""Relations: what depends on what, as a list, and what may be missing in it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app.components.admin import admin_page, heading, when_loaded
from monitor_app.components.controls import icon
from monitor_app.components.live import Pager
from monitor_app.components.relation_parts import NoRelation, RelationFilters, RelationTable, Suggestions
from monitor_app.components.saved_views import view_menu
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.state.map_feed import MapFeed
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.relation_suggestions import SuggestionState
from monitor_app.state.relations import PATH, RelationsState
from monitor_app.state.saved_views import SavedViewsState

ROUTE = PATH
TITLE = "Relations · Lightbulb"
ON_LOAD = [RelationsState.load, SavedViewsState.load("relations"), SuggestionState.load]
ON_CHANGE = [RelationsState.load, SuggestionState.load]


def page() -> rx.Component:
    """Suggestions, filters, the table."""
    return shell(
        ADMIN_PLACE,
        admin_page(
            heading(
                "Relations",
                "What depends on what. From it follows who else is hit when something is down.",
                rx.el.button(
                    icon("plus"),
                    "Add relation",
                    type="button",
                    class_name="primary",
                    on_click=RelationDialog.open_new("", ""),
                ),
            ),
            when_loaded(
                RelationsState.is_loaded,
                rx.Var.create(""),
                RelationsState.load,
                Suggestions.create(
                    items=SuggestionState.items,
                    total=SuggestionState.total,
                    dismissed=SuggestionState.dismissed,
                    answered=SuggestionState.answered,
                    is_first=RelationsState.total == 0,
                    on_accept=SuggestionState.accept,
                    on_dismiss=SuggestionState.dismiss,
                    on_bring_back=SuggestionState.bring_back,
                ),
                rx.cond(RelationsState.total > 0, _list(), _empty()),
            ),
        ),
    )


def _list() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            RelationFilters.create(
                service=RelationsState.service, answers=RelationsState.answers, on_ask=RelationsState.ask
            ),
            rx.el.span(class_name="space"),
            view_menu("relations"),
            class_name="admin-bar relation-bar",
        ),
        rx.cond(
            RelationsState.matched > 0,
            rx.fragment(
                RelationTable.create(
                    rows=RelationsState.rows,
                    answered=RelationsState.answered,
                    feed_state=MapFeed.get_full_name(),
                    feed_var="patch" + FIELD_MARKER,
                    on_switch=RelationsState.switch,
                    on_act=RelationsState.act,
                    on_bulk=RelationsState.bulk,
                    on_new=RelationDialog.open_new("", ""),
                    on_refresh=RelationsState.load,
                ),
                Pager.create(
                    one="relation",
                    page=RelationsState.page,
                    pages=RelationsState.pages,
                    matched=RelationsState.matched,
                    size=RelationsState.page_size,
                ),
            ),
            NoRelation.create(hints=RelationsState.hints),
        ),
    )


def _empty() -> rx.Component:
    """What they are for, and where to begin."""
    return rx.el.div(
        rx.cond(
            RelationsState.services > 1,
            rx.fragment(
                rx.el.p("No relations yet. They tell what a service cannot do without, so that one outage is one."),
                rx.el.button(
                    "Add the first",
                    type="button",
                    class_name="plain",
                    on_click=RelationDialog.open_new("", ""),
                ),
                rx.el.a("What relations are for", href="/help/relations"),
            ),
            rx.fragment(
                rx.el.p("A relation is between two services: add those first."),
                rx.el.a("Go to the board", href="/", class_name="plain"),
            ),
        ),
        class_name="empty-list",
    )
