"""Tokens that open the board on wall screens: made, shown once as a link, and revoked."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.account import KeyView
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.security.permissions import SETTING_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.links import link_here
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.state.users import number_of, reason_of

# What the form calls a token that works until somebody revokes it.
NEVER: Final = "never"


class WallTokenState(rx.State):
    """The tokens that work, and the question before one is revoked."""

    is_loaded: bool = False
    problem: str = ""
    tokens: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    is_asking: bool = False
    name: str = ""
    _pk: int = 0

    @rx.event
    @requires(SETTING_MANAGE)
    async def load(self) -> None:
        """Read them."""
        try:
            known = await current().wall_tokens.list_all(caller())
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        self.tokens = [token_row(token) for token in known if token.state != "revoked"]
        self.problem, self.is_loaded = "", True

    @rx.event
    @requires(SETTING_MANAGE)
    def ask(self, pk: Any) -> None:
        """Ask before a token is revoked."""
        token = next((row for row in self.tokens if row["pk"] == pk), None)
        if token is not None:
            self._pk, self.name, self.is_asking = token["pk"], token["name"], True

    @rx.event
    @requires(SETTING_MANAGE)
    def keep(self) -> None:
        """Do not revoke it after all."""
        self.is_asking = False

    @rx.event
    @requires(SETTING_MANAGE)
    async def revoke(self) -> Any:
        """Revoke the token that was asked about; its screens close."""
        if not self.is_asking:
            return None
        self.is_asking = False
        try:
            await current().wall_tokens.revoke(caller(), self._pk)
        except NotFound as err:  # somebody else was faster
            await say(self, reason_of(err), tone="failed")
        else:
            await say(self, f"{self.name} is revoked; its screens close within 5 seconds")
        return WallTokenState.load


class WallTokenDialog(rx.State):
    """Makes a token. The link is here only until the dialog is closed."""

    is_open: bool = False
    link: str = ""
    name: str = ""
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0

    @rx.event
    @requires(SETTING_MANAGE)
    def open(self) -> None:
        """Show an empty form."""
        self._forget()
        self.is_open = True

    @rx.event
    @requires(SETTING_MANAGE)
    def close(self) -> None:
        """Hide the dialog, and forget the link."""
        self._forget()

    @rx.event
    @requires(SETTING_MANAGE)
    async def save(self, form: Any) -> Any:
        """Make the token and show its link."""
        if not isinstance(form, dict) or not self.is_open or self.link:
            return None
        days = form.get("expires_days")
        try:
            token = await current().wall_tokens.make(
                caller(), form.get("name", ""), None if days == NEVER else number_of(days)
            )
        except InvalidInput as err:
            self.errors = err.fields
            self.refusals += 1
            return None
        self.name, self.errors = form["name"].strip(), {}
        self.link = link_here(self, "/wall", token)
        return WallTokenState.load

    def _forget(self) -> None:
        self.is_open, self.link, self.name, self.errors = False, "", "", {}


def token_row(token: KeyView) -> dict[str, Any]:
    """A token as the page draws it, without its secret; times are epoch milliseconds, 0 for never."""
    return {
        "pk": token.pk,
        "name": token.name,
        "key_id": token.key_id,
        "created_by": token.created_by,
        "created_at": wire_time(token.created_at),
        "expires_at": wire_time(token.expires_at) or 0,
        "used_at": wire_time(token.used_at) or 0,
        "used_from": token.used_from,
        "state": token.state,
    }
