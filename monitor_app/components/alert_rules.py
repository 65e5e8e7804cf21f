"""Alert rules, which go through the API as every other client does."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.person import PersonState


class AlertRules(rx.Component):
    """The list of rules, and the form of one, which can be tried on the past. `may`: permissions of who looks."""

    library = module("alert_rules.jsx")
    tag = "AlertRules"
    may: rx.Var[list[str]]


def alert_rules() -> rx.Component:
    """Stands on a page once."""
    return AlertRules.create(may=PersonState.may)
