"""Maintenance windows and silences: their page, and what a service's page says of what is planned."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.person import PersonState


class Maintenance(rx.Component):
    """The calendar, the windows, the silences. `may` are the permissions of who looks."""

    library = module("maintenance.jsx")
    tag = "Maintenance"
    may: rx.Var[list[str]]


class NextMaintenance(rx.Component):
    """What is planned next for the service `sid`; nothing when nothing is."""

    library = module("next_maintenance.jsx")
    tag = "NextMaintenance"
    sid: rx.Var[str]


def maintenance() -> rx.Component:
    """Stands on a page once."""
    return Maintenance.create(may=PersonState.may)
