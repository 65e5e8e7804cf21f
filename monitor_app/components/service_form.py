"""The dialog to add, edit or copy a service. It draws any kind's fields and knows none of them."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import Modal, icon
from monitor_app.components.found import found
from monitor_app.components.known_values import known_values, list_for
from monitor_app.components.managed import managed_note, source_note
from monitor_app.components.service_frame import FormKeeper, JsonArea, ServiceFrame
from monitor_app.components.service_preview import preview
from monitor_app.state.person import PersonState
from monitor_app.state.services import ServiceDialog

Field = rx.vars.ObjectVar[dict[str, Any]]


def service_dialog() -> rx.Component:
    """Save is Ctrl/Cmd+Enter from every step; nothing that was typed is lost, however the form is left."""
    return rx.fragment(
        Modal.create(
            ServiceFrame.create(
                rx.el.div(
                    _notes(),
                    rx.el.div(_where(), _how(), key=ServiceDialog.generation),
                    rx.el.section(
                        preview(), class_name="step", aria_label="Preview", custom_attrs={"data-in": "preview"}
                    ),
                    rx.cond(ServiceDialog.view == "json", _document()),
                    known_values(),
                    class_name="content",
                ),
                _footer(),
                mark=PersonState.session_mark,
                subject=ServiceDialog.subject,
                is_new=ServiceDialog.is_new,
                generation=ServiceDialog.generation,
                view=ServiceDialog.view,
                error_key=ServiceDialog.refusals,
                kept=ServiceDialog.kept,
                differences=ServiceDialog.differences,
                on_save=ServiceDialog.save,
                on_test=ServiceDialog.test,
                on_leave=ServiceDialog.leave,
                on_kind=ServiceDialog.choose_kind,
                on_understand=ServiceDialog.understand,
                on_keep=ServiceDialog.keep,
                on_view=ServiceDialog.show_view,
                on_look=ServiceDialog.look,
                on_document=ServiceDialog.check_document,
                on_here=ServiceDialog.here,
                on_decide=ServiceDialog.decide,
                on_discard=ServiceDialog.discard,
                on_reopen=ServiceDialog.reopen,
            ),
            is_open=ServiceDialog.is_open,
            title=ServiceDialog.title,
            size="large",
            guard=False,
            error_key=ServiceDialog.refusals,
            on_close=ServiceDialog.close,
        ),
        FormKeeper.create(mark=PersonState.session_mark, is_open=ServiceDialog.is_open, on_reopen=ServiceDialog.reopen),
    )


def _footer() -> rx.Component:
    return rx.el.footer(
        rx.el.button(
            rx.cond(ServiceDialog.is_testing, "Testing…", "Test now"),
            type="button",
            class_name="plain",
            # Not `disabled`: that would take the focus away, and with it Ctrl+Enter.
            custom_attrs={"data-test": "", "aria-disabled": ServiceDialog.is_testing},
        ),
        rx.el.span(class_name="space"),
        # Shown once something is typed: closing alone keeps it.
        rx.el.button("Throw away", type="button", class_name="quiet", custom_attrs={"data-discard": "close"}),
        rx.el.button("Save", type="submit", class_name="primary"),
    )


def _notes() -> rx.Component:
    """What one should know before typing on."""
    return rx.fragment(
        managed_note(ServiceDialog.managed_by, ServiceDialog.drift),
        source_note(ServiceDialog.source),
        rx.cond(
            ServiceDialog.note != "",
            rx.el.div(
                rx.el.p(ServiceDialog.note),
                rx.el.button("Throw it away", type="button", class_name="quiet", custom_attrs={"data-discard": "anew"}),
                class_name="form-note",
                role="status",
            ),
        ),
        rx.el.div(
            rx.cond(
                ServiceDialog.editors.length() > 0,
                rx.el.p(
                    icon("user"),
                    rx.el.strong(ServiceDialog.editors.join(", ")),
                    rx.cond(ServiceDialog.editors.length() > 1, " are", " is"),
                    " editing this, too.",
                ),
            ),
            rx.cond(
                (ServiceDialog.newer != "") & (ServiceDialog.differences.length() == 0),
                rx.el.p(icon("clock"), rx.el.span(ServiceDialog.newer, ". Saving shows you the differences first.")),
            ),
            rx.cond(
                ServiceDialog.is_gone,
                rx.el.p(icon("warn"), "It was deleted meanwhile. What you typed is kept as a draft."),
            ),
            class_name="form-others",
            role="status",
        ),
        rx.cond(ServiceDialog.differences.length() > 0, _differences()),
        rx.cond(
            ServiceDialog.errors.contains(""),
            rx.el.p(ServiceDialog.errors[""], class_name="wrong", role="alert"),
        ),
    )


def _differences() -> rx.Component:
    """Field by field what two people have made of it."""

    def side(row: Field, name: str, title: str) -> rx.Component:
        return rx.el.button(
            title,
            type="button",
            class_name="plain",
            on_click=ServiceDialog.decide(row["key"].to(str), name),
            custom_attrs={
                "aria-pressed": row["choice"] == name,
                "aria-label": title + ": " + row["title"].to(str),
            },
        )

    def line(row: Field) -> rx.Component:
        return rx.el.tr(
            rx.el.th(row["title"].to(str), scope="row"),
            rx.el.td(row["before"].to(str), custom_attrs={"data-title": "Before"}),
            rx.el.td(row["theirs"].to(str), custom_attrs={"data-title": "Theirs"}),
            rx.el.td(row["yours"].to(str), custom_attrs={"data-title": "Yours"}),
            rx.el.td(
                side(row, "mine", "Keep mine"),
                side(row, "theirs", "Take theirs"),
                class_name=rx.cond(row["choice"] == "", "sides open", "sides"),
            ),
            key=row["key"].to(str),
        )

    head = rx.el.tr(*[rx.el.th(title, scope="col") for title in ("Field", "Before", "Theirs", "Yours")], rx.el.td())
    return rx.el.section(
        rx.el.h3(ServiceDialog.newer),
        rx.el.p("Nothing of yours is lost. Choose for each field, then save again.", class_name="help"),
        rx.el.table(rx.el.thead(head), rx.el.tbody(rx.foreach(ServiceDialog.differences, line))),
        class_name="differences",
        role="alert",
    )


def _where() -> rx.Component:
    return rx.el.section(
        _kind_choice(),
        rx.cond(
            ServiceDialog.hint.contains("text"),
            rx.el.div(
                rx.el.p(ServiceDialog.hint["text"]),
                rx.el.button(
                    "Back to ",
                    ServiceDialog.hint["back"],
                    type="button",
                    class_name="quiet",
                    custom_attrs={"data-back": ServiceDialog.hint["kind"]},
                ),
                class_name="form-note",
                role="status",
            ),
        ),
        rx.el.div(rx.foreach(ServiceDialog.fields, _field), class_name="fields", custom_attrs={"data-target": ""}),
        rx.el.div(rx.foreach(ServiceDialog.board_fields, _field), class_name="fields apart"),
        class_name="step",
        aria_label="What and where",
        custom_attrs={"data-in": "where"},
    )


def _how() -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.foreach(ServiceDialog.option_fields, _field), class_name="fields"),
        _fold("More", ServiceDialog.rare_fields),
        _fold("When it is degraded or down", ServiceDialog.judging_fields),
        class_name="step",
        aria_label="How",
        custom_attrs={"data-in": "how"},
    )


def _document() -> rx.Component:
    """The JSON beside what may stand in it."""
    parts = (ServiceDialog.fields, ServiceDialog.option_fields, ServiceDialog.rare_fields, ServiceDialog.judging_fields)
    return rx.el.div(
        JsonArea.create(
            text=ServiceDialog.document,
            errors=ServiceDialog.document_errors,
            error_key=ServiceDialog.refusals,
            key=ServiceDialog.generation,
        ),
        rx.el.aside(
            rx.el.p(ServiceDialog.description, class_name="help"),
            rx.el.p(rx.el.code("***"), " stands for a secret that stays as it is.", class_name="help"),
            rx.el.h3("Of every service"),
            rx.el.dl(rx.foreach(ServiceDialog.board_fields, _explained)),
            rx.el.h3("In ", rx.el.code("status_config")),
            rx.el.dl(*[rx.foreach(rows, _explained) for rows in parts]),
            aria_label="What may stand in it",
            tab_index=0,
        ),
        rx.cond(ServiceDialog.found.contains("status"), found(ServiceDialog.found)),
        class_name="json-view",
    )


def _explained(field: Field) -> rx.Component:
    """A field for who writes JSON: name, type, unit, default, help."""
    return rx.fragment(
        rx.el.dt(
            rx.el.code(field["name"].to(str)),
            rx.el.span(field["json_type"].to(str), class_name="muted"),
            rx.cond(field["unit"] != "", rx.el.span(field["unit"].to(str), class_name="muted")),
            rx.cond(
                field["required"].to(bool) & (field["placeholder"] == ""), rx.el.span("required", class_name="needed")
            ),
        ),
        rx.el.dd(
            field["help"].to(str),
            rx.cond(
                field["choices"].to(list[str]).length() > 0,
                rx.el.span(" One of: ", field["choices"].to(list[str]).join(", "), "."),
            ),
            rx.cond(
                field["placeholder"] != "", rx.el.span(" Default: ", rx.el.code(field["placeholder"].to(str)), ".")
            ),
        ),
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
                    default_value=ServiceDialog.kind,
                    custom_attrs={"aria-describedby": "below-kind"},
                ),
                class_name="box",
            ),
            rx.el.div(rx.el.p(ServiceDialog.description, class_name="help"), id="below-kind"),
            class_name="field kind",
        ),
        rx.el.p(ServiceDialog.description, class_name="help kind"),
    )


def _fold(title: str, fields: rx.Var[list[dict[str, Any]]]) -> rx.Component:
    """Fields that are seldom needed; the browser counts those that are set. All of them may stay blank."""
    return rx.el.details(
        rx.el.summary(title, rx.el.span(class_name="muted", custom_attrs={"data-set": ""})),
        rx.el.div(rx.foreach(fields, _field), class_name="fields"),
        class_name="more",
    )


def _field(field: Field) -> rx.Component:
    return rx.cond(field["type"] == "switch", _switch(field), _labelled(field))


def _labelled(field: Field) -> rx.Component:
    key = field["key"].to(str)
    return rx.el.div(
        rx.el.label(
            field["title"].to(str),
            rx.cond(
                field["required"].to(bool) | field["is_locked"].to(bool),
                "",
                rx.el.span(" optional", class_name="optional"),
            ),
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
        read_only=field["is_locked"].to(bool),
        list=list_for(key),
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
        read_only=field["is_locked"].to(bool),
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
        rx.foreach(
            field["options"].to(list[dict[str, str]]),
            lambda option: rx.el.option(option["title"], value=option["value"]),
        ),
        id="field-" + key,
        name=key,
        default_value=field["value"].to(str),
        disabled=field["is_locked"].to(bool),
        **_described(field),
    )


def _described(field: Field) -> dict[str, Any]:
    key = field["key"].to(str)
    return {
        "custom_attrs": {
            "aria-describedby": "below-" + key,
            "aria-invalid": rx.cond(ServiceDialog.errors.contains(key), "true", "false"),
            "data-default": field["placeholder"].to(str),
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
