"""Users: who has an account, and who is invited."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

import reflex as rx

from monitor_app.components.accounts import (
    account_dialog,
    account_table,
    invitation_list,
    invite_dialog,
    nobody_found,
)
from monitor_app.components.admin import ListSearch, admin_page, heading, when_loaded
from monitor_app.components.controls import icon
from monitor_app.components.shell import ADMIN_PLACE, shell
from monitor_app.state.users import SHOWN_LIMIT, InviteDialog, UsersState

ROUTE = "/admin/users"
TITLE = "Users · Lightbulb"
ON_LOAD = UsersState.load


def page() -> rx.Component:
    """A table, and what can be done with each row."""
    return shell(
        ADMIN_PLACE,
        admin_page(
            heading(
                "Users",
                "Who may log in, and what each of them may do.",
                rx.cond((UsersState.total > 8) | (UsersState.search != ""), ListSearch.create(title="Search accounts")),
                rx.el.button(icon("plus"), "Invite", type="button", class_name="primary", on_click=InviteDialog.open),
            ),
            when_loaded(
                UsersState.is_loaded,
                UsersState.problem,
                UsersState.load,
                rx.cond(UsersState.matched > 0, account_table(), nobody_found()),
                rx.cond(
                    UsersState.matched > SHOWN_LIMIT,
                    rx.el.p(
                        f"The first {SHOWN_LIMIT} of ", UsersState.matched, ": search to see others.", class_name="help"
                    ),
                ),
                rx.cond(
                    (UsersState.total == 1) & (UsersState.invitations.length() == 0),
                    rx.el.div(
                        rx.el.p("Nobody but you yet. An invitation is a link that makes one account, once."),
                        rx.el.button("Invite somebody", type="button", class_name="plain", on_click=InviteDialog.open),
                        rx.el.a("What each role may do", href="/help/accounts#roles"),
                        class_name="empty-list",
                    ),
                ),
                invitation_list(),
            ),
        ),
        invite_dialog(),
        account_dialog(),
    )
