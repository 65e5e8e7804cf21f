"""The part of a service's details that tells what it depends on, and what depends on it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import OpenButton, icon
from monitor_app.components.live import Glyph
from monitor_app.components.session import if_may
from monitor_app.security.permissions import RELATION_WRITE
from monitor_app.state.details import DetailsState
from monitor_app.state.relation_dialog import RelationDialog

Row = rx.vars.ObjectVar[dict[str, Any]]


def service_relations() -> rx.Component:
    """Two lists, each entry of which opens in the same panel."""
    return rx.fragment(
        _side("Depends on", DetailsState.related["needs"]), _side("Used by", DetailsState.related["neededBy"])
    )


def add_relation() -> rx.Component:
    """A button for who may."""
    return if_may(
        RELATION_WRITE,
        rx.el.button(
            icon("link"),
            "Add relation",
            type="button",
            class_name="plain",
            on_click=RelationDialog.open_new(DetailsState.open_id, ""),
        ),
    )


def _side(title: str, side: Row) -> rx.Component:
    rows = side["rows"].to(list[dict[str, Any]])
    return rx.cond(
        rows.length() > 0,
        rx.el.section(
            rx.el.h3(title),
            rx.el.ul(rx.foreach(rows, _row), class_name="members related"),
            rx.cond(
                side["more"].to(int) > 0,
                if_may(
                    RELATION_WRITE,
                    rx.el.a(
                        side["more"].to(int),
                        " more",
                        href="/admin/relations?service=" + DetailsState.row["sid"].to(str),
                        class_name="help",
                    ),
                    rx.el.p(side["more"].to(int), " more", class_name="help"),
                ),
            ),
        ),
    )


def _row(row: Row) -> rx.Component:
    return rx.el.li(
        Glyph.create(status=row["status"].to(int)),
        OpenButton.create(row["label"].to(str), sid=row["sid"].to(str), on_open=DetailsState.open(row["pk"].to(int))),
        rx.el.span(row["says"].to(str), class_name="says", title=row["says"].to(str)),
        if_may(
            RELATION_WRITE,
            rx.el.button(
                icon("edit", 14),
                type="button",
                class_name="icon-button",
                aria_label="Edit the relation with " + row["label"].to(str),
                on_click=RelationDialog.open_edit(row["id"].to(int)),
            ),
        ),
        class_name=rx.cond(row["enabled"].to(bool), "", "off"),
        key=row["id"].to(str),
    )
