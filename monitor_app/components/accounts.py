"""Accounts and open invitations as tables, and the dialogs to invite somebody and to change an account."""

# A state's attributes are vars on a page, which mypy cannot know.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, index, operator"

from typing import Any

import reflex as rx

from monitor_app.components.admin import ActionMenu, Ago, ClearSearch, Until, role_choice
from monitor_app.components.controls import CopyLine, FormFrame, Modal, icon
from monitor_app.state.users import AccountQuestion, InviteDialog, UsersState

Row = rx.vars.ObjectVar[dict[str, Any]]


def account_table() -> rx.Component:
    """Everybody who has an account, by name."""
    heads = ("User", "Role", "Second factor", "Sessions", "Keys", "Last log-in", "State")
    return rx.el.table(
        rx.el.caption("Accounts", class_name="for-readers"),
        rx.el.thead(
            rx.el.tr(
                *[
                    rx.el.th(head, scope="col", class_name="number" if head in ("Sessions", "Keys") else "")
                    for head in heads
                ],
                rx.el.th(rx.el.span("Actions", class_name="for-readers"), scope="col", class_name="cell-actions"),
            )
        ),
        rx.el.tbody(rx.foreach(UsersState.accounts, _account)),
        class_name="list accounts",
    )


def nobody_found() -> rx.Component:
    """The search finds no account."""
    return rx.el.div(
        rx.el.p("No account has “", UsersState.search, "” in its name."),
        ClearSearch.create("Drop the search"),
        class_name="no-match",
        role="status",
    )


def invitation_list() -> rx.Component:
    """What was sent and not used yet; nothing when there is none."""
    return rx.cond(
        UsersState.invitations.length() > 0,
        rx.el.section(
            rx.el.h2("Open invitations", rx.el.span(UsersState.invitations.length(), class_name="count-of")),
            rx.el.table(
                rx.el.caption("Open invitations", class_name="for-readers"),
                rx.el.thead(
                    rx.el.tr(
                        *[rx.el.th(head, scope="col") for head in ("For", "Role", "Invited by", "Sent", "Expires")],
                        rx.el.th(
                            rx.el.span("Actions", class_name="for-readers"), scope="col", class_name="cell-actions"
                        ),
                    )
                ),
                rx.el.tbody(rx.foreach(UsersState.invitations, _invitation)),
                class_name="list invitations",
            ),
            class_name="apart",
        ),
    )


def invite_dialog() -> rx.Component:
    """First who, then the link, once."""
    return Modal.create(
        rx.cond(InviteDialog.link == "", _invite_form(), _invited()),
        is_open=InviteDialog.is_open,
        title=rx.cond(InviteDialog.link == "", "Invite somebody", "Send this link"),
        size="medium",
        error_key=InviteDialog.refusals,
        on_close=InviteDialog.close,
    )


def account_dialog() -> rx.Component:
    """The question before something is done to an account, with what it destroys."""
    name = AccountQuestion.username
    return Modal.create(
        FormFrame.create(
            rx.el.div(
                rx.match(
                    AccountQuestion.action,
                    ("set_role", _role_question()),
                    ("disable", _disable_question()),
                    ("end_sessions", _sessions_question()),
                    _second_factor_question(),
                ),
                rx.cond(
                    (AccountQuestion.action != "set_role") & (AccountQuestion.error != ""),
                    rx.el.p(AccountQuestion.error, class_name="wrong", role="alert"),
                ),
                class_name="content said-words",
            ),
            rx.el.footer(
                rx.el.span(class_name="space"),
                rx.el.button("Leave it as it is", type="button", class_name="plain", on_click=AccountQuestion.close),
                rx.match(
                    AccountQuestion.action,
                    ("set_role", rx.el.button("Change the role", type="submit", class_name="primary")),
                    ("disable", _sure("Disable " + name)),
                    ("end_sessions", _sure("Log out everywhere")),
                    _sure("Reset second factor"),
                ),
            ),
            on_save=AccountQuestion.confirm,
        ),
        is_open=AccountQuestion.is_open,
        title=rx.match(
            AccountQuestion.action,
            ("set_role", "Role of " + name),
            ("disable", "Disable " + name + "?"),
            ("end_sessions", "Log " + name + " out everywhere?"),
            "Reset the second factor of " + name + "?",
        ),
        size="small",
        guard=False,
        error_key=AccountQuestion.refusals,
        on_close=AccountQuestion.close,
    )


def _account(account: Row) -> rx.Component:
    is_disabled = account["is_disabled"].to(bool)
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                rx.el.span(account["initial"].to(str), class_name="avatar", aria_hidden=True),
                rx.el.span(account["username"].to(str), class_name="username"),
                rx.cond(account["is_own"].to(bool), rx.el.span("you", class_name="chip")),
                class_name="user",
            ),
            scope="row",
        ),
        rx.el.td(_role(account["role"].to(str))),
        rx.el.td(
            rx.cond(
                account["has_second_factor"].to(bool),
                rx.el.span(icon("check", 14), "On", class_name="said ok"),
                rx.el.span("Off", class_name="muted"),
            ),
            custom_attrs={"data-label": "Second factor"},
        ),
        rx.el.td(_count(account["sessions"].to(int)), class_name="number", custom_attrs={"data-label": "Sessions"}),
        rx.el.td(_count(account["keys"].to(int)), class_name="number", custom_attrs={"data-label": "Keys"}),
        rx.el.td(Ago.create(at=account["signed_in_at"].to(int)), custom_attrs={"data-label": "Last log-in"}),
        rx.el.td(
            rx.cond(
                is_disabled,
                rx.el.span(icon("pause", 14), "Disabled", class_name="said off"),
                rx.el.span(icon("check", 14), "Active", class_name="said"),
            ),
            class_name="cell-state",
        ),
        rx.el.td(
            rx.cond(
                account["is_own"].to(bool),
                rx.el.a("Profile", href="/profile", class_name="quiet"),
                ActionMenu.create(
                    label="Actions for " + account["username"].to(str),
                    items=account["menu"].to(list[dict[str, Any]]),
                    on_choose=lambda action: UsersState.choose(action, account["pk"]),
                ),
            ),
            class_name="cell-actions",
        ),
        key=account["pk"].to(str),
        class_name=rx.cond(is_disabled, "off", ""),
    )


def _invitation(one: Row) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.cond(
                one["note"] != "",
                rx.el.span(one["note"].to(str), class_name="username"),
                rx.el.span("unnamed", class_name="muted"),
            ),
            scope="row",
        ),
        rx.el.td(_role(one["role"].to(str))),
        rx.el.td(one["created_by"].to(str), custom_attrs={"data-label": "Invited by"}),
        rx.el.td(Ago.create(at=one["created_at"].to(int)), custom_attrs={"data-label": "Sent"}),
        rx.el.td(Until.create(at=one["expires_at"].to(int)), custom_attrs={"data-label": "Expires"}),
        rx.el.td(
            rx.el.button(
                "Withdraw",
                type="button",
                class_name="quiet",
                aria_label="Withdraw the invitation for " + rx.cond(one["note"] != "", one["note"].to(str), "nobody"),
                on_click=UsersState.withdraw(one["pk"]),
            ),
            class_name="cell-actions",
        ),
        key=one["pk"].to(str),
    )


def _role(role: rx.Var[str]) -> rx.Component:
    return rx.el.span(role.capitalize(), class_name="role " + role)


def _count(count: rx.Var[int]) -> rx.Component:
    return rx.el.span(count, class_name=rx.cond(count > 0, "mono", "mono muted"))


def _invite_form() -> rx.Component:
    errors = InviteDialog.errors
    return FormFrame.create(
        rx.el.div(
            role_choice("viewer", rx.cond(errors.contains("role"), errors["role"], "")),
            rx.el.div(
                rx.el.div(
                    rx.el.label("For", rx.el.span(" optional", class_name="optional"), html_for="invite-note"),
                    rx.el.div(
                        rx.el.input(
                            id="invite-note",
                            name="note",
                            auto_complete="off",
                            max_length=120,
                            placeholder="Bo from operations",
                            custom_attrs={
                                "aria-describedby": "invite-note-below",
                                "aria-invalid": rx.cond(errors.contains("note"), "true", "false"),
                            },
                        ),
                        class_name="box",
                    ),
                    rx.el.div(
                        rx.cond(
                            errors.contains("note"),
                            rx.el.p("This ", errors["note"], class_name="wrong"),
                            rx.el.p("So that you know whose link it is. They choose their name.", class_name="help"),
                        ),
                        id="invite-note-below",
                    ),
                    class_name="field most",
                ),
                rx.el.div(
                    rx.el.label("The link works for", html_for="invite-days"),
                    rx.el.div(
                        rx.el.select(
                            *[
                                rx.el.option("1 day" if days == 1 else f"{days} days", value=str(days))
                                for days in (1, 3, 7, 14, 30)
                            ],
                            id="invite-days",
                            name="days",
                            default_value="7",
                        ),
                        class_name="box",
                    ),
                    rx.cond(errors.contains("days"), rx.el.p(errors["days"], class_name="wrong", role="alert")),
                    class_name="field least",
                ),
                class_name="fields apart",
            ),
            class_name="content",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button("Cancel", type="button", class_name="plain", on_click=InviteDialog.close),
            rx.el.button("Make the link", type="submit", class_name="primary"),
        ),
        on_save=InviteDialog.save,
    )


def _invited() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.p(
                rx.cond(InviteDialog.note != "", InviteDialog.note, "Whoever opens it"),
                " becomes ",
                rx.match(InviteDialog.role, ("viewer", "a viewer"), ("editor", "an editor"), "an administrator"),
                ", and chooses a name and a password. It works once, within ",
                rx.cond(InviteDialog.days == 1, "1 day", f"{InviteDialog.days} days"),
                ", for whoever has it first: send it on a way that only they read.",
            ),
            CopyLine.create(title="Invitation link", text=InviteDialog.link, auto_focus=True),
            rx.el.p("It is shown this once. Lost? Withdraw the invitation and make another.", class_name="help"),
            class_name="content copy-lines said-words",
        ),
        rx.el.footer(
            rx.el.span(class_name="space"),
            rx.el.button(
                "Done",
                type="button",
                class_name="primary",
                on_click=InviteDialog.close,
            ),
        ),
    )


def _role_question() -> rx.Component:
    return rx.fragment(
        role_choice(AccountQuestion.role, AccountQuestion.error),
        rx.el.p("A new role ends their sessions within 5 seconds: they log in anew. ", _keys_note(), class_name="help"),
    )


def _keys_note() -> rx.Component:
    return rx.cond(
        AccountQuestion.keys > 0, "What their keys may do shrinks with the role: no key may more than its owner.", ""
    )


def _disable_question() -> rx.Component:
    name = rx.el.b(AccountQuestion.username)
    return rx.fragment(
        rx.el.p(name, " cannot log in any more. Within 5 seconds:"),
        rx.el.ul(
            rx.cond(
                AccountQuestion.sessions > 0,
                rx.el.li(
                    _sessions(), rx.cond(AccountQuestion.sessions == 1, " ends", " end"), "; what is not saved is lost"
                ),
            ),
            rx.cond(
                AccountQuestion.keys > 0,
                rx.el.li(_keys(), rx.cond(AccountQuestion.keys == 1, " stops", " stop"), " working"),
            ),
            rx.el.li("wall screens that show the board with a token of theirs close"),
        ),
        rx.el.p("Services that they made stay. You can enable the account again; keys work then as before."),
    )


def _sessions_question() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            _sessions(),
            " of ",
            rx.el.b(AccountQuestion.username),
            rx.cond(AccountQuestion.sessions == 1, " ends", " end"),
            " within 5 seconds; what is typed there and not saved is lost.",
        ),
        rx.el.p("They can log in again at once. Keys go on working: disable the account to stop those too."),
    )


def _second_factor_question() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "The authenticator app and the recovery codes of ",
            rx.el.b(AccountQuestion.username),
            " stop working",
            rx.cond(
                AccountQuestion.sessions > 0,
                rx.fragment(", and ", _sessions(), rx.cond(AccountQuestion.sessions == 1, " ends", " end")),
            ),
            ".",
        ),
        rx.el.p(
            "Until they set it up anew, the password alone opens the account. "
            "Make sure that it is really them who asks: call them, do not trust a mail."
        ),
    )


def _sessions() -> rx.Var[str]:
    return rx.cond(AccountQuestion.sessions == 1, "1 session", f"{AccountQuestion.sessions} sessions")


def _keys() -> rx.Var[str]:
    return rx.cond(AccountQuestion.keys == 1, "1 key", f"{AccountQuestion.keys} keys")


def _sure(text: Any) -> rx.Component:
    return rx.el.button(text, type="submit", class_name="primary dangerous", custom_attrs={"data-autofocus": ""})
