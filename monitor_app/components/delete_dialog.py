"""The question before services are deleted."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import Modal
from monitor_app.state.delete_dialog import DeleteDialog

Fact = rx.vars.ObjectVar[dict[str, Any]]


def delete_dialog() -> rx.Component:
    """What hangs on them, and that they can come back."""
    return Modal.create(
        rx.el.div(
            rx.cond(DeleteDialog.names != "", rx.el.p(DeleteDialog.names, class_name="named")),
            rx.cond(
                DeleteDialog.facts.length() > 0,
                rx.el.dl(rx.foreach(DeleteDialog.facts, _fact), class_name="hanging"),
                rx.el.p("Nothing else depends on it.", class_name="muted"),
            ),
            rx.cond(DeleteDialog.can_delete, rx.el.p(DeleteDialog.after, class_name="help")),
            class_name="content delete-question",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Keep", type="button", class_name="plain", on_click=DeleteDialog.keep),
            rx.cond(
                DeleteDialog.can_delete,
                rx.el.button(
                    DeleteDialog.button,
                    type="button",
                    class_name="primary dangerous",
                    custom_attrs={"data-autofocus": ""},
                    on_click=DeleteDialog.delete,
                ),
            ),
        ),
        is_open=DeleteDialog.is_open,
        title=DeleteDialog.title,
        size="small",
        guard=False,
        on_close=DeleteDialog.keep,
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(rx.el.dt(fact["what"].to(str)), rx.el.dd(fact["names"].to(str)))
