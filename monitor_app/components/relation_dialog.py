"""The dialog that adds relations, several at once, and changes one."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import FormFrame, Modal, icon
from monitor_app.components.managed import managed_note
from monitor_app.components.relation_parts import CirclePath, RelationTypes, ServicePicker
from monitor_app.state.relation_dialog import RelationDialog


def relation_dialog() -> rx.Component:
    """Services, type, what would be refused; note and switch folded away for new ones."""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                managed_note(RelationDialog.managed_by, RelationDialog.drift),
                _theirs(),
                _services(),
                CirclePath.create(circle=RelationDialog.circle, on_cut=RelationDialog.cut),
                RelationTypes.create(
                    types=RelationDialog.types,
                    chosen=RelationDialog.relation_type,
                    on_choose=RelationDialog.choose_type,
                ),
                _rest(),
                rx.cond(
                    RelationDialog.errors.contains(""),
                    rx.el.p(RelationDialog.errors[""], class_name="wrong", role="alert"),
                ),
                class_name="content relation-form",
            ),
            _footer(),
            key=RelationDialog.shown.to_string(),
            on_save=RelationDialog.save,
        ),
        is_open=RelationDialog.is_open,
        title=RelationDialog.title,
        size="medium",
        error_key=RelationDialog.refusals,
        on_close=RelationDialog.close,
    )


def _services() -> rx.Component:
    """One service, what is between, and those at the other end."""
    is_from = RelationDialog.one_end == "source"
    verb = RelationDialog.types[0]["verb"]
    for number in (1, 2):
        chosen = RelationDialog.types[number]
        verb = rx.cond(RelationDialog.relation_type == chosen["name"], chosen["verb"], verb)
    return rx.el.div(
        ServicePicker.create(
            name="anchor",
            label=rx.cond(RelationDialog.is_new, "Service", "From"),
            chosen=RelationDialog.anchor,
            answers=RelationDialog.answers,
            error=_error("anchor"),
            auto_focus=True,
            on_ask=RelationDialog.ask,
            on_pick=RelationDialog.pick,
            on_drop=RelationDialog.drop,
            on_open=RelationDialog.open_edit,
        ),
        rx.el.div(
            rx.el.span(rx.cond(RelationDialog.types.length() > 0, verb.to(str), ""), class_name="verb"),
            rx.el.button(
                icon("turn"),
                rx.cond(
                    RelationDialog.is_new,
                    rx.cond(is_from, "Ask what depends on it instead", "Ask what it depends on instead"),
                    "Turn round",
                ),
                type="button",
                class_name="quiet",
                on_click=RelationDialog.turn,
            ),
            class_name="between",
        ),
        ServicePicker.create(
            name="picks",
            label=rx.cond(RelationDialog.is_new, "Services at the other end", "To"),
            placeholder=rx.cond(RelationDialog.is_new, "Search services: one or several", "Search services"),
            is_multi=RelationDialog.is_new,
            chosen=RelationDialog.picks,
            answers=RelationDialog.answers,
            error=_error("picks"),
            auto_focus=True,
            on_ask=RelationDialog.ask,
            on_pick=RelationDialog.pick,
            on_drop=RelationDialog.drop,
            on_open=RelationDialog.open_edit,
        ),
        class_name="relation-ends",
    )


def _rest() -> rx.Component:
    wrong = RelationDialog.errors.contains("note")
    return rx.el.div(
        rx.el.div(
            rx.el.label("Note", rx.el.span(" optional", class_name="optional"), html_for="relation-note"),
            rx.el.div(
                rx.el.input(
                    id="relation-note",
                    name="note",
                    type="text",
                    max_length=500,
                    auto_complete="off",
                    default_value=RelationDialog.note,
                    custom_attrs={
                        "aria-describedby": "relation-note-below",
                        "aria-invalid": rx.cond(wrong, "true", "false"),
                    },
                ),
                class_name="box",
            ),
            rx.el.div(
                rx.cond(
                    wrong,
                    rx.el.p("Note ", RelationDialog.errors["note"], class_name="wrong"),
                    rx.el.p("What for, in one line: “its orders”.", class_name="help"),
                ),
                id="relation-note-below",
            ),
            class_name="field",
        ),
        rx.el.div(
            rx.el.input(
                id="relation-enabled",
                type="checkbox",
                checked=RelationDialog.enabled,
                on_change=RelationDialog.choose_enabled,
            ),
            rx.el.label("Enabled", html_for="relation-enabled"),
            rx.el.div(rx.el.p("A disabled one stays as a note and counts for nothing.", class_name="help")),
            class_name="field switch",
        ),
        class_name="fields apart",
    )


def _theirs() -> rx.Component:
    """What somebody else has saved meanwhile."""

    def row(change: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
        return rx.el.tr(
            rx.el.th(change["name"].to(str), scope="row"),
            rx.el.td(rx.cond(change["before"] != "", rx.el.del_(change["before"].to(str)))),
            rx.el.td(rx.cond(change["after"] != "", rx.el.ins(change["after"].to(str)))),
        )

    heads = ("What", "Was", "Is now")
    return rx.cond(
        RelationDialog.theirs.length() > 0,
        rx.el.section(
            rx.el.table(
                rx.el.caption("What somebody else changed meanwhile"),
                rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
                rx.el.tbody(rx.foreach(RelationDialog.theirs, row)),
                class_name="changes-of",
            ),
            rx.el.button("Take theirs", type="button", class_name="plain", on_click=RelationDialog.take_theirs),
            class_name="theirs",
        ),
    )


def _footer() -> rx.Component:
    count = RelationDialog.picks.length()
    return rx.el.footer(
        rx.cond(
            RelationDialog.is_new,
            rx.fragment(),
            rx.el.button(
                icon("trash"),
                "Delete",
                type="button",
                class_name="plain dangerous",
                on_click=RelationDialog.delete,
            ),
        ),
        rx.el.span(class_name="space"),
        rx.el.button("Cancel", type="button", class_name="plain", on_click=RelationDialog.close),
        rx.el.button(
            rx.cond(
                RelationDialog.is_new,
                rx.cond(count > 1, "Add " + count.to_string() + " relations", "Add relation"),
                rx.cond(RelationDialog.theirs.length() > 0, "Save mine all the same", "Save"),
            ),
            type="submit",
            class_name="primary",
        ),
    )


def _error(name: str) -> Any:
    return rx.cond(RelationDialog.errors.contains(name), RelationDialog.errors[name], "")
