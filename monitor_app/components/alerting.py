"""What the pages of alerting share: their tabs; and channels, which go through the API as every other client does."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

import reflex as rx

from monitor_app.components.admin import AdminTabs
from monitor_app.components.browser import module
from monitor_app.components.places import ALERTING_PLACES, standing
from monitor_app.state.person import PersonState


class Channels(rx.Component):
    """The channels of all and one's own, with the form of one. `may` are the permissions of who looks."""

    library = module("channels.jsx")
    tag = "Channels"
    may: rx.Var[list[str]]


def alerting_page(*children: rx.Component) -> rx.Component:
    """The tabs, then what the page is about."""
    tabs = AdminTabs.create(places=standing(ALERTING_PLACES), may=PersonState.may, label="Alerting")
    return rx.el.div(tabs, *children, class_name="admin-page")


def channels() -> rx.Component:
    """Stands on a page once."""
    return Channels.create(may=PersonState.may)
