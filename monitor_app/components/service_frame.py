"""What of a service's form lives in the browser: its steps, what is kept of what is typed, the JSON document."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.event_specs import one, two


class ServiceFrame(rx.Component):
    """The form itself. `generation` changes when the server has drawn its fields anew."""

    library = module("service_frame.jsx")
    tag = "ServiceFrame"
    mark: rx.Var[str]
    subject: rx.Var[str]
    is_new: rx.Var[bool]
    generation: rx.Var[int]
    view: rx.Var[str]
    error_key: rx.Var[int]
    kept: rx.Var[int]
    differences: rx.Var[list[dict[str, Any]]]
    on_save: rx.EventHandler[one]
    on_test: rx.EventHandler[one]
    on_leave: rx.EventHandler[two]
    on_kind: rx.EventHandler[two]
    on_understand: rx.EventHandler[two]
    on_keep: rx.EventHandler[two]
    on_view: rx.EventHandler[two]
    on_look: rx.EventHandler[one]
    on_document: rx.EventHandler[one]
    on_here: rx.EventHandler[rx.event.no_args_event_spec]
    on_decide: rx.EventHandler[two]
    on_discard: rx.EventHandler[one]
    on_reopen: rx.EventHandler[one]


class FormKeeper(rx.Component):
    """Opens the form again that a reload or a restart of the server has closed."""

    library = module("service_frame.jsx")
    tag = "FormKeeper"
    mark: rx.Var[str]
    is_open: rx.Var[bool]
    on_reopen: rx.EventHandler[one]


class JsonArea(rx.Component):
    """A document, with numbered lines and what is wrong in them."""

    library = module("json_area.jsx")
    tag = "JsonArea"
    text: rx.Var[str]
    errors: rx.Var[list[dict[str, Any]]]
    error_key: rx.Var[int]
