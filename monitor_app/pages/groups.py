"""Groups: their tree and how their status follows, tags and environments with their colours."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.admin import ClearSearch, ListSearch, admin_page, heading
from monitor_app.components.controls import icon
from monitor_app.components.groups import GroupTree, SectionTabs, group_feed, tag_dialog, tag_table
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.state.group_dialog import GroupDialog
from monitor_app.state.groups import SHOWN_LIMIT, GroupsState
from monitor_app.state.tags import SHOWN_LIMIT as TAGS_SHOWN
from monitor_app.state.tags import TagsState

ROUTE = "/admin/groups"
TITLE = "Groups · Lightbulb"
ON_LOAD = GroupsState.load
ON_CHANGE = GroupsState.load
PARTS = [
    {"key": "groups", "title": "Groups"},
    {"key": "tags", "title": "Tags"},
    {"key": "environments", "title": "Environments"},
]


def page() -> rx.Component:
    """Three parts, one at a time."""
    return shell(
        ADMIN_PLACE,
        group_feed(GroupsState.refresh),
        admin_page(
            heading(
                "Groups, tags and environments",
                "How services are arranged, and what is true of them together.",
                ListSearch.create(title="Search"),
                rx.cond(
                    GroupsState.tab == "groups",
                    rx.el.button(
                        icon("plus"), "New group", type="button", class_name="primary", on_click=GroupDialog.open_new
                    ),
                ),
            ),
            SectionTabs.create(parts=PARTS, label="What is arranged"),
            rx.cond(GroupsState.is_loaded, rx.cond(GroupsState.tab == "groups", _groups(), _tags())),
        ),
        tag_dialog(),
    )


def _groups() -> rx.Component:
    return rx.fragment(
        rx.cond(
            GroupsState.rows.length() > 0,
            GroupTree.create(
                rows=GroupsState.rows,
                answered=GroupsState.answered,
                on_fold=GroupsState.fold,
                on_act=GroupsState.act,
                on_move=GroupsState.move,
                on_new=GroupDialog.open_new,
            ),
            rx.cond(
                GroupsState.search != "",
                _nothing("No group is called that, and none is described so."),
                rx.el.div(
                    rx.el.p("No groups yet. Services carry a group; groups in groups have a status of their own."),
                    rx.el.button(
                        "Make the first one", type="button", class_name="plain", on_click=GroupDialog.open_new
                    ),
                    rx.el.a("What groups are for", href="/help/groups"),
                    class_name="empty-list",
                ),
            ),
        ),
        rx.cond(
            GroupsState.left_out > 0,
            rx.el.p(f"The first {SHOWN_LIMIT}: search, or fold some, to see others.", class_name="help"),
        ),
        rx.cond(
            GroupsState.rows.length() > 1,
            rx.el.p(
                "Drag a group into another one, or choose Move to… in its menu. ",
                rx.el.kbd("←"),
                rx.el.kbd("→"),
                " fold and unfold, ",
                rx.el.kbd("m"),
                " shows what can be done.",
                class_name="help tree-help",
            ),
        ),
    )


def _tags() -> rx.Component:
    return rx.fragment(
        rx.cond(
            TagsState.rows.length() > 0,
            tag_table(),
            rx.cond(
                GroupsState.search != "",
                _nothing("Nothing is called that."),
                rx.el.div(
                    rx.cond(
                        GroupsState.tab == "tags",
                        rx.el.p(
                            "No service has a tag yet. Tags are given in the form of a service, or to many at once."
                        ),
                        rx.el.p("No service is in an environment yet. It is a field of each service."),
                    ),
                    rx.el.a("Go to the services", href="/admin/services", class_name="plain"),
                    rx.el.a("What they are for", href="/help/groups#tags-and-environments"),
                    class_name="empty-list",
                ),
            ),
        ),
        rx.cond(
            TagsState.matched > TAGS_SHOWN,
            rx.el.p(f"The first {TAGS_SHOWN} of ", TagsState.matched, ": search to see others.", class_name="help"),
        ),
    )


def _nothing(text: str) -> rx.Component:
    return rx.el.div(
        rx.el.p(text), ClearSearch.create("Show all"), class_name="empty-list", custom_attrs={"role": "status"}
    )
