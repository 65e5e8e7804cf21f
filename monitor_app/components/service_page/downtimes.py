"""The table of downtimes of a service's page, with what people wrote about them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import icon
from monitor_app.components.live import Span
from monitor_app.components.service_page.pages import pages, problem
from monitor_app.components.service_page.timeline import note_actions
from monitor_app.components.session import if_may
from monitor_app.security.permissions import NOTE_WRITE
from monitor_app.state.service_downtimes import DowntimesState
from monitor_app.state.service_notes import NoteDialog
from monitor_app.state.service_page import ServicePage

Row = rx.vars.ObjectVar[dict[str, Any]]


def downtimes() -> rx.Component:
    """The section."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Downtimes"),
            rx.el.span(class_name="space"),
            rx.cond(
                DowntimesState.rows.length() > 0,
                rx.el.a(
                    icon("download"),
                    "Export as CSV",
                    href="/api/services/" + ServicePage.sid + "/downtime.csv",
                    class_name="plain button",
                    # Not a page of ours that the router could show.
                    custom_attrs={"download": "", "reloadDocument": True},
                ),
            ),
            class_name="section-head",
        ),
        problem(DowntimesState),
        rx.cond(
            DowntimesState.rows.length() > 0,
            rx.el.div(_table(), class_name="section-table"),
            rx.cond(DowntimesState.is_loaded, rx.el.p("It was never down since it is watched.", class_name="help")),
        ),
        pages(DowntimesState, "downtimes"),
        id="downtimes",
    )


def _table() -> rx.Component:
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Began, and how long", scope="col", class_name="at-span"),
                rx.el.th("Cause", scope="col"),
                rx.el.th("Notes", scope="col", class_name="at-notes"),
            )
        ),
        rx.el.tbody(rx.foreach(DowntimesState.rows, _row)),
        class_name="plain-table downtimes-table",
    )


def _row(row: Row) -> rx.Component:
    write: Any = NoteDialog.write_about  # typed as one that takes nothing
    return rx.el.tr(
        rx.el.td(Span.create(at=row["at"].to(int), to=row["to"].to(int)), class_name="at-span"),
        rx.el.td(row["cause"].to(str), class_name="at-cause"),
        rx.el.td(
            rx.foreach(row["notes"].to(list[dict[str, Any]]), _note),
            if_may(
                NOTE_WRITE,
                rx.el.button("Write a note", type="button", class_name="quiet", on_click=write(row["id"].to(int))),
            ),
            class_name="at-notes",
        ),
        key=row["id"].to(str),
    )


def _note(note: Row) -> rx.Component:
    return rx.el.div(
        rx.el.p(rx.el.b(note["who"].to(str), ": "), note["text"].to(str), class_name="note-text"),
        note_actions(note),
        key=note["key"].to(str),
    )
