"""The keys that somebody has made for programs."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.account import KeyView
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, NOT_FOR_KEYS, PERMISSIONS, PROFILE_MANAGE, Identity
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say

# What stands before a permission's name in the form.
PERMISSION: Final = "permission/"


class KeysState(rx.State):
    """One's own keys, the newest first."""

    keys: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Revoked and expired ones.
    past_keys: list[dict[str, Any]] = []  # noqa: RUF012

    async def _read(self) -> None:
        rows = [_row(key) for key in await current().profile.keys(caller())]
        self.keys = [row for row in rows if row["state"] == "works"]
        self.past_keys = [row for row in rows if row["state"] != "works"]


class KeyQuestion(rx.State):
    """Asks before a key is revoked: that cannot be taken back."""

    is_open: bool = False
    name: str = ""
    key_id: str = ""
    _pk: int = 0

    @rx.event
    @requires(PROFILE_MANAGE)
    async def ask(self, pk: Any) -> None:
        """About a key of one's own."""
        keys = (await self.get_state(KeysState)).keys
        row = next((row for row in keys if row["pk"] == pk and not isinstance(pk, bool)), None)
        if row is not None:
            self._pk, self.name, self.key_id, self.is_open = row["pk"], row["name"], row["key_id"], True

    @rx.event
    @requires(PROFILE_MANAGE)
    def close(self) -> None:
        """Keep it."""
        self.is_open = False

    @rx.event
    @requires(PROFILE_MANAGE)
    async def revoke(self) -> None:
        """Make it worthless."""
        if not self.is_open:
            return
        self.is_open = False
        try:
            await current().profile.revoke_key(caller(), self._pk)
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, f"The key “{self.name}” is revoked")
        await (await self.get_state(KeysState))._read()


class KeyDialog(rx.State):
    """Makes a key. Its text is here only until the dialog is closed."""

    is_open: bool = False
    text: str = ""
    name: str = ""
    # What one may give to a key: name, in words, whether it is chosen at first.
    offers: list[dict[str, Any]] = []  # noqa: RUF012
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0

    @rx.event
    @requires(PROFILE_MANAGE)
    def open(self) -> None:
        """Show an empty form."""
        self._forget()
        self.offers = _offers(caller())
        self.is_open = True

    @rx.event
    @requires(PROFILE_MANAGE)
    def close(self) -> None:
        """Hide the dialog, and forget the key."""
        self._forget()

    @rx.event
    @requires(PROFILE_MANAGE)
    async def save(self, form: Any) -> None:
        """Make the key and show it."""
        if not isinstance(form, dict) or not self.is_open or self.text:
            return
        try:
            text = await current().profile.make_key(caller(), **_key_of(form))
        except PermissionDenied:
            raise
        except InvalidInput as err:
            self.errors = err.fields
            self.refusals += 1
            return
        except LightbulbError as err:
            self.errors = {"name": str(err)}
            return
        self.name, self.errors, self.text = str(form.get("name", "")).strip(), {}, text
        await (await self.get_state(KeysState))._read()

    def _forget(self) -> None:
        self.is_open, self.text, self.name, self.errors = False, "", "", {}


def _key_of(form: dict[Any, Any]) -> dict[str, Any]:
    """What `make_key` takes, for it to check."""
    wanted = [name for name in PERMISSIONS if form.get(f"{PERMISSION}{name}") is True]
    addresses = form.get("addresses", "")
    if isinstance(addresses, str):
        addresses = addresses.replace(",", " ").split()
    return {
        "name": form.get("name", ""),
        "permissions": wanted,
        "expires_days": _days(form.get("expires_days", "")),
        "addresses": addresses,
    }


def _days(given: Any) -> Any:
    """None for a key that never ends; what is no number stays as it is, to be refused."""
    if given == "":
        return None
    return int(given) if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 6 else given


def _offers(identity: Identity) -> list[dict[str, Any]]:
    return [
        {
            "field": PERMISSION + name,
            "name": name,
            "text": words[:1].upper() + words[1:],
            "is_first": name == BOARD_READ,
        }
        for name, words in PERMISSIONS.items()
        if identity.may(name) and name not in NOT_FOR_KEYS
    ]


def _row(key: KeyView) -> dict[str, Any]:
    """As the page draws it; times are epoch milliseconds, 0 for never."""
    return {
        "pk": key.pk,
        "name": key.name,
        "key_id": f"lb_{key.key_id}_…",
        "permissions": ", ".join(key.permissions),
        "addresses": ", ".join(key.addresses),
        "created_at": wire_time(key.created_at),
        "expires_at": wire_time(key.expires_at) or 0,
        "used_at": wire_time(key.used_at) or 0,
        "used_from": key.used_from,
        "state": key.state,
    }
