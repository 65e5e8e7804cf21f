"""One page of help: a page of docs/, told beside the screens that it is about."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type"

import reflex as rx

from monitor_app.components.help import HelpPage
from monitor_app.components.places import HELP_PLACE
from monitor_app.components.shell import shell
from monitor_app.state.help import HelpState

ROUTE = "/help/[help_page]"
TITLE = "Help · Lightbulb"
ON_LOAD = HelpState.load


def page() -> rx.Component:
    """The page that the last part of the path names."""
    return shell(HELP_PLACE, rx.cond(HelpState.is_loaded, HelpPage.create(page=HelpState.shown, name=HelpState.name)))
