"""What a probe found: verdict, message, and its phases as one bar or one below the other."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.live import StatusWord


def phase_bar(phases: rx.Var[list[dict[str, str]]]) -> rx.Component:
    """Each phase as wide as its share of the time, and its time below."""
    return rx.fragment(
        rx.el.div(
            rx.foreach(phases, lambda phase: rx.el.i(style={"width": phase["share"]}, title=phase["name"])),
            class_name="phases",
            aria_hidden=True,
        ),
        rx.el.div(
            rx.foreach(phases, lambda phase: rx.el.span(phase["name"], " ", rx.el.b(phase["time"], class_name="mono"))),
            class_name="phase-names",
        ),
    )


def found(finding: rx.Var[dict[str, Any]]) -> rx.Component:
    """What "Test now" found: verdict, message, phases one after the other, figures."""
    phases = finding["phases"].to(list[dict[str, str]])
    metrics = finding["metrics"].to(list[dict[str, str]])
    return rx.el.div(
        rx.el.div(
            StatusWord.create(status=finding["status"].to(int)),
            rx.el.span(class_name="space"),
            rx.el.span(finding["time"].to(str), class_name="mono"),
            class_name="head",
        ),
        rx.el.p(finding["message"].to(str), class_name="message"),
        rx.cond(phases.length() > 0, rx.el.ol(rx.foreach(phases, _phase), class_name="waterfall")),
        rx.cond(
            metrics.length() > 0,
            rx.el.dl(
                rx.foreach(
                    metrics,
                    lambda one: rx.el.div(rx.el.dt(one["name"]), rx.el.dd(one["text"], class_name="mono")),
                ),
                class_name="figures",
            ),
        ),
        class_name="found",
        role="status",
    )


def _phase(phase: rx.Var[dict[str, str]]) -> rx.Component:
    """A bar that begins where the one before it ends."""
    return rx.el.li(
        rx.el.span(phase["name"]),
        rx.el.span(
            rx.el.i(style={"marginLeft": phase["start"], "width": phase["share"]}),
            class_name="track",
            aria_hidden=True,
        ),
        rx.el.b(phase["time"], class_name="mono"),
    )
