"""The paste box and what was found behind each line."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import Modal, PasteBox, icon
from monitor_app.components.live import Glyph
from monitor_app.state.paste import PasteState


def paste_dialog() -> rx.Component:
    """The paste box over the board."""
    return Modal.create(
        rx.el.div(paste_panel(auto_focus=True), class_name="content"),
        is_open=PasteState.is_open,
        title="Paste a list",
        size="wide",
        on_close=PasteState.close,
    )


def paste_panel(*, auto_focus: bool = False) -> rx.Component:
    """The box, and below it the lines."""
    return rx.fragment(
        PasteBox.create(
            is_busy=PasteState.is_busy,
            has_results=PasteState.total > 0,
            auto_focus=auto_focus,
            on_piece=PasteState.take,
        ),
        rx.el.button(
            "How other kinds of checks are written",
            type="button",
            class_name="quiet",
            custom_attrs={"aria-expanded": rx.cond(PasteState.forms.length() > 0, "true", "false")},
            on_click=PasteState.explain,
        ),
        rx.cond(PasteState.forms.length() > 0, _forms()),
        rx.cond(PasteState.error != "", rx.el.p("Addresses ", PasteState.error, class_name="wrong", role="alert")),
        rx.cond(PasteState.total > 0, _lines()),
    )


def _forms() -> rx.Component:
    return rx.el.dl(
        rx.foreach(
            PasteState.forms,
            lambda each: rx.fragment(rx.el.dt(each["kind"]), rx.el.dd(each["form"], class_name="mono")),
        ),
        class_name="config forms",
    )


def _lines() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(_summary(), role="status"),
            rx.el.span(class_name="space"),
            rx.cond(
                PasteState.savable > 0,
                rx.el.button(
                    rx.cond(
                        PasteState.savable == 1,
                        "Save 1 service",
                        "Save " + PasteState.savable.to_string() + " services",
                    ),
                    type="button",
                    class_name="primary",
                    on_click=PasteState.save,
                ),
            ),
            class_name="pasted-head",
        ),
        rx.cond(
            PasteState.done < PasteState.total,
            rx.el.div(rx.el.i(style={"width": PasteState.progress}), class_name="progress", aria_hidden=True),
        ),
        rx.el.div(rx.foreach(PasteState.lines, _line), class_name="lines"),
        rx.cond(
            PasteState.lines.length() < PasteState.total,
            rx.el.p(
                "Showing ",
                PasteState.lines.length(),
                " of ",
                PasteState.total,
                " lines, problems first.",
                class_name="help",
            ),
        ),
        class_name="pasted",
    )


def _summary() -> rx.Component:
    return rx.fragment(
        rx.cond(
            PasteState.done < PasteState.total,
            rx.fragment(
                rx.el.b(PasteState.done, class_name="mono"),
                " of ",
                rx.el.b(PasteState.total, class_name="mono"),
                " checked",
            ),
            rx.fragment(rx.el.b(PasteState.answering, class_name="mono"), " up"),
        ),
        rx.cond(PasteState.failing > 0, rx.fragment(", ", rx.el.b(PasteState.failing, class_name="mono"), " not up")),
        rx.cond(
            PasteState.left_out > 0, rx.fragment(", ", rx.el.b(PasteState.left_out, class_name="mono"), " left out")
        ),
    )


def _line(line: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    return rx.el.div(
        rx.el.span(line["number"].to(int), class_name="number mono"),
        rx.cond(
            line["status"].to(int) >= 0,
            Glyph.create(status=line["status"].to(int)),
            rx.cond(line["state"] == "refused", icon("close", 14), rx.el.i(class_name="dot", aria_hidden=True)),
        ),
        rx.el.span(
            rx.cond(line["kind"] != "", rx.el.span(line["kind"].to(str), class_name="chip")),
            line["address"].to(str),
            class_name="address mono",
            title=line["address"].to(str),
        ),
        rx.el.span(line["says"].to(str), class_name="says"),
        rx.el.span(line["time"].to(str), class_name="ms mono"),
        key=line["number"].to(str),
        class_name="line " + line["state"].to(str),
    )
