"""What the pages of groups are made of: the tree, its dialogs, tags and environments."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator, type-arg, valid-type"

from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from monitor_app.components.admin import ActionMenu
from monitor_app.components.browser import module
from monitor_app.components.controls import FormFrame, Modal
from monitor_app.components.event_specs import one, two
from monitor_app.state.colours import ColourState
from monitor_app.state.map_feed import MapFeed
from monitor_app.state.tags import TagDialog, TagsState

Row = rx.vars.ObjectVar[dict[str, Any]]


class GroupTree(rx.Component):
    """The tree of groups, each row as state/group_rows.py makes it. When `answered` changes, a move is settled."""

    library = module("group_tree.jsx")
    tag = "GroupTree"
    rows: rx.Var[list[dict[str, Any]]]
    answered: rx.Var[int]
    on_fold: rx.EventHandler[one]
    on_act: rx.EventHandler[two]
    on_move: rx.EventHandler[two]
    on_new: rx.EventHandler[rx.event.no_args_event_spec]


class GroupStatus(rx.Component):
    """What is true of a group, in a word."""

    library = module("group_tree.jsx")
    tag = "GroupStatus"
    status: rx.Var[int]


class SectionTabs(rx.Component):
    """Parts of one page: `parts` are {key, title}; `kept` is a parameter of the address that all have."""

    library = module("section_tabs.jsx")
    tag = "SectionTabs"
    parts: rx.Var[list[dict[str, str]]]
    label: rx.Var[str]
    kept: rx.Var[str]


class _GroupFeed(rx.Component):
    library = module("group_feed.jsx")
    tag = "GroupFeed"
    feed_state: rx.Var[str]
    feed_var: rx.Var[str]
    on_news: rx.EventHandler[rx.event.no_args_event_spec]


class _TagChip(rx.Component):
    library = module("tag_chip.jsx")


class TagChip(_TagChip):
    """A tag or an environment, in its colour."""

    tag = "TagChip"
    sort: rx.Var[str]
    name: rx.Var[str]


class ColourChoice(_TagChip):
    """Gives a tag or an environment a colour, which shows at once; when `answered` changes, that is settled."""

    tag = "ColourChoice"
    sort: rx.Var[str]
    name: rx.Var[str]
    colour: rx.Var[str]
    choices: rx.Var[list[str]]
    answered: rx.Var[int]
    on_paint: rx.EventHandler[one]


class _Colours(_TagChip):
    tag = "Colours"
    colours: rx.Var[dict[str, dict[str, str]]]


def group_feed(on_news: Any) -> rx.Component:
    """Calls `on_news` when something has changed on the board; the page has joined the map's hub when it loaded."""
    return _GroupFeed.create(feed_state=MapFeed.get_full_name(), feed_var="patch" + FIELD_MARKER, on_news=on_news)


def tag_table() -> rx.Component:
    """Tags, or environments, with how many services have each, and its colour."""
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(rx.cond(TagsState.sort == "tag", "Tag", "Environment"), scope="col"),
                rx.el.th("Services", scope="col", class_name="number"),
                rx.el.th("Colour", scope="col"),
                rx.el.th(rx.el.span("Actions", class_name="for-readers"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(TagsState.rows, _tag_row)),
        class_name="list tag-table",
    )


def _tag_row(row: Row) -> rx.Component:
    name = row["name"].to(str)
    return rx.el.tr(
        rx.el.th(TagChip.create(sort=TagsState.sort, name=name), scope="row"),
        rx.el.td(
            rx.el.a(
                row["services"].to(int),
                href="/?" + TagsState.sort + "=" + _encoded(name),
                class_name="mono",
                aria_label="Services of " + name + ": " + row["services"].to(str),
            ),
            class_name="number",
            custom_attrs={"data-label": "Services"},
        ),
        rx.el.td(
            ColourChoice.create(
                sort=TagsState.sort,
                name=name,
                colour=row["colour"].to(str),
                choices=TagsState.choices,
                answered=TagsState.answered,
                on_paint=lambda colour: TagsState.paint(TagsState.sort, name, colour),
            ),
            class_name="field",
        ),
        rx.el.td(
            ActionMenu.create(
                label="Actions for " + name,
                items=row["menu"].to(list[dict[str, Any]]),
                on_choose=lambda action: TagsState.act(action, TagsState.sort, name),
            ),
            class_name="cell-actions",
        ),
        key=name,
    )


def _encoded(name: rx.Var[str]) -> rx.Var[str]:
    return rx.Var(f"encodeURIComponent({name!s})", _var_data=name._get_all_var_data()).to(str)


def tag_dialog() -> rx.Component:
    """Another name, or the question before one is taken from all services."""
    return Modal.create(
        rx.cond(TagDialog.action == "rename", _rename(), _removal()),
        is_open=TagDialog.is_open,
        title=rx.cond(TagDialog.action == "rename", "Rename " + TagDialog.name, "Take away " + TagDialog.name + "?"),
        size="small",
        guard=False,
        error_key=TagDialog.refusals,
        on_close=TagDialog.close,
    )


def _rename() -> rx.Component:
    return FormFrame.create(
        rx.el.div(
            field(
                "tag-name",
                "name",
                "New name",
                rx.el.input(default_value=TagDialog.name, max_length=40, auto_complete="off", spell_check=False),
                TagDialog.errors,
                rx.cond(
                    TagDialog.services == 1,
                    "1 service gets it. ",
                    TagDialog.services.to_string() + " services get it. ",
                )
                + "A name that is there already takes these services in.",
            ),
            class_name="content fields",
        ),
        footer("Rename", TagDialog.close),
        key=TagDialog.name,
        on_save=TagDialog.save,
    )


def _removal() -> rx.Component:
    return FormFrame.create(
        rx.el.div(
            rx.el.p(
                rx.cond(
                    TagDialog.services == 1, "1 service loses it", TagDialog.services.to_string() + " services lose it"
                ),
                "; nothing else of them changes. Undo in the message that follows gives it back, without its colour.",
            ),
            rx.cond(TagDialog.errors.contains("name"), rx.el.p(TagDialog.errors["name"], class_name="wrong")),
            class_name="content",
        ),
        footer("Take it away", TagDialog.close, is_dangerous=True),
        on_save=TagDialog.save,
    )


def field(
    place: str,
    key: str,
    title: str,
    control: rx.Component,
    errors: rx.Var[dict[str, str]],
    help_text: Any = "",
    *,
    width: str = "",
    unit: str = "",
    when: str = "",
) -> rx.Component:
    """A labelled field with its help, or what is wrong with it, below; `place` is its id."""
    control.id = place
    control.name = key
    control.custom_attrs = {
        **control.custom_attrs,
        "aria-describedby": f"{place}-below",
        "aria-invalid": rx.cond(errors.contains(key), "true", "false"),
    }
    return rx.el.div(
        rx.el.label(title, html_for=place),
        rx.el.div(
            control,
            rx.el.span(unit, class_name="unit") if unit else rx.fragment(),
            class_name="box with-unit" if unit else "box",
        ),
        rx.el.div(
            rx.cond(
                errors.contains(key),
                rx.el.p(title, " ", errors[key], class_name="wrong"),
                rx.el.p(help_text, class_name="help"),
            ),
            id=f"{place}-below",
        ),
        class_name=f"field {width}",
        custom_attrs={"data-when": when} if when else {},
    )


def footer(action: str, on_cancel: Any, *, is_dangerous: bool = False) -> rx.Component:
    """What a dialog ends with."""
    return rx.el.footer(
        rx.el.span(class_name="space"),
        rx.el.button("Cancel", type="button", class_name="plain", on_click=on_cancel),
        rx.el.button(
            action,
            type="submit",
            class_name="primary dangerous" if is_dangerous else "primary",
            custom_attrs={"data-autofocus": ""} if is_dangerous else {},
        ),
    )


def chip_colours() -> rx.Component:
    """Tells the chips of a page their colours."""
    return _Colours.create(colours=ColourState.colours)
