"""The way to older and newer entries of a list that goes from the newest back."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx


def pages(state: Any, what: str) -> rx.Component:
    """Two buttons; nothing where one page is all there is. `what` is what is listed, for those who hear it."""

    def button(text: str, is_there: Any, on_click: Any) -> rx.Component:
        # Not `disabled`: that would take the focus away at the last page.
        return rx.el.button(
            text,
            type="button",
            class_name="plain",
            aria_label=f"{text} {what}",
            custom_attrs={"aria-disabled": rx.cond(is_there, "false", "true")},
            on_click=on_click,
        )

    return rx.cond(
        state.has_older | state.has_newer,
        rx.el.div(
            button("Newer", state.has_newer, state.newer),
            button("Older", state.has_older, state.older),
            class_name="list-pages",
        ),
    )


def problem(state: Any) -> rx.Component:
    """Why it could not be read."""
    return rx.cond(state.problem != "", rx.el.p(state.problem, class_name="wrong", role="alert"))
