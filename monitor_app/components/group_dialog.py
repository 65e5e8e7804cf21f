"""The form of a group, and the question before one is deleted."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.controls import FormFrame, Modal
from monitor_app.components.groups import field, footer
from monitor_app.components.managed import managed_note
from monitor_app.domain.group import DESCRIPTION_LIMIT, WORST
from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.state.group_dialog import TO_NONE, TO_PARENT, DeleteGroup, GroupDialog


def group_dialog() -> rx.Component:
    """Adds or changes a group; nothing that was typed is lost when it is refused."""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                managed_note(GroupDialog.managed_by, ""),
                rx.el.div(_name(), _description(), _parent(), class_name="fields"),
                rx.el.div(_how(), _degraded(), _failed(), _weights(), class_name="fields apart"),
                rx.cond(
                    GroupDialog.errors.contains(""), rx.el.p(GroupDialog.errors[""], class_name="wrong", role="alert")
                ),
                class_name="content",
            ),
            footer("Save", GroupDialog.close),
            key=GroupDialog.title,
            on_save=GroupDialog.save,
            on_leave=GroupDialog.leave,
        ),
        is_open=GroupDialog.is_open,
        title=GroupDialog.title,
        error_key=GroupDialog.refusals,
        on_close=GroupDialog.close,
    )


def _first(key: str) -> dict[str, Any]:
    """Marks the field that the dialog begins with."""
    return {"data-autofocus": rx.cond(GroupDialog.focus == key, "", rx.Var("undefined"))}


def _name() -> rx.Component:
    control = rx.el.input(
        default_value=GroupDialog.values["name"],
        max_length=GROUP_LIMIT,
        auto_complete="off",
        spell_check=False,
        custom_attrs=_first("name"),
    )
    help_text = rx.cond(
        GroupDialog.is_new, "As services carry it; it may hold anything.", "Its services and groups go along."
    )
    return field("group-name", "name", "Name", control, GroupDialog.errors, help_text)


def _description() -> rx.Component:
    control = rx.el.input(
        default_value=GroupDialog.values["description"], max_length=DESCRIPTION_LIMIT, auto_complete="off"
    )
    return field("group-description", "description", "Description", control, GroupDialog.errors, "Optional. One line.")


def _parent() -> rx.Component:
    control = rx.el.select(
        rx.el.option("At the top", value=""),
        rx.foreach(GroupDialog.parents, lambda name: rx.el.option(name, value=name)),
        default_value=GroupDialog.values["parent"],
        custom_attrs=_first("parent"),
    )
    return field("group-parent", "parent", "In the group", control, GroupDialog.errors)


def _how() -> rx.Component:
    control = rx.el.select(
        rx.el.option("The worst of what is in it", value="worst"),
        rx.el.option("The share of its services that is up", value="share"),
        default_value=GroupDialog.values["how"],
        custom_attrs=_first("how"),
    )
    help_text = "What is paused or in maintenance is left out. What is unknown is never taken for up."
    return field("group-how", "how", "Status", control, GroupDialog.errors, help_text)


def _degraded() -> rx.Component:
    return _bound("degraded_below", "Degraded below", WORST.degraded_below, "Of the weight that is OK.")


def _failed() -> rx.Component:
    return _bound("failed_below", "Down below", WORST.failed_below, "Of the weight that is OK or degraded.")


def _bound(key: str, title: str, by_itself: int, help_text: str) -> rx.Component:
    control = rx.el.input(
        default_value=GroupDialog.values[key], placeholder=str(by_itself), input_mode="numeric", auto_complete="off"
    )
    errors = GroupDialog.errors
    return field(f"group-{key}", key, title, control, errors, help_text, width="half", unit="%", when="how=share")


def _weights() -> rx.Component:
    control = rx.el.textarea(
        default_value=GroupDialog.values["weights"],
        rows="3",
        placeholder="db-main: 5",
        class_name="mono",
        spell_check=False,
    )
    help_text = "Optional. A service on each line, by its id; all others weigh 1, and 0 leaves one out."
    return field("group-weights", "weights", "Weights", control, GroupDialog.errors, help_text, when="how=share")


def delete_group_dialog() -> rx.Component:
    """Asks before a group goes, and where its services are to be then."""
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                rx.el.p(
                    "The group and what is said of it go; its services stay and are checked as before.",
                    rx.cond(
                        DeleteGroup.inner > 0,
                        rx.cond(
                            DeleteGroup.parent != "",
                            " Groups in it move into " + DeleteGroup.parent + ".",
                            " Groups in it move to the top.",
                        ),
                        "",
                    ),
                ),
                rx.cond(DeleteGroup.services > 0, _where()),
                rx.cond(
                    DeleteGroup.errors.contains(""), rx.el.p(DeleteGroup.errors[""], class_name="wrong", role="alert")
                ),
                class_name="content",
            ),
            footer("Delete the group", DeleteGroup.close, is_dangerous=True),
            key=DeleteGroup.name,
            on_save=DeleteGroup.confirm,
        ),
        is_open=DeleteGroup.is_open,
        title="Delete " + DeleteGroup.name + "?",
        size="small",
        guard=False,
        error_key=DeleteGroup.refusals,
        on_close=DeleteGroup.close,
    )


def _where() -> rx.Component:
    choice = rx.el.select(
        rx.cond(
            DeleteGroup.parent != "",
            rx.el.option("Into " + DeleteGroup.parent + ", the group around it", value=TO_PARENT),
        ),
        rx.el.option("Into no group", value=TO_NONE),
        rx.el.option("Into another group", value="other"),
    )
    others = rx.el.select(rx.foreach(DeleteGroup.others, lambda name: rx.el.option(name, value=name)))
    errors = DeleteGroup.errors
    title = "Where its services go"
    return rx.el.div(
        field("group-services-to", "services_to", title, choice, errors, DeleteGroup.services.to_string() + " of them"),
        rx.cond(
            DeleteGroup.others.length() > 0,
            field("group-other", "other", "Other group", others, errors, when="services_to=other"),
        ),
        class_name="fields apart",
    )
