"""How a service will look on the board, and what a test of it found."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.found import found
from monitor_app.components.live import StatusWord
from monitor_app.state.services import ServiceDialog

_UNKNOWN = 5


def preview() -> rx.Component:
    """The row, then the test; before there is one, what it is for."""
    return rx.fragment(
        rx.el.h3("On the board"),
        _row(),
        rx.cond(
            ServiceDialog.card["wrong"].to(int) > 0,
            rx.el.p(
                rx.cond(
                    ServiceDialog.card["wrong"].to(int) > 1,
                    rx.fragment(ServiceDialog.card["wrong"].to(int), " fields have"),
                    "1 field has",
                ),
                " to be put right before it can be saved.",
                class_name="wrong",
            ),
        ),
        rx.el.h3("Test run"),
        rx.cond(
            ServiceDialog.found.contains("status"),
            found(ServiceDialog.found),
            rx.el.p(
                rx.cond(
                    ServiceDialog.is_testing,
                    "The check runs …",
                    "“Test now” runs the real check once, without saving anything.",
                ),
                class_name="help",
                role="status",
            ),
        ),
    )


def _row() -> rx.Component:
    card = ServiceDialog.card

    def chip(name: str, class_name: str) -> rx.Component:
        return rx.cond(card[name].to(str) != "", rx.el.span(card[name].to(str), class_name=class_name))

    return rx.el.div(
        StatusWord.create(
            status=rx.cond(ServiceDialog.found.contains("status"), ServiceDialog.found["status"].to(int), _UNKNOWN)
        ),
        rx.el.div(
            rx.el.span(card["label"].to(str), class_name="label"),
            rx.el.span(card["target"].to(str), class_name="target mono"),
            rx.el.span(
                chip("group", "chip group"),
                chip("environment", "chip"),
                rx.foreach(card["tags"].to(list[str]), lambda tag: rx.el.span(tag, class_name="chip")),
                class_name="chips",
            ),
            class_name="who",
        ),
        rx.el.span(
            rx.cond(ServiceDialog.found.contains("time"), ServiceDialog.found["time"].to(str), "–"),
            class_name="mono ms",
        ),
        rx.el.p(card["kind"].to(str), ", every ", card["interval"].to(str), " s", class_name="muted facts"),
        class_name="preview-row",
    )
