"""The question before a circuit breaker is opened by hand."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.controls import FormFrame, Modal
from monitor_app.state.breaker import BreakerDialog


def breaker_dialog() -> rx.Component:
    """Reason and time; what was typed stays when it is refused."""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                rx.el.p(
                    "Nothing is checked while the breaker is open. A service that is down stays down and the time "
                    "counts; one that is not shows as stopped, and the time counts as neither.",
                    class_name="help",
                ),
                rx.el.div(
                    _field("reason", "Reason", "Others read it on the board.", ""),
                    _field("minutes", "For", "Until somebody closes it when left blank.", "min"),
                    class_name="fields",
                ),
                rx.cond(
                    BreakerDialog.errors.contains(""),
                    rx.el.p(BreakerDialog.errors[""], class_name="wrong", role="alert"),
                ),
                class_name="content",
            ),
            rx.el.footer(
                rx.el.span(class_name="space"),
                rx.el.button("Keep checking", type="button", class_name="plain", on_click=BreakerDialog.close),
                rx.el.button("Pause checks", type="submit", class_name="primary"),
            ),
            key=BreakerDialog.label,
            on_save=BreakerDialog.save,
        ),
        is_open=BreakerDialog.is_open,
        title="Open the circuit breaker of " + BreakerDialog.label,
        size="small",
        error_key=BreakerDialog.refusals,
        on_close=BreakerDialog.close,
    )


def _field(name: str, title: str, text: str, unit: str) -> rx.Component:
    wrong = BreakerDialog.errors.contains(name)
    return rx.el.div(
        rx.el.label(title, rx.el.span(" optional", class_name="optional") if unit else "", html_for="breaker-" + name),
        rx.el.div(
            rx.el.input(
                id="breaker-" + name,
                name=name,
                type="text",
                input_mode="decimal" if unit else "text",
                auto_complete="off",
                custom_attrs={
                    "aria-describedby": "breaker-below-" + name,
                    "aria-invalid": rx.cond(wrong, "true", "false"),
                },
            ),
            rx.el.span(unit, class_name="unit") if unit else "",
            class_name="box with-unit" if unit else "box",
        ),
        rx.el.div(
            rx.cond(
                wrong,
                rx.el.p(title, " ", BreakerDialog.errors[name], class_name="wrong"),
                rx.el.p(text, class_name="help"),
            ),
            id="breaker-below-" + name,
        ),
        class_name="field half" if unit else "field",
    )
