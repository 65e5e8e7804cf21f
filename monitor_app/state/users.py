"""Who has an account, who is invited, and what an administrator does about it."""

from collections.abc import Awaitable
from typing import Any, Final

import reflex as rx

from monitor_app.domain.account import AccountView, InvitationView
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.security.permissions import ACCOUNT_ROLES, EDITOR, USER_MANAGE, VIEWER
from monitor_app.state.guard import caller, requires
from monitor_app.state.links import link_here
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say

# So many accounts are shown at once; the search finds the others.
SHOWN_LIMIT: Final = 200
SEARCH_LIMIT: Final = 80
DEFAULT_DAYS: Final = 7
# What stands before its question: nothing of it can be taken back.
QUESTIONS: Final = ("set_role", "disable", "end_sessions", "reset_second_factor")


class UsersState(rx.State):
    """The accounts that the address asks for, and the invitations that are open."""

    is_loaded: bool = False
    problem: str = ""
    accounts: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    invitations: list[dict[str, Any]] = []  # noqa: RUF012
    total: int = 0
    matched: int = 0
    search: str = ""

    @rx.event
    @requires(USER_MANAGE)
    async def load(self) -> None:
        """Read them: when the page comes up, its search changes, or something was done."""
        await self._read()

    @rx.event
    @requires(USER_MANAGE)
    async def choose(self, action: Any, pk: Any) -> Any:
        """Something was chosen in the menu of an account."""
        account = await _account(pk)
        if account is None:
            return UsersState.load
        if action in QUESTIONS:
            (await self.get_state(AccountQuestion))._ask(action, account)
        elif action == "enable":
            await self._do(current().accounts.enable(caller(), account.pk), f"{account.username} can log in again")
        return None

    @rx.event
    @requires(USER_MANAGE)
    async def withdraw(self, pk: Any) -> None:
        """Make the link of an open invitation worthless."""
        await self._do(current().accounts.withdraw(caller(), pk), "The invitation is withdrawn; its link works no more")

    async def _do(self, change: Awaitable[Any], done: str) -> None:
        """What needs no question: a word says how it went."""
        try:
            await change
        except (InvalidInput, NotFound) as err:
            await say(self, reason_of(err), tone="failed")
        else:
            await say(self, done)
        await self._read()

    async def _read(self) -> None:
        wanted = self.router.url.query_parameters.get("search", "")[:SEARCH_LIMIT]
        try:
            known = await current().accounts.list_all(caller())
            invited = await current().accounts.list_invitations(caller())
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        found = [account for account in known if wanted.casefold() in account.username.casefold()]
        own = caller().account_pk
        self.accounts = [account_row(account, is_own=account.pk == own) for account in found[:SHOWN_LIMIT]]
        self.invitations = [invitation_row(one) for one in invited if one.state == "open" and not one.is_setup]
        self.total, self.matched, self.search = len(known), len(found), wanted
        self.problem, self.is_loaded = "", True


class AccountQuestion(rx.State):
    """Asks before something is done to an account that cannot be taken back."""

    is_open: bool = False
    action: str = ""
    username: str = ""
    role: str = ""
    sessions: int = 0
    keys: int = 0
    error: str = ""
    refusals: int = 0
    _pk: int = 0

    @rx.event
    @requires(USER_MANAGE)
    def close(self) -> None:
        """Do nothing after all."""
        self.is_open = False

    @rx.event
    @requires(USER_MANAGE)
    async def confirm(self, form: Any) -> Any:
        """Do what was asked about; the form holds the role where that is the question."""
        if not self.is_open or not isinstance(form, dict):
            return None
        try:
            done = await self._do(form.get("role"))
        except (InvalidInput, NotFound) as err:
            reason = reason_of(err)
            self.error = f"{self.username} {reason[0].lower()}{reason[1:]}" if reason.startswith("Is ") else reason
            self.refusals += 1
            return None
        self.is_open = False
        await say(self, done)
        return UsersState.load

    async def _do(self, role: Any) -> str:
        accounts, name = current().accounts, self.username
        match self.action:
            case "set_role":
                await accounts.set_role(caller(), self._pk, role)
                return f"{name} is {an(role)} now and has to log in anew"
            case "disable":
                await accounts.disable(caller(), self._pk)
                return f"{name} is disabled and logged out everywhere"
            case "end_sessions":
                ended = await accounts.end_sessions(caller(), self._pk)
                return f"{name} is logged out of {ended} {'browser' if ended == 1 else 'browsers'}"
            case _:
                await accounts.reset_second_factor(caller(), self._pk)
                return f"{name} logs in with the password alone until a second factor is set up again"

    def _ask(self, action: str, account: AccountView) -> None:
        self.action, self._pk, self.username, self.role = action, account.pk, account.username, account.role
        self.sessions, self.keys, self.error, self.is_open = account.sessions, account.keys, "", True


class InviteDialog(rx.State):
    """Makes a link for one new account. The link is here only until the dialog is closed."""

    is_open: bool = False
    link: str = ""
    role: str = VIEWER
    note: str = ""
    days: int = DEFAULT_DAYS
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0

    @rx.event
    @requires(USER_MANAGE)
    def open(self) -> None:
        """Show an empty form."""
        self._forget()
        self.is_open = True

    @rx.event
    @requires(USER_MANAGE)
    def close(self) -> None:
        """Hide the dialog, and forget the link."""
        self._forget()

    @rx.event
    @requires(USER_MANAGE)
    async def save(self, form: Any) -> Any:
        """Make the link and show it."""
        if not isinstance(form, dict) or not self.is_open or self.link:
            return None
        role, note, days = form.get("role", ""), form.get("note", ""), number_of(form.get("days"))
        try:
            token = await current().accounts.invite(caller(), role, note, days)
        except InvalidInput as err:
            self.errors = err.fields
            self.refusals += 1
            return None
        self.role, self.note, self.days, self.errors = role, note.strip(), days, {}
        self.link = link_here(self, "/invitation", token)
        return UsersState.load

    def _forget(self) -> None:
        self.is_open, self.link, self.note, self.errors = False, "", "", {}


def account_row(account: AccountView, *, is_own: bool) -> dict[str, Any]:
    """An account as the page draws it; times are epoch milliseconds, 0 for never."""
    return {
        "pk": account.pk,
        "username": account.username,
        "initial": account.username[:1].upper(),
        "role": account.role,
        "is_own": is_own,
        "is_disabled": account.is_disabled,
        "has_second_factor": account.has_second_factor,
        "sessions": account.sessions,
        "keys": account.keys,
        "signed_in_at": wire_time(account.signed_in_at) or 0,
        "created_at": wire_time(account.created_at),
        "menu": [] if is_own else _menu(account),
    }


def invitation_row(invitation: InvitationView) -> dict[str, Any]:
    """An open invitation as the page draws it."""
    return {
        "pk": invitation.pk,
        "role": invitation.role,
        "note": invitation.note,
        "created_by": invitation.created_by,
        "created_at": wire_time(invitation.created_at),
        "expires_at": wire_time(invitation.expires_at),
    }


def number_of(given: Any) -> Any:
    """A whole number that a form has as text; what is none stays as it is, for the use case to refuse."""
    is_number = isinstance(given, str) and len(given) < 10 and given.strip().isascii() and given.strip().isdigit()
    return int(given) if is_number else given


def reason_of(err: LightbulbError) -> str:
    """A refusal as one sentence for who pressed the button."""
    text = "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
    return text[:1].upper() + text[1:]


def an(role: str) -> str:
    """`an editor`."""
    return f"an {role}" if role in (EDITOR, ACCOUNT_ROLES[-1]) else f"a {role}"


def _menu(account: AccountView) -> list[dict[str, Any]]:
    """What can be done with somebody's account, and nothing that would be refused."""
    items = [_item("set_role", "user", "Change the role")]
    if account.sessions:
        items.append(_item("end_sessions", "logout", "Log out everywhere"))
    if account.has_second_factor:
        items.append(_item("reset_second_factor", "phone", "Reset second factor"))
    if account.is_disabled:
        return [*items, _item("enable", "play", "Enable")]
    return [*items, _item("disable", "pause", "Disable", is_dangerous=True)]


def _item(action: str, icon: str, text: str, *, is_dangerous: bool = False) -> dict[str, Any]:
    return {"action": action, "icon": icon, "text": text, "isDangerous": is_dangerous}


async def _account(pk: Any) -> AccountView | None:
    known = await current().accounts.list_all(caller())
    return next((account for account in known if account.pk == pk and not isinstance(pk, bool)), None)
