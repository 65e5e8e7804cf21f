"""All services: a table to find, choose and change them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import admin_page, heading
from monitor_app.components.controls import icon
from monitor_app.components.details import details_panel
from monitor_app.components.display import auto_refresh
from monitor_app.components.live import NoMatch, Pager, SearchBox, board_feed
from monitor_app.components.saved_views import view_menu
from monitor_app.components.service_table import (
    DisplayPanel,
    ServiceFilters,
    delete_many_question,
    refused_ones,
    service_table,
)
from monitor_app.components.session import if_may
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.components.transfer import export_dialog, import_dialog
from monitor_app.security.permissions import CONFIG_APPLY, CONFIG_EXPORT, SERVICE_DELETE
from monitor_app.state.admin_services.table import AdminServices
from monitor_app.state.admin_services.transfer import ExportDialog, ImportDialog
from monitor_app.state.deleted import DeletedDialog
from monitor_app.state.details import DetailsState
from monitor_app.state.live import LiveFeed
from monitor_app.state.saved_views import SavedViewsState
from monitor_app.state.services import ServiceDialog

ROUTE = "/admin/services"
TITLE = "Services · Lightbulb"
ON_LOAD = [AdminServices.load, SavedViewsState.load("services"), DetailsState.restore]
ON_CHANGE = AdminServices.load
HELP = "/help/managing-services"
_DRAFT = "What you typed and did not save is still there"


def page() -> rx.Component:
    """Filters, then the table."""
    return shell(
        ADMIN_PLACE,
        board_feed(AdminServices.snapshot, LiveFeed, AdminServices.load),
        admin_page(
            heading("Services", "Everything that is checked, and how.", _tools()),
            _problem(),
            rx.cond(AdminServices.is_loaded & (AdminServices.total == 0), _empty(), _list()),
        ),
        auto_refresh(AdminServices.load),
        details_panel(),
        refused_ones(),
        delete_many_question(),
        export_dialog(),
        import_dialog(),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        if_may(SERVICE_DELETE, _tool("Recently deleted", "history", DeletedDialog.open)),
        if_may(CONFIG_APPLY, _tool("Import", "upload", ImportDialog.open)),
        if_may(
            CONFIG_EXPORT,
            rx.cond(
                AdminServices.matched < AdminServices.total,
                _tool("Export", "download", ExportDialog.open("matching")),
                _tool("Export", "download", ExportDialog.open("all")),
            ),
        ),
        rx.el.button(
            icon("plus"),
            "New service",
            rx.cond(AdminServices.has_draft, rx.el.span("draft", class_name="chip draft", title=_DRAFT)),
            type="button",
            class_name="primary",
            on_click=ServiceDialog.open_new,
        ),
        class_name="service-tools",
    )


def _tool(text: str, name: str, act: Any) -> rx.Component:
    return rx.el.button(
        icon(name), rx.el.span(text, class_name="text"), type="button", class_name="plain", title=text, on_click=act
    )


def _problem() -> rx.Component:
    return rx.cond(
        AdminServices.problem != "",
        rx.el.div(
            icon("warn"),
            rx.el.span(AdminServices.problem),
            rx.el.button("Try again", type="button", class_name="plain", on_click=AdminServices.load),
            class_name="banner bad",
            role="alert",
        ),
    )


def _list() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            SearchBox.create(),
            ServiceFilters.create(choices=AdminServices.choices),
            rx.el.span(class_name="space"),
            view_menu("services"),
            DisplayPanel.create(),
            class_name="service-bar",
        ),
        rx.cond(
            AdminServices.is_loaded & (AdminServices.matched == 0),
            NoMatch.create(hints=AdminServices.hints),
            service_table(),
        ),
        rx.el.div(
            Pager.create(
                page=AdminServices.page,
                pages=AdminServices.pages,
                matched=AdminServices.matched,
                size=AdminServices.page_size,
            ),
            class_name="service-foot",
        ),
    )


def _empty() -> rx.Component:
    return rx.el.div(
        rx.el.p("A service is something that Lightbulb checks: a website, a port, a database."),
        rx.el.button("Add the first one", type="button", class_name="plain", on_click=ServiceDialog.open_new),
        rx.el.a("How services are managed", href=HELP),
        class_name="empty-list",
    )
