"""What a check showed in full, drawn from its sections whatever the kind: facts, tables, texts."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

Section = rx.vars.ObjectVar[dict[str, Any]]


def report(sections: Any) -> rx.Component:
    """One below the other; `sections` are those of domain/report.sections_of."""
    return rx.el.div(rx.foreach(sections, _section), class_name="report")


def _section(section: Section) -> rx.Component:
    form = section["form"].to(str)
    return rx.el.section(
        rx.el.h3(section["title"].to(str)),
        rx.cond(
            section["is_hidden"].to(bool),
            rx.el.p(
                rx.cond(
                    section["is_private"].to(bool),
                    "Only editors and administrators see this.",
                    "Only people with an account see this.",
                ),
                class_name="help",
            ),
            rx.cond(
                form == "facts", _facts(section), rx.cond(form == "table", _table(section), _text(section["text"]))
            ),
        ),
        rx.cond(section["is_cut"].to(bool), rx.el.p("There was more; only this much is kept.", class_name="help")),
    )


def _facts(section: Section) -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            section["rows"].to(list[list[str]]),
            lambda row: rx.el.div(rx.el.dt(row[0]), rx.el.dd(row[1], class_name="mono")),
        ),
        class_name="report-facts",
    )


def _table(section: Section) -> rx.Component:
    """In a frame of its own that scrolls sideways, so that the page does not."""
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(rx.foreach(section["columns"].to(list[str]), lambda name: rx.el.th(name, scope="col")))
            ),
            rx.el.tbody(
                rx.foreach(
                    section["rows"].to(list[list[str]]),
                    lambda row: rx.el.tr(rx.foreach(row, lambda cell: rx.el.td(cell, class_name="mono"))),
                )
            ),
        ),
        class_name="report-table",
        tab_index=0,
        role="region",
        aria_label=section["title"].to(str),
    )


def _text(text: Any) -> rx.Component:
    return rx.el.pre(text.to(str), class_name="report-text", tab_index=0)
