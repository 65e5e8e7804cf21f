"""Services that were deleted lately, to bring them back."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import Ago, Until
from monitor_app.components.controls import Modal
from monitor_app.state.deleted import DeletedDialog

Row = rx.vars.ObjectVar[dict[str, Any]]


def deleted_dialog() -> rx.Component:
    """Search, then one row a service, the last first."""
    return Modal.create(
        rx.el.div(
            rx.el.p(
                "What was deleted in the last 30 days comes back with its history, relations and secrets.",
                class_name="help",
            ),
            rx.el.div(
                rx.el.input(
                    type="search",
                    placeholder="Find by name or id",
                    aria_label="Find a deleted service",
                    auto_complete="off",
                    value=DeletedDialog.search,
                    on_change=DeletedDialog.find.debounce(250),
                    class_name="find",
                ),
                class_name="field",
            ),
            rx.cond(
                DeletedDialog.rows.length() > 0,
                rx.el.ul(rx.foreach(DeletedDialog.rows, _row), class_name="deleted-list"),
                rx.el.p(
                    rx.cond(
                        DeletedDialog.search == "",
                        "Nothing was deleted in the last 30 days.",
                        "Nothing that was deleted is called so.",
                    ),
                    class_name="muted nothing",
                ),
            ),
            rx.cond(
                DeletedDialog.total > DeletedDialog.rows.length(),
                rx.el.p(
                    DeletedDialog.rows.length(),
                    " of ",
                    DeletedDialog.total,
                    ": search for the others.",
                    class_name="help",
                ),
            ),
            class_name="content",
        ),
        is_open=DeletedDialog.is_open,
        title="Recently deleted",
        size="medium",
        guard=False,
        on_close=DeletedDialog.close,
    )


def _row(row: Row) -> rx.Component:
    label = row["label"].to(str)
    return rx.el.li(
        rx.el.div(
            rx.el.b(label),
            rx.el.span(row["sid"].to(str), class_name="mono muted"),
            rx.cond(
                row["is_taken"].to(bool),
                rx.el.p("Another service has this id by now: it comes back under a new one.", class_name="help"),
            ),
            class_name="who",
        ),
        rx.el.div(
            rx.el.span("Deleted ", Ago.create(at=row["at"].to(int), never="")),
            rx.cond(row["by"].to(str) != "", rx.el.span(" by ", row["by"].to(str))),
            rx.el.br(),
            rx.el.span("Gone ", Until.create(at=row["gone_at"].to(int), never="", over="any moment")),
            class_name="when muted",
        ),
        rx.el.button(
            "Restore",
            type="button",
            class_name="plain",
            custom_attrs={"aria-label": "Restore " + label},
            on_click=DeletedDialog.restore(row["pk"].to(int)),
        ),
        key=row["pk"].to(str),
    )
