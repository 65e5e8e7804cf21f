"""The timeline of a service's page: what happened, what people changed, and what they wrote."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any, Final

import reflex as rx

from monitor_app.components.admin import Stamp
from monitor_app.components.controls import FormFrame, Modal, icon
from monitor_app.components.live import Glyph
from monitor_app.components.service_page.pages import pages, problem
from monitor_app.components.session import if_may
from monitor_app.security.permissions import NOTE_WRITE
from monitor_app.state.service_notes import NoteDialog
from monitor_app.state.service_timeline import TimelineState

Row = rx.vars.ObjectVar[dict[str, Any]]
_SORTS: Final = (
    ("", "All"),
    ("status", "Status"),
    ("breaker", "Breaker"),
    ("alert", "Alerts"),
    ("edit", "Edits"),
    ("note", "Notes"),
)
_ICONS: Final = (("breaker", "breaker"), ("alert", "bell"), ("edit", "edit"), ("note", "bookmark"))


def timeline() -> rx.Component:
    """The section."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Timeline"),
            rx.el.div(*(_sort(*each) for each in _SORTS), class_name="sort-choice", role="group", aria_label="Show"),
            rx.el.span(class_name="space"),
            if_may(NOTE_WRITE, _write()),
            class_name="section-head",
        ),
        problem(TimelineState),
        rx.cond(
            TimelineState.entries.length() > 0,
            rx.el.ol(rx.foreach(TimelineState.entries, _entry), class_name="timeline"),
            rx.cond(TimelineState.is_loaded, rx.el.p("Nothing of this has happened yet.", class_name="help")),
        ),
        pages(TimelineState, "entries"),
        note_dialog(),
        id="timeline",
    )


def _sort(sort: str, title: str) -> rx.Component:
    choose: Any = TimelineState.choose  # typed as one that takes nothing
    return rx.el.button(
        title,
        type="button",
        custom_attrs={"aria-pressed": rx.cond(TimelineState.sort == sort, "true", "false")},
        on_click=choose(sort),
    )


def _write() -> rx.Component:
    return rx.el.button(icon("plus"), "Write a note", type="button", class_name="plain", on_click=NoteDialog.write)


def _entry(row: Row) -> rx.Component:
    sort = row["sort"].to(str)
    return rx.el.li(
        rx.el.span(
            rx.cond(
                sort == "status",
                Glyph.create(status=row["status"].to(int)),
                rx.match(sort, *((name, icon(shown, 14)) for name, shown in _ICONS), icon("history", 14)),
            ),
            class_name="mark",
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(row["who"].to(str) != "", rx.el.b(row["who"].to(str), " ")),
                rx.cond(
                    row["incident"].to(int) != 0,
                    rx.el.a(row["says"].to(str), href="/incidents/" + row["incident"].to(str)),
                    row["says"].to(str),
                ),
                rx.cond(row["about_downtime"].to(bool), " about a downtime", ""),
                rx.cond(row["is_edited"].to(bool), rx.el.span(" · edited", class_name="muted")),
                class_name="did",
            ),
            rx.cond(row["text"].to(str) != "", rx.el.p(row["text"].to(str), class_name="note-text")),
            rx.cond(row["changed"].to(list[dict[str, str]]).length() > 0, _changes(row)),
            note_actions(row),
            class_name="what",
        ),
        rx.el.span(Stamp.create(at=row["at"].to(int)), class_name="when muted"),
        key=row["key"].to(str),
        class_name="happening",
    )


def note_actions(row: Row) -> rx.Component:
    """For who wrote a note, and for administrators."""
    pk = row["pk"].to(int)
    return rx.cond(
        row["may"].to(bool),
        rx.el.span(
            rx.cond(
                NoteDialog.asked == pk,
                rx.fragment(
                    rx.el.span("Delete it for good?"),
                    _quiet("Delete", "remove", pk, "quiet dangerous"),
                    _quiet("Keep it", "ask", 0),
                ),
                rx.fragment(_quiet("Change", "edit", pk), _quiet("Delete…", "ask", pk)),
            ),
            class_name="note-actions",
        ),
    )


def _quiet(text: str, handler: str, given: Any, class_name: str = "quiet") -> rx.Component:
    return rx.el.button(text, type="button", class_name=class_name, on_click=getattr(NoteDialog, handler)(given))


def _changes(row: Row) -> rx.Component:
    return rx.el.details(
        rx.el.summary("What changed"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(rx.el.th("What", scope="col"), rx.el.th("Before", scope="col"), rx.el.th("After", scope="col"))
            ),
            rx.el.tbody(
                rx.foreach(
                    row["changed"].to(list[dict[str, str]]),
                    lambda change: rx.el.tr(
                        rx.el.th(change["name"], scope="row"),
                        rx.el.td(rx.el.del_(change["before"])),
                        rx.el.td(rx.el.ins(change["after"])),
                    ),
                )
            ),
            class_name="changes-of",
        ),
    )


def note_dialog() -> rx.Component:
    """One for the whole page."""
    wrong = NoteDialog.error != ""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                rx.el.div(
                    rx.el.div(
                        rx.el.label("Text", html_for="note-text"),
                        rx.el.div(
                            rx.el.textarea(
                                id="note-text",
                                name="text",
                                rows="6",
                                max_length=4000,
                                default_value=NoteDialog.text,
                                custom_attrs={
                                    "aria-describedby": "note-below",
                                    "aria-invalid": rx.cond(wrong, "true", "false"),
                                },
                            ),
                            class_name="box",
                        ),
                        rx.el.div(
                            rx.cond(
                                wrong,
                                rx.el.p(NoteDialog.error, class_name="wrong", role="alert"),
                                rx.el.p("For everybody with an account; never on public pages.", class_name="help"),
                            ),
                            id="note-below",
                        ),
                        class_name="field",
                    ),
                    class_name="fields",
                ),
                class_name="content",
            ),
            rx.el.footer(
                rx.el.span(class_name="space"),
                rx.el.button("Cancel", type="button", class_name="plain", on_click=NoteDialog.close),
                rx.el.button("Keep the note", type="submit", class_name="primary"),
            ),
            key=NoteDialog.key,
            on_save=NoteDialog.save,
        ),
        is_open=NoteDialog.is_open,
        title=NoteDialog.title,
        size="small",
        error_key=NoteDialog.refusals,
        on_close=NoteDialog.close,
    )
