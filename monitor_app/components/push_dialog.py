"""Where a service reports to, with commands to copy, and the way to a new address."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.controls import CopyLine, Modal
from monitor_app.state.push import PushDialog

CURL = "curl -fsS -m 10 --retry 3 "


def push_dialog() -> rx.Component:
    """The address is here only while the dialog is open."""
    return Modal.create(
        rx.el.div(
            rx.el.p(
                "Whoever knows this address can report for the service: keep it as you keep a password.",
                class_name="help",
            ),
            CopyLine.create(title="Address", text=PushDialog.address),
            CopyLine.create(title="When it is done and well", text=CURL + PushDialog.address),
            CopyLine.create(title="When it begins, to measure its run", text=CURL + PushDialog.address + "/start"),
            CopyLine.create(
                title="When it failed, with a message",
                text=CURL + '--data-raw "no space left" ' + PushDialog.address + "/fail",
            ),
            rx.cond(PushDialog.error != "", rx.el.p(PushDialog.error, class_name="wrong", role="alert")),
            class_name="content copy-lines",
        ),
        rx.cond(PushDialog.is_asking, _question(), _buttons()),
        is_open=PushDialog.is_open,
        title=PushDialog.label + " reports to",
        size="medium",
        guard=False,
        on_close=PushDialog.close,
    )


def _buttons() -> rx.Component:
    return rx.el.footer(
        rx.el.button("Renew the address", type="button", class_name="plain dangerous", on_click=PushDialog.ask),
        rx.el.span(class_name="space"),
        rx.el.button("Done", type="button", class_name="primary", on_click=PushDialog.close),
    )


def _question() -> rx.Component:
    return rx.el.footer(
        rx.el.span(
            "The old address stops working at once: whatever reports to it has to be told the new one.",
            class_name="question",
        ),
        rx.el.button("Keep it", type="button", class_name="plain", auto_focus=True, on_click=PushDialog.keep),
        rx.el.button("Renew it now", type="button", class_name="primary dangerous", on_click=PushDialog.renew),
        role="alertdialog",
        aria_label="Renew the address?",
    )
