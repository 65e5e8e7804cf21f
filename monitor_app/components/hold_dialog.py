"""The question before services are paused or put into maintenance: why, and until when."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import FormFrame, Modal
from monitor_app.state.holds import PAUSE, HoldDialog


class HoldEnd(rx.Component):
    """Until when: quick choices, or a time of one's own. `until` is the end so far, 0 for none."""

    library = module("hold_end.jsx")
    tag = "HoldEnd"
    until: rx.Var[int]
    may_last: rx.Var[bool]
    wrong: rx.Var[str]


def hold_dialog() -> rx.Component:
    """What was typed stays when it is refused."""
    is_pause = HoldDialog.what == PAUSE
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                rx.el.p(
                    rx.cond(
                        is_pause,
                        "Nothing is checked meanwhile. It is no downtime, and left out of uptime.",
                        "Checks go on and show what they find, but nothing of it counts: it is no downtime, and left "
                        "out of uptime.",
                    ),
                    class_name="help",
                ),
                rx.cond(
                    ~is_pause,
                    rx.el.p(
                        "For later, or again and again: ",
                        rx.el.a("plan a maintenance window", href="/alerting/maintenance?edit=new"),
                        class_name="help",
                    ),
                ),
                rx.el.div(
                    _reason(),
                    HoldEnd.create(
                        until=HoldDialog.until,
                        may_last=is_pause,
                        wrong=rx.cond(HoldDialog.errors.contains("until"), HoldDialog.errors["until"], ""),
                    ),
                    class_name="fields",
                ),
                rx.cond(
                    HoldDialog.errors.contains(""),
                    rx.el.p(HoldDialog.errors[""], class_name="wrong", role="alert"),
                ),
                class_name="content",
            ),
            rx.el.footer(
                rx.el.span(class_name="space"),
                rx.el.button("Cancel", type="button", class_name="plain", on_click=HoldDialog.close),
                rx.el.button(rx.cond(is_pause, "Pause", "Begin maintenance"), type="submit", class_name="primary"),
            ),
            key=HoldDialog.asked.to_string(),
            on_save=HoldDialog.save,
        ),
        is_open=HoldDialog.is_open,
        title=HoldDialog.title,
        size="small",
        error_key=HoldDialog.refusals,
        on_close=HoldDialog.close,
    )


def _reason() -> rx.Component:
    wrong = HoldDialog.errors.contains("reason")
    return rx.el.div(
        rx.el.label("Reason", rx.el.span(" optional", class_name="optional"), html_for="hold-reason"),
        rx.el.div(
            rx.el.input(
                id="hold-reason",
                name="reason",
                type="text",
                default_value=HoldDialog.reason,
                placeholder="A new disk",
                auto_complete="off",
                max_length=200,
                custom_attrs={
                    "aria-describedby": "hold-below-reason",
                    "aria-invalid": rx.cond(wrong, "true", "false"),
                },
            ),
            class_name="box",
        ),
        rx.el.div(
            rx.cond(
                wrong,
                rx.el.p("Reason ", HoldDialog.errors["reason"], class_name="wrong"),
                rx.el.p("Others read it on the board.", class_name="help"),
            ),
            id="hold-below-reason",
        ),
        class_name="field",
    )
