"""The last results of a service's page, and one of them in full."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Stamp
from monitor_app.components.controls import Modal
from monitor_app.components.found import phase_bar
from monitor_app.components.live import Glyph, StatusWord
from monitor_app.components.service_page.pages import pages, problem
from monitor_app.components.service_page.report import report
from monitor_app.state.service_results import ResultsState

Row = rx.vars.ObjectVar[dict[str, Any]]


def results() -> rx.Component:
    """The section."""
    return rx.el.section(
        rx.el.div(rx.el.h2("Last results"), class_name="section-head"),
        problem(ResultsState),
        rx.cond(
            ResultsState.rows.length() > 0,
            rx.el.div(_table(), class_name="section-table"),
            rx.cond(
                ResultsState.is_loaded,
                rx.el.p("Nothing yet: the first check comes within its interval.", class_name="help"),
            ),
        ),
        pages(ResultsState, "results"),
        _dialog(),
        id="results",
    )


def _table() -> rx.Component:
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(rx.el.span("Status", class_name="for-readers"), scope="col", class_name="at-status"),
                rx.el.th("When", scope="col", class_name="at-when"),
                rx.el.th("Response", scope="col", class_name="at-time"),
                rx.el.th("What it says", scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(ResultsState.rows, _row)),
        class_name="plain-table results-table",
    )


def _row(row: Row) -> rx.Component:
    open_it: Any = ResultsState.open  # typed as one that takes nothing
    return rx.el.tr(
        rx.el.td(Glyph.create(status=row["status"].to(int)), class_name="at-status"),
        rx.el.td(Stamp.create(at=row["at"].to(int)), class_name="at-when"),
        rx.el.td(row["time"].to(str), class_name="at-time mono"),
        rx.el.td(
            rx.el.div(
                rx.el.button(
                    rx.cond(row["says"].to(str) != "", row["says"].to(str), "No message"),
                    type="button",
                    class_name="open",
                    title=row["says"].to(str),
                    on_click=open_it(row["id"].to(int)),
                ),
                rx.cond(row["is_kept"].to(bool), rx.el.span("in full", class_name="chip")),
            ),
        ),
        key=row["id"].to(str),
    )


def _dialog() -> rx.Component:
    return Modal.create(
        rx.cond(ResultsState.open_id > 0, _in_full()),
        is_open=ResultsState.open_id > 0,
        title="One result in full",
        size="wide",
        guard=False,
        on_close=ResultsState.close,
    )


def _in_full() -> rx.Component:
    opened = ResultsState.opened
    return rx.el.div(
        rx.el.div(
            StatusWord.create(status=opened["status"].to(int)),
            rx.el.span(Stamp.create(at=opened["at"].to(int)), class_name="muted"),
            rx.el.span(class_name="space"),
            rx.el.span(opened["time"].to(str), class_name="mono"),
            class_name="head",
        ),
        rx.el.p(opened["says"].to(str), class_name="message"),
        rx.cond(ResultsState.phases.length() > 0, rx.el.section(rx.el.h3("Phases"), phase_bar(ResultsState.phases))),
        rx.cond(ResultsState.metrics.length() > 0, _measured()),
        rx.cond(
            ResultsState.is_kept,
            report(ResultsState.sections),
            rx.el.p(
                "Nothing more is kept of this one: in full only the newest are, and the last ten that were not OK.",
                class_name="help",
            ),
        ),
        class_name="content result-in-full",
    )


def _measured() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Measured"),
        rx.el.dl(
            rx.foreach(
                ResultsState.metrics,
                lambda one: rx.el.div(rx.el.dt(one["name"]), rx.el.dd(one["text"], class_name="mono")),
            ),
            class_name="report-facts",
        ),
    )
