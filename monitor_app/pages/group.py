"""One group: what is true of it and of what is in it, its services live, how it was, and its map."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.board_table import board_table
from monitor_app.components.controls import OpenButton, icon
from monitor_app.components.details import details_panel
from monitor_app.components.display import display_controls
from monitor_app.components.groups import GroupStatus, SectionTabs, group_feed
from monitor_app.components.live import FacetFilters, NoMatch, Pager, Span, board_feed
from monitor_app.components.places import BOARD_PLACE
from monitor_app.components.service_map import service_map
from monitor_app.components.session import if_may
from monitor_app.components.shell import shell
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.board import BoardState
from monitor_app.state.details import DetailsState
from monitor_app.state.group_dialog import DeleteGroup, GroupDialog
from monitor_app.state.group_page import GroupPage
from monitor_app.state.live import LiveFeed

ROUTE = "/group"
TITLE = "Group · Lightbulb"
ON_LOAD = [GroupPage.load, DetailsState.restore]
ON_CHANGE = GroupPage.load
PARTS = [{"key": "services", "title": "Services"}, {"key": "map", "title": "Map"}]
Row = rx.vars.ObjectVar[dict[str, Any]]


def page() -> rx.Component:
    """The group that `?group=` names."""
    return shell(
        BOARD_PLACE,
        group_feed(GroupPage.refresh),
        rx.cond(GroupPage.is_loaded, rx.cond(GroupPage.is_known, _group(), _unknown())),
        details_panel(),
        is_live=True,
    )


def _group() -> rx.Component:
    return rx.el.div(
        _head(),
        rx.el.div(_uptime(), rx.cond(GroupPage.inner.length() > 0, _inner()), class_name="group-facts"),
        rx.cond(GroupPage.tab == "map", _map(), _live_services()),
        rx.cond(GroupPage.is_past_loaded, rx.el.section(rx.el.h2("Downtimes of the last 30 days"), _incidents())),
        class_name="group-page",
    )


def _tabs() -> rx.Component:
    return SectionTabs.create(parts=PARTS, label="What is in it", kept="group")


def _map() -> rx.Component:
    return rx.el.section(
        rx.el.div(_tabs(), class_name="group-bar"),
        rx.el.div(service_map(GroupPage.name), class_name="group-map"),
    )


def _live_services() -> rx.Component:
    return rx.fragment(
        board_feed(BoardState.snapshot, LiveFeed, BoardState.load),
        rx.el.section(
            rx.el.div(
                _tabs(),
                FacetFilters.create(
                    groups=[], tags=BoardState.tags, environments=BoardState.environments, kept="group"
                ),
                rx.el.span(class_name="space"),
                Pager.create(
                    page=BoardState.page, pages=BoardState.pages, matched=BoardState.matched, size=BoardState.page_size
                ),
                class_name="group-bar",
            ),
            _services(),
        ),
    )


def _head() -> rx.Component:
    group = GroupPage.group
    return rx.el.header(
        rx.cond(
            GroupPage.path.length() > 0,
            rx.el.nav(
                rx.foreach(
                    GroupPage.path,
                    lambda name: rx.fragment(rx.el.a(name, href=_address(name)), rx.el.span("/", aria_hidden="true")),
                ),
                class_name="group-path",
                aria_label="In the groups",
            ),
        ),
        rx.el.div(
            rx.el.h1(GroupPage.name),
            rx.el.span(GroupStatus.create(status=group["status"].to(int)), class_name="group-status"),
            rx.cond(
                group["share"] != "",
                rx.el.span(group["share"].to(str), class_name="mono muted", title=group["up"].to(str)),
            ),
            rx.el.span(class_name="space"),
            display_controls(GroupPage.load),
            if_may(
                SERVICE_WRITE,
                rx.el.button(
                    icon("edit"),
                    "Edit",
                    type="button",
                    class_name="plain",
                    on_click=GroupDialog.open_edit(GroupPage.name),
                ),
                rx.el.button(
                    icon("trash"),
                    type="button",
                    class_name="icon-button",
                    aria_label="Delete the group",
                    on_click=DeleteGroup.ask(GroupPage.name),
                ),
            ),
            class_name="group-title",
        ),
        rx.cond(group["description"] != "", rx.el.p(group["description"].to(str), class_name="lead")),
        rx.el.p(
            rx.cond(group["counts"] != "", group["counts"].to(str), "No service is in it."),
            rx.cond(group["rule"] != "", ". By share: " + group["rule"].to(str) + ".", ""),
            class_name="muted",
            aria_live="polite",
        ),
        class_name="group-head",
    )


def _uptime() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Uptime"),
        rx.el.dl(
            rx.foreach(
                GroupPage.uptime,
                lambda span: rx.el.div(
                    rx.el.dt(span["title"]),
                    rx.el.dd(span["uptime"], class_name="mono"),
                    rx.cond(span["note"] != "", rx.el.dd(span["note"], class_name="help")),
                ),
            ),
            class_name="numbers",
        ),
        rx.cond(GroupPage.problem != "", rx.el.p(GroupPage.problem, class_name="wrong", role="alert")),
    )


def _inner() -> rx.Component:
    def row(group: Row) -> rx.Component:
        return rx.el.li(
            GroupStatus.create(status=group["status"].to(int)),
            rx.el.a(group["name"].to(str), href=_address(group["name"].to(str))),
            rx.el.span(group["share"].to(str), class_name="mono", title=group["up"].to(str)),
            rx.el.span(group["counts"].to(str), class_name="says", title=group["counts"].to(str)),
            key=group["name"].to(str),
        )

    return rx.el.section(
        rx.el.h2("Groups in it"), rx.el.ul(rx.foreach(GroupPage.inner, row), class_name="members group-list")
    )


def _services() -> rx.Component:
    return rx.cond(
        BoardState.is_loaded & (BoardState.matched == 0),
        rx.cond(
            GroupPage.group["total"].to(int) > 0,
            NoMatch.create(hints=BoardState.hints),
            rx.el.p("No service is in this group, nor in a group in it.", class_name="help"),
        ),
        board_table(),
    )


def _incidents() -> rx.Component:
    def row(each: Row) -> rx.Component:
        return rx.el.tr(
            rx.el.td(
                OpenButton.create(
                    each["label"].to(str), sid=each["sid"].to(str), on_open=DetailsState.open(each["pk"].to(int))
                )
            ),
            rx.el.td(Span.create(at=each["at"].to(int), to=each["to"].to(int))),
            rx.el.td(each["cause"].to(str), class_name="says", title=each["cause"].to(str)),
            key=each["id"].to(str),
        )

    return rx.cond(
        GroupPage.incidents.length() > 0,
        rx.el.table(rx.el.tbody(rx.foreach(GroupPage.incidents, row)), class_name="results incidents"),
        rx.el.p("None.", class_name="help"),
    )


def _unknown() -> rx.Component:
    return rx.el.div(
        rx.el.h1("There is no group ", rx.el.q(GroupPage.name)),
        rx.el.p("It was renamed or deleted, or no service is in it any more.", class_name="lead"),
        rx.el.div(
            rx.el.a("Go to the board", href="/"),
            if_may(SERVICE_WRITE, rx.el.span(" or to "), rx.el.a("all groups", href="/admin/groups")),
            class_name="other",
        ),
        class_name="empty-board",
    )


def _address(name: rx.Var[str]) -> rx.Var[str]:
    return rx.Var.create("/group?group=") + _encoded(name)


def _encoded(name: rx.Var[str]) -> rx.Var[str]:
    return rx.Var(f"encodeURIComponent({name!s})", _var_data=name._get_all_var_data()).to(str)
