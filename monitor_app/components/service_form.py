"""The dialog to add or edit a service. It draws any kind's fields and knows none of them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import FormFrame, Modal
from monitor_app.components.found import found
from monitor_app.components.managed import managed_note
from monitor_app.state.services import ServiceDialog

Field = rx.vars.ObjectVar[dict[str, Any]]


def service_dialog() -> rx.Component:
    """Save is Ctrl/Cmd+Enter; nothing that was typed is lost when it is refused."""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                managed_note(ServiceDialog.managed_by, ServiceDialog.drift),
                _kind_choice(),
                rx.el.div(rx.foreach(ServiceDialog.fields, _field), class_name="fields", key=ServiceDialog.kind),
                rx.el.div(rx.foreach(ServiceDialog.board_fields, _field), class_name="fields apart"),
                _fold("More", ServiceDialog.rare_fields, ServiceDialog.rare_set),
                _fold("When it is degraded or down", ServiceDialog.judging_fields, ServiceDialog.judging_set),
                rx.cond(
                    ServiceDialog.errors.contains(""),
                    rx.el.p(ServiceDialog.errors[""], class_name="wrong", role="alert"),
                ),
                rx.cond(ServiceDialog.found.contains("status"), found(ServiceDialog.found)),
                class_name="content",
            ),
            rx.el.footer(
                rx.el.button(
                    rx.cond(ServiceDialog.is_testing, "Testing…", "Test now"),
                    type="button",
                    class_name="plain",
                    # Not `disabled`: that would take the focus away, and with it Ctrl+Enter.
                    custom_attrs={"data-test": "", "aria-disabled": ServiceDialog.is_testing},
                ),
                rx.el.span(class_name="space"),
                rx.el.button("Save", type="submit", class_name="primary"),
            ),
            key=ServiceDialog.title,
            on_save=ServiceDialog.save,
            on_test=ServiceDialog.test,
            on_leave=ServiceDialog.leave,
        ),
        is_open=ServiceDialog.is_open,
        title=ServiceDialog.title,
        error_key=ServiceDialog.refusals,
        on_close=ServiceDialog.close,
    )


def _kind_choice() -> rx.Component:
    """The kind of a service that is there already stays what it is."""
    return rx.cond(
        ServiceDialog.is_new,
        rx.el.div(
            rx.el.label("Kind", html_for="field-kind"),
            rx.el.div(
                rx.el.select(
                    rx.foreach(ServiceDialog.kinds, lambda kind: rx.el.option(kind["title"], value=kind["name"])),
                    id="field-kind",
                    value=ServiceDialog.kind,
                    on_change=ServiceDialog.choose_kind,
                    custom_attrs={"aria-describedby": "below-kind"},
                ),
                class_name="box",
            ),
            rx.el.div(rx.el.p(ServiceDialog.description, class_name="help"), id="below-kind"),
            class_name="field kind",
        ),
        rx.el.p(ServiceDialog.description, class_name="help kind"),
    )


def _fold(title: str, fields: rx.Var[list[dict[str, Any]]], count: rx.Var[int]) -> rx.Component:
    """Fields that are seldom needed, with how many of them are set. All of them may stay blank."""
    return rx.el.details(
        rx.el.summary(title, rx.cond(count > 0, rx.el.span(count, " set", class_name="muted"))),
        # What was typed for one kind does not turn up in the fields of another.
        rx.el.div(rx.foreach(fields, _field), class_name="fields", key=ServiceDialog.kind),
        class_name="more",
    )


def _field(field: Field) -> rx.Component:
    return rx.cond(field["type"] == "switch", _switch(field), _labelled(field))


def _labelled(field: Field) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.div(
        rx.el.label(
            field["title"].to(str),
            rx.cond(field["required"].to(bool), "", rx.el.span(" optional", class_name="optional")),
            html_for="field-" + key,
        ),
        rx.el.div(
            rx.match(
                field["type"],
                ("choice", _choice(field)),
                ("mapping", _area(field, "Name: value")),
                ("multiline", _area(field, "")),
                _input(field),
            ),
            rx.cond(field["unit"] != "", rx.el.span(field["unit"].to(str), class_name="unit")),
            class_name=rx.cond(field["unit"] != "", "box with-unit", "box"),
        ),
        _below(field),
        class_name="field " + field["width"].to(str),
        custom_attrs={"data-when": field["when"].to(str)},
    )


def _switch(field: Field) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.div(
        rx.el.input(
            id="field-" + key, name=key, type="checkbox", default_checked=field["is_on"].to(bool), **_described(field)
        ),
        rx.el.label(field["title"].to(str), html_for="field-" + key),
        _below(field),
        class_name="field switch",
    )


def _input(field: Field) -> rx.Component:
    key = field["key"].to(str)
    is_number = field["type"] == "number"
    return rx.el.input(
        id="field-" + key,
        name=key,
        type=rx.cond(field["secret"].to(bool), "password", "text"),
        input_mode=rx.cond(is_number, "decimal", "text"),
        default_value=field["value"].to(str),
        placeholder=field["placeholder"].to(str),
        auto_complete="off",
        spell_check=False,
        **_described(field),
    )


def _area(field: Field, placeholder: str) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.textarea(
        id="field-" + key,
        name=key,
        rows="3",
        default_value=field["value"].to(str),
        placeholder=rx.cond(field["placeholder"] != "", field["placeholder"].to(str), placeholder),
        # Browsers have no password field of several lines: the style sheet draws dots.
        class_name=rx.cond(field["secret"].to(bool), "mono dots", "mono"),
        spell_check=False,
        **_described(field),
    )


def _choice(field: Field) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.select(
        rx.foreach(field["choices"].to(list[str]), lambda choice: rx.el.option(choice, value=choice)),
        id="field-" + key,
        name=key,
        default_value=field["value"].to(str),
        **_described(field),
    )


def _described(field: Field) -> dict[str, Any]:
    key = field["key"].to(str)
    return {
        "custom_attrs": {
            "aria-describedby": "below-" + key,
            "aria-invalid": rx.cond(ServiceDialog.errors.contains(key), "true", "false"),
        }
    }


def _below(field: Field) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.div(
        rx.cond(
            ServiceDialog.errors.contains(key),
            rx.el.p(field["title"].to(str), " ", ServiceDialog.errors[key], class_name="wrong"),
            rx.cond(field["help"] != "", rx.el.p(field["help"].to(str), class_name="help")),
        ),
        id="below-" + key,
    )
