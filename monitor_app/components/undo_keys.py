"""Undo and redo by keys."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, type-arg, valid-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.session import may
from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.undo import UndoState


class UndoKeys(rx.Component):
    """Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y; stands on every page of the frame, once."""

    library = module("undo_keys.jsx")
    tag = "UndoKeys"
    is_allowed: rx.Var[bool]
    on_undo: rx.EventHandler[rx.event.no_args_event_spec]
    on_redo: rx.EventHandler[rx.event.no_args_event_spec]


def undo_keys() -> rx.Component:
    """For who may change something."""
    return UndoKeys.create(is_allowed=may(SERVICE_WRITE), on_undo=UndoState.undo, on_redo=UndoState.redo)
