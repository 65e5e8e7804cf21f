"""Export and import of services: dialogs around files that go through the API."""

# Reflex reads what an event hands over from its annotation, which is no type to mypy. A state's attributes are vars.
# mypy: disable-error-code="no-any-return, type-arg, valid-type, attr-defined, arg-type, operator"

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.controls import Modal
from monitor_app.components.event_specs import one
from monitor_app.state.admin_services.transfer import ExportDialog, ImportDialog
from monitor_app.state.person import PersonState


class ExportForm(rx.Component):
    """Which form of file, with or without secrets."""

    library = module("export_form.jsx")
    tag = "ExportForm"
    scope: rx.Var[str]
    service_ids: rx.Var[list[str]]
    count: rx.Var[int]
    may: rx.Var[list[str]]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


class ImportForm(rx.Component):
    """A file, looked at before it is brought in."""

    library = module("import_form.jsx")
    tag = "ImportForm"
    on_done: rx.EventHandler[one]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]


def export_dialog() -> rx.Component:
    """Opened by `ExportDialog.open("all" | "matching" | "picked")`."""
    return Modal.create(
        ExportForm.create(
            scope=ExportDialog.scope,
            service_ids=ExportDialog.service_ids,
            count=ExportDialog.count,
            may=PersonState.may,
            on_close=ExportDialog.close,
        ),
        is_open=ExportDialog.is_open,
        title="Export services",
        size="small",
        guard=False,
        on_close=ExportDialog.close,
    )


def import_dialog() -> rx.Component:
    """Opened by `ImportDialog.open`."""
    return Modal.create(
        ImportForm.create(on_done=ImportDialog.done, on_close=ImportDialog.close),
        is_open=ImportDialog.is_open,
        title="Import services",
        size="wide",
        on_close=ImportDialog.close,
    )
