"""The log of notifications, which goes through the API as every other client does."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.person import PersonState


class SentLog(rx.Component):
    """What was told to whom, and what became of it. `may`: of who looks."""

    library = module("sent_log.jsx")
    tag = "SentLog"
    may: rx.Var[list[str]]


def sent_log() -> rx.Component:
    """Stands on a page once."""
    return SentLog.create(may=PersonState.may)
