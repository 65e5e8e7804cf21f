"""The audit log: its filters, its lines, and what one of them changed."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Ago, Stamp
from monitor_app.components.browser import module
from monitor_app.components.controls import icon
from monitor_app.state.audit import AuditState

Row = rx.vars.ObjectVar[dict[str, Any]]


class _Filters(rx.Component):
    library = module("audit_filters.jsx")


class AuditFilters(_Filters):
    """Search, who, action, outcome, time: all of it in the address."""

    tag = "AuditFilters"
    people: rx.Var[list[str]]
    actions: rx.Var[list[str]]


class ClearFilters(_Filters):
    """Drops all filters."""

    tag = "ClearFilters"


class ExportLinks(_Filters):
    """The lines as files."""

    tag = "ExportLinks"
    query: rx.Var[str]


class AuditPager(_Filters):
    """The way to older lines, and back to the newest."""

    tag = "AuditPager"
    older: rx.Var[int]
    is_newest: rx.Var[bool]


def audit_lines() -> rx.Component:
    """The newest first; each opens to what it changed."""
    return rx.cond(
        AuditState.lines.length() > 0,
        rx.fragment(
            rx.el.div(
                *[rx.el.span(head) for head in ("When", "Who", "Action", "On what", "Change", "From")],
                class_name="audit-heads",
                aria_hidden=True,
            ),
            rx.el.ol(rx.foreach(AuditState.lines, _line), class_name="audit-lines"),
            AuditPager.create(older=AuditState.older, is_newest=AuditState.is_newest),
        ),
        _nothing(),
    )


def verdict() -> rx.Component:
    """Whether the chain of hashes holds, once somebody has asked."""
    is_good = AuditState.verdict["is_good"].to(bool)
    return rx.el.div(
        rx.cond(
            AuditState.verdict.contains("text"),
            rx.el.div(
                rx.cond(is_good, icon("check"), icon("octagon")),
                rx.el.span(
                    rx.el.b(AuditState.verdict["text"].to(str)),
                    rx.cond(
                        AuditState.verdict["more"] != "",
                        rx.el.span(" ", AuditState.verdict["more"].to(str)),
                    ),
                ),
                rx.el.span("Checked ", Ago.create(at=AuditState.verdict["at"].to(int)), class_name="checked"),
                class_name=rx.cond(is_good, "banner good", "banner bad"),
            ),
        ),
        role="status",
    )


def verify_button() -> rx.Component:
    """Asks whether the chain holds."""
    return rx.el.button(
        icon("shield"),
        rx.cond(AuditState.is_verifying, "Verifying…", "Verify"),
        type="button",
        class_name="plain",
        title="Follow the chain of hashes: shows whether a line was changed or removed",
        custom_attrs={"aria-disabled": AuditState.is_verifying},
        on_click=AuditState.verify,
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        rx.cond(
            AuditState.is_filtered,
            rx.fragment(
                rx.el.p("No line of the log matches all of these filters."), ClearFilters.create(class_name="plain")
            ),
            rx.el.p("Nothing here yet. Every change and every denial is written down, and never removed."),
        ),
        class_name="no-match",
        role="status",
    )


def _line(line: Row) -> rx.Component:
    is_open = AuditState.open_id == line["id"].to(int)
    return rx.el.li(
        rx.el.button(
            rx.el.span(Stamp.create(at=line["at"].to(int)), class_name="when"),
            rx.el.span(line["who"].to(str), class_name="by", title=line["who"].to(str)),
            rx.el.span(
                rx.el.span(line["action"].to(str), class_name="mono action", title=line["action"].to(str)),
                rx.match(
                    line["outcome"],
                    ("denied", rx.el.span(icon("octagon", 12), "denied", class_name="outcome bad")),
                    ("failed", rx.el.span(icon("warn", 12), "failed", class_name="outcome warn")),
                    rx.fragment(),
                ),
                rx.cond(line["times"].to(int) > 1, rx.el.span("×", line["times"].to(int), class_name="mono times")),
                class_name="what",
            ),
            rx.el.span(
                rx.cond(line["target_type"] != "", rx.el.span(line["target_type"].to(str), " ", class_name="muted")),
                line["target"].to(str),
                class_name="target-of",
                title=line["target"].to(str),
            ),
            rx.el.span(line["says"].to(str), class_name="says", title=line["says"].to(str)),
            rx.el.span(line["address"].to(str), class_name="mono from"),
            type="button",
            class_name="audit-line",
            custom_attrs={"aria-expanded": rx.cond(is_open, "true", "false")},
            on_click=AuditState.open(line["id"]),
        ),
        rx.cond(is_open, _detail()),
        key=line["id"].to(str),
    )


def _detail() -> rx.Component:
    groups = AuditState.detail["groups"].to(list[dict[str, Any]])
    facts = AuditState.detail["facts"].to(list[dict[str, str]])
    return rx.el.div(
        rx.el.div(
            rx.foreach(groups, _group),
            rx.cond(groups.length() == 0, rx.el.p("No value was changed.", class_name="help")),
            class_name="audit-groups",
        ),
        rx.el.dl(
            rx.foreach(
                facts,
                lambda fact: rx.fragment(rx.el.dt(fact["name"]), rx.el.dd(fact["text"], class_name="mono")),
            ),
            class_name="config",
        ),
        class_name="audit-detail",
    )


def _group(group: Row) -> rx.Component:
    rows = group["rows"].to(list[dict[str, str]])
    return rx.el.div(
        rx.cond(group["title"] != "", rx.el.h2(group["title"].to(str))),
        rx.cond(
            rows.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("What", scope="col"), rx.el.th("Before", scope="col"), rx.el.th("After", scope="col")
                    )
                ),
                rx.el.tbody(rx.foreach(rows, _change)),
                class_name="changes-of",
            ),
        ),
    )


def _change(row: Row) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row["name"].to(str), scope="row"),
        rx.el.td(rx.cond(row["before"] != "", rx.el.del_(row["before"].to(str)))),
        rx.el.td(rx.cond(row["after"] != "", rx.el.ins(row["after"].to(str)))),
    )
