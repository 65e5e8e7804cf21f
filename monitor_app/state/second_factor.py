"""Sets up a second factor of one's own, makes new recovery codes for it, takes it off."""

from typing import Any

import reflex as rx

from monitor_app.errors import InvalidInput, LightbulbError, PermissionDenied
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.profile import ProfileState
from monitor_app.state.runtime import current
from monitor_app.state.toast import say

# What the password is asked for.
QUESTIONS = ("renew", "drop")


class SecondFactorDialog(rx.State):
    """A dialog of some steps. What it shows is secret, and here only until it is closed."""

    # "" while it is closed; "scan" the secret, keep the "codes"; "renew" and "drop" ask for the password.
    step: str = ""
    secret: str = ""
    qr: str = ""
    codes: list[str] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    error: str = ""
    refusals: int = 0

    @rx.event
    @requires(PROFILE_MANAGE)
    async def begin(self) -> Any:
        """Show a fresh secret."""
        self._forget()
        try:
            offer = await current().profile.begin_second_factor(caller())
        except InvalidInput as err:
            await say(self, _words(err), tone="failed")
            return ProfileState.load
        self.secret, self.qr, self.step = offer.secret, offer.qr, "scan"
        return None

    @rx.event
    @requires(PROFILE_MANAGE)
    async def confirm(self, form: Any) -> Any:
        """The app shows codes: the factor counts from now on."""
        if not isinstance(form, dict) or self.step != "scan":
            return None
        try:
            codes = await current().profile.confirm_second_factor(caller(), self.secret, form.get("code", ""))
        except InvalidInput as err:
            self._refuse(err)
            return None
        self._show(codes)
        return ProfileState.load

    @rx.event
    @requires(PROFILE_MANAGE)
    def ask(self, step: Any) -> None:
        """Ask for the password first."""
        if step in QUESTIONS:
            self._forget()
            self.step = step

    @rx.event
    @requires(PROFILE_MANAGE)
    async def answer(self, form: Any) -> Any:
        """Here is the password."""
        if not isinstance(form, dict) or self.step not in QUESTIONS:
            return None
        profile, password = current().profile, form.get("password", "")
        try:
            if self.step == "renew":
                self._show(await profile.new_recovery_codes(caller(), password))
            else:
                await profile.drop_second_factor(caller(), password)
                self._forget()
                await say(self, "The second factor is off: your password alone logs you in")
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self._refuse(err)
            return None
        return ProfileState.load

    @rx.event
    @requires(PROFILE_MANAGE)
    def close(self) -> None:
        """Hide the dialog, and forget what it showed."""
        self._forget()

    def _show(self, codes: list[str]) -> None:
        self._forget()
        self.codes, self.step = codes, "codes"

    def _refuse(self, err: LightbulbError) -> None:
        self.error = _words(err)
        self.refusals += 1

    def _forget(self) -> None:
        self.step, self.secret, self.qr, self.codes, self.error = "", "", "", [], ""


def _words(err: LightbulbError) -> str:
    text = "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
    return text[:1].upper() + text[1:]
