"""Alerts and incidents, which go through the API as every other client does; and what every page hears of them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app.components.browser import module
from monitor_app.components.service_map import PACKAGES
from monitor_app.state.alert_feed import AlertsFeed, AlertsState
from monitor_app.state.person import PersonState


class AlertsWatch(rx.Component):
    """Hears what becomes of alerts; draws nothing. `may` are the permissions of who looks."""

    library = module("alerts_watch.jsx")
    tag = "AlertsWatch"
    may: rx.Var[list[str]]
    snapshot: rx.Var[dict[str, Any]]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_listen: rx.EventHandler[rx.event.no_args_event_spec]


class Alerts(rx.Component):
    """What fires, and what one does about it; `me` is the name of who looks."""

    library = module("alerts.jsx")
    tag = "Alerts"
    may: rx.Var[list[str]]
    me: rx.Var[str]


class Incident(rx.Component):
    """The incident that the address names."""

    library = module("incident.jsx")
    tag = "Incident"
    lib_dependencies: list[str] = [PACKAGES[1]]  # noqa: RUF012 - a field of the component, copied for each
    may: rx.Var[list[str]]
    me: rx.Var[str]


def alerts_watch() -> rx.Component:
    """Stands on every page of the frame, once."""
    return AlertsWatch.create(
        may=PersonState.may,
        snapshot=AlertsState.snapshot,
        feed_state=AlertsFeed.get_full_name(),
        feed_var="patch" + FIELD_MARKER,
        on_listen=AlertsState.listen,
    )


def alerts() -> rx.Component:
    """Stands on a page once."""
    return Alerts.create(may=PersonState.may, me=PersonState.username)


def incident() -> rx.Component:
    """Stands on a page once."""
    return Incident.create(may=PersonState.may, me=PersonState.username)
