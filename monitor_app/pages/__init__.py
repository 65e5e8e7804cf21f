"""Screens: layout only, everything else is in components and state."""

from collections.abc import Mapping
from typing import Any, Final

import reflex as rx

from monitor_app.components.places import note_help, note_pages
from monitor_app.components.shell import dress
from monitor_app.errors import LightbulbError
from monitor_app.pages import (
    admin_relations,
    admin_services,
    alerting_channels,
    alerting_maintenance,
    alerting_on_call,
    alerting_rules,
    alerting_sent,
    alerts,
    audit,
    board,
    consul,
    empty,
    group,
    groups,
    help,  # noqa: A004 - the page is about help
    help_page,
    incident,
    invitation,
    login,
    missing,
    profile,
    queue_monitoring,
    reports,
    security,
    service,
    service_map,
    setup,
    status_pages,
    users,
    wall,
)
from monitor_app.security.permissions import (
    AUDIT_READ,
    BOARD_READ,
    MONITOR_READ,
    PROFILE_MANAGE,
    RELATION_WRITE,
    SERVICE_WRITE,
    SETTING_MANAGE,
    STATUS_PAGE_WRITE,
    USER_MANAGE,
)
from monitor_app.state.colours import ColourState
from monitor_app.state.push import PushDialog
from monitor_app.state.shown_page import note_reload

# What each page takes to be given out; None: it is everybody's.
NEEDS: Final[Mapping[str, str | None]] = {
    board.ROUTE: BOARD_READ,
    consul.ROUTE: BOARD_READ,
    queue_monitoring.ROUTE: BOARD_READ,
    service_map.ROUTE: BOARD_READ,
    group.ROUTE: BOARD_READ,
    service.ROUTE: BOARD_READ,
    groups.ROUTE: SERVICE_WRITE,
    help.ROUTE: BOARD_READ,
    help_page.ROUTE: BOARD_READ,
    empty.ROUTE: BOARD_READ,
    reports.ROUTE: MONITOR_READ,
    alerts.ROUTE: MONITOR_READ,
    incident.ROUTE: MONITOR_READ,
    alerting_channels.ROUTE: MONITOR_READ,
    alerting_maintenance.ROUTE: MONITOR_READ,
    alerting_rules.ROUTE: MONITOR_READ,
    alerting_on_call.ROUTE: MONITOR_READ,
    alerting_sent.ROUTE: MONITOR_READ,
    profile.ROUTE: PROFILE_MANAGE,
    admin_services.ROUTE: SERVICE_WRITE,
    admin_relations.ROUTE: RELATION_WRITE,
    status_pages.ROUTE: STATUS_PAGE_WRITE,
    users.ROUTE: USER_MANAGE,
    audit.ROUTE: AUDIT_READ,
    security.ROUTE: SETTING_MANAGE,
    login.ROUTE: None,
    setup.ROUTE: None,
    invitation.ROUTE: None,
    wall.ROUTE: None,
    missing.ROUTE: None,
}

# Which page of docs/ (by its name in /help/...) tells of each page; None: it has no frame, so no way to help.
HELP: Final[Mapping[str, str | None]] = {
    board.ROUTE: "board",
    consul.ROUTE: "consul",
    queue_monitoring.ROUTE: "queues",
    service_map.ROUTE: "map",
    reports.ROUTE: "reports",
    group.ROUTE: "groups",
    service.ROUTE: "service-page",
    groups.ROUTE: "groups",
    help.ROUTE: "help",
    help_page.ROUTE: "help",
    alerts.ROUTE: "alerts",
    incident.ROUTE: "alerts",
    alerting_channels.ROUTE: "channels",
    alerting_maintenance.ROUTE: "maintenance",
    alerting_rules.ROUTE: "alert-rules",
    alerting_on_call.ROUTE: "on-call",
    alerting_sent.ROUTE: "notifications",
    profile.ROUTE: "accounts",
    admin_services.ROUTE: "managing-services",
    admin_relations.ROUTE: "relations",
    status_pages.ROUTE: "status-pages",
    users.ROUTE: "accounts",
    audit.ROUTE: "audit",
    security.ROUTE: "security",
    empty.ROUTE: None,
    login.ROUTE: None,
    setup.ROUTE: None,
    invitation.ROUTE: None,
    wall.ROUTE: None,
    missing.ROUTE: None,
}


class UndeclaredPages(LightbulbError):
    """Pages that have no row in NEEDS; the program must not start with them."""


def add_pages(app: rx.App) -> None:
    """Give the app its looks and all its pages."""
    dress(app)
    note_pages(NEEDS)
    note_help(HELP)
    app.add_page(board.page, route=board.ROUTE, title=board.TITLE, description=board.DESCRIPTION, on_load=board.ON_LOAD)
    # A page that comes up shows no secret that an earlier one asked for.
    app.add_page(empty.page, route=empty.ROUTE, title=empty.TITLE)
    for own in (
        help,
        help_page,
        profile,
        consul,
        queue_monitoring,
        service_map,
        reports,
        service,
        admin_relations,
        admin_services,
        groups,
        group,
        status_pages,
        alerts,
        incident,
        alerting_channels,
        alerting_maintenance,
        alerting_rules,
        alerting_on_call,
        alerting_sent,
        users,
        audit,
        security,
    ):
        on_load = [PushDialog.close, ColourState.load, *_listed(own.ON_LOAD)]
        app.add_page(own.page, route=own.ROUTE, title=own.TITLE, on_load=on_load)
        note_reload(own.ROUTE, getattr(own, "ON_CHANGE", None))
    for entry in (login, setup, invitation, wall, missing):
        app.add_page(entry.page, route=entry.ROUTE, title=entry.TITLE)


def _listed(handlers: Any) -> list[Any]:
    return list(handlers) if isinstance(handlers, list) else [handlers]


def needs_by_name(app: rx.App) -> dict[str, str | None]:
    """What each page of the app takes, by the name that Reflex's router gives it. Raises UndeclaredPages."""
    needs = {route.strip("/") or "index": permission for route, permission in NEEDS.items()}
    if missing := [name for name in app._unevaluated_pages if name not in needs]:
        raise UndeclaredPages(f"these pages have no row in monitor_app.pages.NEEDS: {', '.join(missing)}")
    return needs
