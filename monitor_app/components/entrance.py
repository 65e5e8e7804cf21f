"""The frame around pages without a rail, such as those before the log-in: the brand, one thing, nothing else."""

# mypy: disable-error-code="no-any-return"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import Bulb, ThemeSwitch


class AuthForm(rx.Component):
    """A form that opens a session. `kind`: login, setup, invitation, wall or password."""

    library = module("auth_form.jsx")
    tag = "AuthForm"
    kind: rx.Var[str]
    username: rx.Var[str]


def entrance(title: str, text: str, kind: str) -> rx.Component:
    """A page with one form in the middle."""
    return plain_page(title, text, AuthForm.create(kind=kind))


def plain_page(title: str, text: str, content: rx.Component) -> rx.Component:
    """A page with one thing in the middle."""
    return rx.el.div(
        rx.el.div(ThemeSwitch.create(), class_name="corner"),
        rx.el.main(
            rx.el.div(Bulb.create(), "Lightbulb", class_name="entrance-brand"),
            rx.el.h1(title),
            rx.el.p(text, class_name="muted") if text else rx.fragment(),
            content,
            id="main",
            class_name="entrance-card",
        ),
        class_name="entrance",
    )
