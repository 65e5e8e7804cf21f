"""The table of all services, its filters and its bar, as Reflex components."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy. A state's attributes are vars.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import Modal
from monitor_app.components.event_specs import one, two
from monitor_app.state.admin_services.actions import ServiceActions
from monitor_app.state.admin_services.bulk import ServiceBulkState
from monitor_app.state.admin_services.selection import ServiceSelection
from monitor_app.state.admin_services.table import AdminServices
from monitor_app.state.details import DetailsState
from monitor_app.state.person import PersonState


class ServiceFilters(rx.Component):
    """Filters with several values each."""

    library = module("facets.jsx")
    tag = "ServiceFilters"
    choices: rx.Var[dict[str, Any]]


class DisplayPanel(rx.Component):
    """Columns, their order, the height of rows and how many there are on a page."""

    library = module("facets.jsx")
    tag = "DisplayPanel"


class ServiceTable(rx.Component):
    """One page of live rows, what is selected, and the bar of what is done with that."""

    library = module("service_table.jsx")
    tag = "ServiceTable"
    facts: rx.Var[dict[str, Any]]
    own: rx.Var[list[int]]
    may: rx.Var[list[str]]
    open_id: rx.Var[int]
    picked: rx.Var[list[int]]
    count: rx.Var[int]
    answers: rx.Var[int]
    matched: rx.Var[int]
    job: rx.Var[dict[str, Any]]
    choices: rx.Var[dict[str, Any]]
    on_open: rx.EventHandler[one]
    on_action: rx.EventHandler[two]
    on_switch: rx.EventHandler[two]
    on_pick: rx.EventHandler[two]
    on_pick_matching: rx.EventHandler[rx.event.no_args_event_spec]
    on_clear: rx.EventHandler[rx.event.no_args_event_spec]
    on_bulk: rx.EventHandler[two]
    on_chosen: rx.EventHandler[one]
    on_cancel: rx.EventHandler[rx.event.no_args_event_spec]


def service_table() -> rx.Component:
    """The table with what it does."""
    return ServiceTable.create(
        facts=AdminServices.facts,
        own=AdminServices.own,
        may=PersonState.may,
        open_id=DetailsState.open_id,
        picked=ServiceSelection.picked,
        count=ServiceSelection.count,
        answers=ServiceSelection.answers,
        matched=AdminServices.matched,
        choices=AdminServices.choices,
        job={
            "isRunning": ServiceBulkState.is_running,
            "action": ServiceBulkState.action,
            "done": ServiceBulkState.done,
            "total": ServiceBulkState.total,
            "started": ServiceBulkState.started,
            "refusal": ServiceBulkState.refusal,
            "refusals": ServiceBulkState.refusals,
        },
        on_open=DetailsState.open,
        on_action=ServiceActions.act,
        on_switch=AdminServices.switch,
        on_pick=ServiceSelection.pick,
        on_pick_matching=ServiceSelection.pick_matching,
        on_clear=ServiceSelection.clear,
        on_bulk=ServiceBulkState.run,
        on_chosen=ServiceActions.act_on_chosen,
        on_cancel=ServiceBulkState.cancel,
    )


def refused_ones() -> rx.Component:
    """Why some of the selected services could not be changed."""
    return Modal.create(
        rx.el.div(
            rx.el.ul(rx.foreach(ServiceBulkState.errors, _refused), class_name="refused-ones"),
            rx.cond(
                ServiceBulkState.failed > ServiceBulkState.errors.length(),
                rx.el.p("The first ", ServiceBulkState.errors.length(), " are shown.", class_name="help"),
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button(
                "Close",
                type="button",
                class_name="plain",
                custom_attrs={"data-autofocus": ""},
                on_click=ServiceBulkState.close,
            ),
        ),
        is_open=(ServiceBulkState.failed > 0) & ~ServiceBulkState.is_running,
        title=ServiceBulkState.failed.to_string() + " could not be changed",
        size="medium",
        guard=False,
        on_close=ServiceBulkState.close,
    )


def delete_many_question() -> rx.Component:
    """Before more services are deleted than one question can tell of."""
    return Modal.create(
        rx.el.div(
            rx.el.p(
                rx.el.b(ServiceActions.count, " services"),
                " are not checked any more and leave the board, and their relations go with them. "
                "Undo in the message that follows brings them back, with their history, within 30 days.",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Keep them", type="button", class_name="plain", on_click=ServiceActions.keep),
            rx.el.button(
                "Delete ",
                ServiceActions.count,
                " services",
                type="button",
                class_name="primary dangerous",
                on_click=ServiceActions.delete,
            ),
        ),
        is_open=ServiceActions.is_asking,
        title="Delete these services?",
        size="small",
        guard=False,
        on_close=ServiceActions.keep,
    )


def _refused(row: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        rx.el.b(row["label"]),
        rx.el.span(row["sid"], class_name="mono muted"),
        rx.el.span(row["reason"], class_name="reason"),
        key=row["sid"],
    )
