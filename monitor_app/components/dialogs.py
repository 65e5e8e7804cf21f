"""The dialogs that may open on every page of the frame: each stands here once."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.breaker_dialog import breaker_dialog
from monitor_app.components.controls import Modal
from monitor_app.components.paste import paste_dialog
from monitor_app.components.push_dialog import push_dialog
from monitor_app.components.service_form import service_dialog
from monitor_app.state.services import RowActions


def dialogs() -> rx.Component:
    """Who opens one from anywhere returns its event; what it changes shows by `show_own_change`."""
    return rx.fragment(
        service_dialog(),
        paste_dialog(),
        breaker_dialog(),
        push_dialog(),
        _delete_question(),
    )


def _delete_question() -> rx.Component:
    return Modal.create(
        rx.el.div(
            rx.el.p(
                rx.el.b(RowActions.label),
                " is not checked any more and leaves the board. "
                "Undo in the message that follows brings it back, with its history.",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Keep it", type="button", class_name="plain", on_click=RowActions.keep),
            rx.el.button(
                "Delete " + RowActions.label,
                type="button",
                class_name="primary dangerous",
                custom_attrs={"data-autofocus": ""},
                on_click=RowActions.delete,
            ),
        ),
        is_open=RowActions.is_asking,
        title="Delete this service?",
        size="small",
        guard=False,
        on_close=RowActions.keep,
    )
