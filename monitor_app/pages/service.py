"""One service: what is true of it now, its charts, what happened to it, and what is known of it."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from collections.abc import Callable
from typing import Final

import reflex as rx

from monitor_app.components.admin import Ago, Until
from monitor_app.components.live import ConnectionState, board_feed
from monitor_app.components.places import BOARD_PLACE
from monitor_app.components.service_page.below import LOADS, below
from monitor_app.components.service_page.charts import charts
from monitor_app.components.service_page.head import ServiceHere, head
from monitor_app.components.shell import shell
from monitor_app.state.live import LiveFeed
from monitor_app.state.service_page import ServicePage

ROUTE = "/services/[service_id]"
TITLE = "Service · Lightbulb"
# What the sections below load comes behind the page's own.
ON_LOAD = [ServicePage.load, *LOADS]
ON_CHANGE = ServicePage.load
# In this order, one below the other.
SECTIONS: Final[tuple[Callable[[], rx.Component], ...]] = (head, charts, below)


def page() -> rx.Component:
    """The service that the last part of the path names."""
    return shell(
        BOARD_PLACE,
        board_feed(ServicePage.feed, LiveFeed, ServicePage.load),
        ServiceHere.create(
            rx.cond(ServicePage.is_loaded, rx.cond(ServicePage.is_known, _service(), _unknown())), sid=ServicePage.sid
        ),
        tools=ConnectionState.create(),
    )


def _service() -> rx.Component:
    return rx.el.div(*(section() for section in SECTIONS), class_name="service-page")


def _unknown() -> rx.Component:
    return rx.el.div(
        rx.el.h1("There is no service ", rx.el.q(ServicePage.sid)),
        rx.cond(
            ServicePage.deleted.length() > 0,
            _deleted(),
            rx.el.p("It was deleted, or the address has a slip in it.", class_name="lead"),
        ),
        rx.el.div(rx.el.a("Go to the board", href="/"), class_name="other"),
        class_name="empty-board",
    )


def _deleted() -> rx.Component:
    row = ServicePage.deleted
    return rx.fragment(
        rx.el.p(
            row["label"].to(str),
            " was deleted ",
            Ago.create(at=row["at"].to(int), never=""),
            rx.cond(row["by"].to(str) != "", " by " + row["by"].to(str), ""),
            ". It comes back with its history, relations and secrets; it is gone for good ",
            Until.create(at=row["gone_at"].to(int), never="", over="any moment"),
            ".",
            class_name="lead",
        ),
        rx.el.button("Restore", type="button", class_name="primary", on_click=ServicePage.restore),
    )
