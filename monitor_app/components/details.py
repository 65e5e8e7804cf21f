"""The panel with one service in full."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, misc"

from typing import Any

import reflex as rx

from monitor_app.components.controls import DetailsPanel, OpenButton, icon
from monitor_app.components.found import phase_bar
from monitor_app.components.history_bars import ServiceDay
from monitor_app.components.live import Glyph, Moment, RowFacts, Span
from monitor_app.components.managed import managed_note, source_note
from monitor_app.components.service_page.head import ServiceLink
from monitor_app.components.service_relations import add_relation, service_relations
from monitor_app.components.session import if_may, may
from monitor_app.security.permissions import BREAKER_OPERATE, CHECK_RUN, SERVICE_DELETE_ANY, SERVICE_WRITE
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.details import DetailsState
from monitor_app.state.push import PushDialog
from monitor_app.state.services import RowActions
from monitor_app.state.versions import VersionsDialog


def details_panel() -> rx.Component:
    """Shown while a service is open."""
    return rx.cond(DetailsState.open_id > 0, _panel())


def _panel() -> rx.Component:
    return DetailsPanel.create(
        rx.el.header(
            rx.el.div(
                rx.el.h2(DetailsState.label),
                rx.el.p(DetailsState.target, class_name="target mono"),
                class_name="name",
            ),
            ServiceLink.create("Open its page", sid=DetailsState.row["sid"].to(str)),
            rx.el.button(
                icon("close"),
                type="button",
                class_name="icon-button",
                aria_label="Close",
                custom_attrs={"data-close": ""},
            ),
        ),
        RowFacts.create(row_id=DetailsState.open_id, fallback=DetailsState.row, on_fresh=DetailsState.refresh),
        rx.cond(DetailsState.members.length() > 0, rx.el.section(rx.el.h3("Made of"), _members())),
        service_relations(),
        rx.cond(DetailsState.is_told & may(SERVICE_WRITE), rx.el.section(rx.el.h3("Reports"), _reports())),
        rx.cond(
            DetailsState.phases.length() > 0,
            rx.el.section(rx.el.h3("Phases of the last check"), phase_bar(DetailsState.phases)),
        ),
        rx.el.section(
            rx.el.h3("Last 24 hours"),
            ServiceDay.create(row_id=DetailsState.open_id, fallback=DetailsState.row, label=DetailsState.label),
        ),
        rx.el.section(rx.el.h3("Uptime"), _uptime()),
        rx.cond(
            DetailsState.downtimes.length() > 0,
            rx.el.section(rx.el.h3("Downtimes of the last 30 days"), _downtimes()),
        ),
        rx.el.section(rx.el.h3("Recent checks"), _results()),
        rx.cond(DetailsState.events.length() > 0, rx.el.section(rx.el.h3("What happened"), _events())),
        rx.el.section(
            rx.el.h3("How it is checked"),
            managed_note(DetailsState.managed_by, DetailsState.drift),
            source_note(DetailsState.source),
            rx.el.dl(
                rx.foreach(
                    DetailsState.config,
                    lambda fact: rx.fragment(rx.el.dt(fact["name"]), rx.el.dd(fact["text"], class_name="mono")),
                ),
                rx.cond(
                    DetailsState.thresholds.length() > 0,
                    rx.fragment(
                        rx.el.dt("Degraded when"),
                        rx.el.dd(rx.foreach(DetailsState.thresholds, rx.el.div), class_name="mono"),
                    ),
                ),
                class_name="config",
            ),
        ),
        rx.cond(
            may(SERVICE_WRITE) | may(BREAKER_OPERATE) | may(SERVICE_DELETE_ANY) | DetailsState.is_own,
            rx.el.section(_actions()),
        ),
        row_id=DetailsState.open_id,
        title=DetailsState.label,
        on_close=DetailsState.close,
    )


def _members() -> rx.Component:
    """Each opens in the same panel."""

    def row(member: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return rx.el.li(
            Glyph.create(status=member["status"].to(int)),
            rx.cond(
                member["pk"].to(int) > 0,
                OpenButton.create(
                    member["label"].to(str),
                    sid=member["sid"].to(str),
                    on_open=DetailsState.open(member["pk"].to(int)),
                ),
                rx.el.span(member["label"].to(str)),
            ),
            rx.el.span(member["says"].to(str), class_name="says", title=member["says"].to(str)),
        )

    return rx.el.ul(rx.foreach(DetailsState.members, row), class_name="members")


def _reports() -> rx.Component:
    return rx.fragment(
        rx.el.p("This service reports of itself, to an address that only it should know.", class_name="help"),
        rx.el.div(
            rx.el.button(
                "Show the address",
                type="button",
                class_name="plain",
                on_click=PushDialog.show(DetailsState.open_id),
            ),
            class_name="actions",
        ),
    )


def _results() -> rx.Component:
    return rx.cond(
        DetailsState.results.length() > 0,
        rx.el.table(rx.el.tbody(rx.foreach(DetailsState.results, _result)), class_name="results"),
        rx.el.p("Nothing yet: the first check comes within its interval.", class_name="help"),
    )


def _result(result: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(Glyph.create(status=result["status"].to(int))),
        rx.el.td(Moment.create(at=result["at"].to(int))),
        rx.el.td(result["time"].to(str), class_name="mono"),
        rx.el.td(rx.el.span(result["says"].to(str)), class_name="says", title=result["says"].to(str)),
        key=result["at"].to(str),
    )


def _uptime() -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            DetailsState.uptime,
            lambda span: rx.el.div(
                rx.el.dt(span["title"]),
                rx.el.dd(span["uptime"], class_name="mono"),
                rx.cond(span["note"] != "", rx.el.dd(span["note"], class_name="help")),
            ),
        ),
        class_name="numbers",
    )


def _downtimes() -> rx.Component:
    def row(each: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return rx.el.tr(
            rx.el.td(Span.create(at=each["at"].to(int), to=each["to"].to(int))),
            rx.el.td(rx.el.span(each["cause"].to(str)), class_name="says", title=each["cause"].to(str)),
            key=each["at"].to(str),
        )

    return rx.el.table(rx.el.tbody(rx.foreach(DetailsState.downtimes, row)), class_name="results")


def _events() -> rx.Component:
    def row(each: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return rx.el.tr(
            rx.el.td(rx.cond(each["status"].to(int) >= 0, Glyph.create(status=each["status"].to(int)))),
            rx.el.td(Span.create(at=each["at"].to(int), to=-1)),
            rx.el.td(rx.el.span(each["says"].to(str)), class_name="says", title=each["says"].to(str)),
        )

    return rx.el.table(rx.el.tbody(rx.foreach(DetailsState.events, row)), class_name="results")


def _actions() -> rx.Component:
    def button(name: str, text: str, action: str, class_name: str = "plain") -> rx.Component:
        return rx.el.button(
            icon(name),
            text,
            type="button",
            class_name=class_name,
            on_click=RowActions.act(action, DetailsState.open_id),
        )

    return rx.el.div(
        if_may(
            SERVICE_WRITE,
            button("edit", "Edit", "edit"),
            rx.cond(DetailsState.enabled, button("pause", "Pause…", "hold"), button("play", "Resume", "resume")),
            rx.cond(
                DetailsState.in_maintenance,
                button("wrench", "End maintenance", "maintenance-end"),
                rx.cond(DetailsState.enabled, button("wrench", "Maintenance…", "maintenance")),
            ),
        ),
        add_relation(),
        if_may(CHECK_RUN, rx.cond(DetailsState.enabled & ~DetailsState.in_maintenance, _check_button())),
        if_may(BREAKER_OPERATE, _breaker_button()),
        if_may(SERVICE_WRITE, _history_button()),
        rx.cond(may(SERVICE_DELETE_ANY) | DetailsState.is_own, button("trash", "Delete", "delete", "plain dangerous")),
        class_name="actions",
    )


def _check_button() -> rx.Component:
    """Not `disabled` while it runs: that would take the focus away."""
    is_running = CheckNow.checking.contains(DetailsState.open_id)
    run: Any = CheckNow.run  # typed as one that takes nothing
    return rx.el.button(
        icon("check"),
        rx.cond(is_running, "Checking…", "Check now"),
        type="button",
        class_name="plain",
        custom_attrs={"aria-disabled": is_running},
        on_click=run(DetailsState.open_id),
    )


def _history_button() -> rx.Component:
    return rx.el.button(
        icon("history"),
        "History of changes",
        type="button",
        class_name="plain",
        on_click=VersionsDialog.open(DetailsState.open_id),
    )


def _breaker_button() -> rx.Component:
    def button(text: str, on_click: Any) -> rx.Component:
        return rx.el.button(icon("breaker"), text, type="button", class_name="plain", on_click=on_click)

    return rx.cond(
        DetailsState.has_breaker,
        button("Close the breaker", BreakerDialog.close_breaker(DetailsState.open_id)),
        rx.cond(
            DetailsState.enabled & ~DetailsState.in_maintenance,
            button("Open the breaker", BreakerDialog.ask(DetailsState.open_id)),
        ),
    )
