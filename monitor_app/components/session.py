"""Watches over the page's session: the browser leaves a page whose session has ended."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, arg-type"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.notice import Notices
from monitor_app.state.person import PersonState


class SessionWatch(rx.Component):
    """Stands on every page that is not for everybody, once."""

    library = module("session_watch.jsx")
    tag = "SessionWatch"
    mark: rx.Var[str]
    order: rx.Var[str]


def session_watch() -> rx.Component:
    """Leave the page when its session is another one, or when the server says so."""
    return SessionWatch.create(mark=PersonState.session_mark, order=Notices.leave)
