"""What Consul tells of, as one Reflex component; all of it goes through the API, as every other client's does."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="type-arg, valid-type, arg-type, attr-defined"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one
from monitor_app.domain.account import HISTORY_GRANULARITIES, REFRESH_SECONDS
from monitor_app.state.display import DisplayState
from monitor_app.state.person import PersonState
from monitor_app.state.rows.feed import PATCH_VAR
from monitor_app.state.source_feed import SourcesFeed, SourcesState


class ConsulPage(rx.Component):
    """Connections, services with their checks and their last 24 hours. `may` are the permissions of who looks."""

    library = module("consul.jsx")
    tag = "ConsulPage"
    may: rx.Var[list[str]]
    intervals: rx.Var[list[int]]
    granularities: rx.Var[list[int]]
    snapshot: rx.Var[dict[str, Any]]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_take: rx.EventHandler[one]
    on_listen: rx.EventHandler[rx.event.no_args_event_spec]
    on_rest: rx.EventHandler[rx.event.no_args_event_spec]


def consul_page() -> rx.Component:
    """Stands on a page once."""
    return ConsulPage.create(
        may=PersonState.may,
        intervals=list(REFRESH_SECONDS),
        granularities=list(HISTORY_GRANULARITIES),
        snapshot=SourcesState.snapshot,
        feed_state=SourcesFeed.get_full_name(),
        feed_var=PATCH_VAR,
        on_take=DisplayState.take,
        on_listen=SourcesState.listen,
        on_rest=SourcesState.rest,
    )
