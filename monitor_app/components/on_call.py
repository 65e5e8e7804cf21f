"""Escalation policies, on-call schedules and quiet hours, which go through the API as every other client does."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.person import PersonState


class OnCall(rx.Component):
    """Policies as lines, schedules with their calendar, and the forms of both. `may`: permissions of who looks."""

    library = module("on_call.jsx")
    tag = "OnCall"
    may: rx.Var[list[str]]


class QuietHours(rx.Component):
    """When the person who looks is not told of what can wait."""

    library = module("quiet_hours.jsx")
    tag = "QuietHours"


def on_call() -> rx.Component:
    """Stands on a page once."""
    return OnCall.create(may=PersonState.may)


def quiet_hours() -> rx.Component:
    """A section of one's own profile."""
    words = "When your own channels keep what can wait. It is told when they are over, if it is still true."
    return rx.el.section(
        rx.el.div(rx.el.h2("Quiet hours"), rx.el.p(words, class_name="help"), class_name="about"),
        rx.el.div(QuietHours.create(), class_name="what"),
    )
