"""Says that a service was made by a configuration file, and what of it has drifted; or that a source tells of it."""

import reflex as rx

from monitor_app.components.controls import icon


def managed_note(managed_by: rx.Var[str], drift: rx.Var[str]) -> rx.Component:
    """Nothing for what people made."""
    return rx.cond(
        managed_by != "",
        rx.el.div(
            icon("details"),
            rx.el.div(
                rx.el.p(
                    "Made by ",
                    rx.el.span(managed_by, class_name="mono"),
                    ". What you change here drifts from the file and is put back by the next apply.",
                ),
                rx.cond(drift != "", rx.el.p("Not as the file says now: ", rx.el.strong(drift), ".")),
            ),
            class_name="managed",
        ),
    )


def source_note(words: rx.Var[str]) -> rx.Component:
    """Which source tells of a service; nothing for those that none does."""
    return rx.cond(words != "", rx.el.div(icon("lock"), rx.el.p(words), class_name="managed"))
