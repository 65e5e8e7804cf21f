"""Parts of the screens of relations that live in the browser."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two


class ServicePicker(rx.Component):
    """Finds services as one types: one, or several with `is_multi`.

    `chosen` and the options of `answers` are as state/service_choice.py makes them; `name` comes first in each event.
    """

    library = module("service_picker.jsx")
    tag = "ServicePicker"
    name: rx.Var[str]
    label: rx.Var[str]
    placeholder: rx.Var[str]
    chosen: rx.Var[list[dict[str, Any]]]
    answers: rx.Var[dict[str, Any]]
    is_multi: rx.Var[bool]
    error: rx.Var[str]
    auto_focus: rx.Var[bool]
    on_ask: rx.EventHandler[two]
    on_pick: rx.EventHandler[two]
    on_drop: rx.EventHandler[two]
    on_open: rx.EventHandler[one]


class CirclePath(rx.Component):
    """The circle that would be closed, and what could be cut."""

    library = module("circle_path.jsx")
    tag = "CirclePath"
    circle: rx.Var[dict[str, Any]]
    on_cut: rx.EventHandler[two]


class RelationTypes(rx.Component):
    """The types as cards."""

    library = module("relation_types.jsx")
    tag = "RelationTypes"
    types: rx.Var[list[dict[str, Any]]]
    chosen: rx.Var[str]
    on_choose: rx.EventHandler[one]


class RelationTable(rx.Component):
    """The rows of a page; statuses follow the map's feed. When `answered` changes, what was switched is settled."""

    library = module("relation_table.jsx")
    tag = "RelationTable"
    rows: rx.Var[list[dict[str, Any]]]
    answered: rx.Var[int]
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_switch: rx.EventHandler[two]
    on_act: rx.EventHandler[two]
    on_bulk: rx.EventHandler[two]
    on_new: rx.EventHandler[rx.event.no_args_event_spec]
    on_refresh: rx.EventHandler[rx.event.no_args_event_spec]


class RelationFilters(rx.Component):
    """Search, type, enabled, service: all of it in the address."""

    library = module("relation_filters.jsx")
    tag = "RelationFilters"
    service: rx.Var[list[dict[str, Any]]]
    answers: rx.Var[dict[str, Any]]
    on_ask: rx.EventHandler[two]


class NoRelation(rx.Component):
    """Which filter to drop."""

    library = module("relation_filters.jsx")
    tag = "NoRelation"
    hints: rx.Var[list[dict[str, Any]]]


class Suggestions(rx.Component):
    """Guesses at what is missing, open at first where there is no relation yet."""

    library = module("suggestions.jsx")
    tag = "Suggestions"
    items: rx.Var[list[dict[str, Any]]]
    total: rx.Var[int]
    dismissed: rx.Var[int]
    answered: rx.Var[int]
    is_first: rx.Var[bool]
    on_accept: rx.EventHandler[one]
    on_dismiss: rx.EventHandler[one]
    on_bring_back: rx.EventHandler[rx.event.no_args_event_spec]
