"""Circuit breakers of queues as one Reflex component; all of it goes through the API, as every other client's does."""

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.state.person import PersonState


class QueuesPage(rx.Component):
    """A card a queue, one for the checks here, and the breakers of services. `may` are the permissions of who looks."""

    library = module("queues.jsx")
    tag = "QueuesPage"
    may: rx.Var[list[str]]


def queues_page() -> rx.Component:
    """Stands on a page once."""
    return QueuesPage.create(may=PersonState.may)
