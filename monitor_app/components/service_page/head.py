"""The head of a service's page: what is true of it now, live, and how it has been."""

# A state's attributes are vars on a page, and what an event hands over is read from its annotation: mypy knows neither.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.display import display_controls
from monitor_app.components.event_specs import one, two
from monitor_app.components.history_bars import ServiceDay
from monitor_app.components.maintenance import NextMaintenance
from monitor_app.components.service_page.below import LOADS
from monitor_app.components.session import if_may
from monitor_app.security.permissions import MONITOR_READ
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.person import PersonState
from monitor_app.state.service_page import ServicePage
from monitor_app.state.services import RowActions


class ServiceHead(rx.Component):
    """Status, since when, what the last check said, the breaker: from the browser's live row."""

    library = module("service_head.jsx")
    tag = "ServiceHead"
    row_id: rx.Var[int]
    fallback: rx.Var[dict[str, Any]]
    may: rx.Var[list[str]]
    is_own: rx.Var[bool]
    is_checking: rx.Var[bool]
    on_fresh: rx.EventHandler[rx.event.no_args_event_spec]
    on_action: rx.EventHandler[two]
    on_check: rx.EventHandler[one]
    on_open_breaker: rx.EventHandler[one]
    on_close_breaker: rx.EventHandler[one]


class ServiceHere(rx.Component):
    """Shows what is in it while the address is that of the service `sid`: another page's state may still be there."""

    library = module("service_head.jsx")
    tag = "ServiceHere"
    sid: rx.Var[str]


class ServiceLink(rx.Component):
    """A way to the page of a service."""

    library = module("service_head.jsx")
    tag = "ServiceLink"
    sid: rx.Var[str]


def head() -> rx.Component:
    """The first section."""
    return rx.el.header(
        ServiceHead.create(
            display_controls(ServicePage.load, *LOADS),
            row_id=ServicePage.pk,
            fallback=ServicePage.row,
            may=PersonState.may,
            is_own=ServicePage.is_own,
            is_checking=CheckNow.checking.contains(ServicePage.pk),
            on_fresh=ServicePage.refresh,
            on_action=RowActions.act,
            on_check=CheckNow.run,
            on_open_breaker=BreakerDialog.ask,
            on_close_breaker=BreakerDialog.close_breaker,
        ),
        if_may(MONITOR_READ, NextMaintenance.create(sid=ServicePage.sid)),
        rx.el.div(_uptime(), _responses(), _days_left(), class_name="service-figures"),
        rx.el.section(
            rx.el.h2("Last 24 hours"),
            ServiceDay.create(row_id=ServicePage.pk, fallback=ServicePage.row, label=ServicePage.label, size="large"),
        ),
        rx.cond(ServicePage.problem != "", rx.el.p(ServicePage.problem, class_name="wrong", role="alert")),
        class_name="service-head",
    )


def _uptime() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Uptime"),
        rx.el.dl(
            rx.foreach(
                ServicePage.uptime,
                lambda span: rx.el.div(
                    rx.el.dt(span["title"]),
                    rx.el.dd(span["uptime"], class_name="mono"),
                    rx.el.dd(span["note"], class_name="help"),
                ),
            ),
            class_name="numbers",
        ),
    )


def _responses() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Response, last 24 hours"),
        rx.el.dl(
            rx.foreach(
                ServicePage.percentiles,
                lambda each: rx.el.div(rx.el.dt(each["title"]), rx.el.dd(each["time"], class_name="mono")),
            ),
            class_name="numbers",
        ),
    )


def _days_left() -> rx.Component:
    return rx.cond(
        ServicePage.days_left.length() > 0,
        rx.el.section(
            rx.el.h2("Valid for"),
            rx.el.dl(
                rx.foreach(
                    ServicePage.days_left,
                    lambda each: rx.el.div(
                        rx.el.dt(each["title"]), rx.el.dd(each["text"], class_name="mono " + each["tone"])
                    ),
                ),
                class_name="numbers",
            ),
        ),
    )
