"""The security settings as a form: how long sessions last, who may look, where checks may connect to."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.security_settings import NUMBERS, SecuritySettings
from monitor_app.errors import InvalidInput, LightbulbError, PermissionDenied
from monitor_app.security.permissions import SETTING_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.state.users import number_of

LISTS: Final = ("outbound_allow", "outbound_deny")


class SecurityState(rx.State):
    """What is set now. What is typed stays in the browser until it is saved."""

    is_loaded: bool = False
    problem: str = ""
    values: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    errors: dict[str, str] = {}  # noqa: RUF012
    # Counts what was saved and what was refused, so that the form takes over what is stored, or goes to the first
    # wrong field.
    saved: int = 0
    refusals: int = 0

    @rx.event
    @requires(SETTING_MANAGE)
    async def load(self) -> None:
        """Read the settings."""
        try:
            stored = await current().security_settings.get(caller())
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        self.values, self.errors = form_of(stored), {}
        self.problem, self.is_loaded = "", True

    @rx.event
    @requires(SETTING_MANAGE)
    def leave(self, key: Any, form: Any) -> None:
        """A field was left: say at once when it is wrong."""
        if not isinstance(key, str) or not isinstance(form, dict):
            return
        problems = _problems({name: value for name, value in settings_of(form).items() if name == key})
        self.errors = {name: text for name, text in self.errors.items() if name != key} | problems

    @rx.event
    @requires(SETTING_MANAGE)
    async def save(self, form: Any) -> None:
        """Store what differs from what was shown: what somebody else has changed meanwhile stays."""
        if not isinstance(form, dict) or not self.is_loaded:
            return
        shown = settings_of(self.values)
        changed = {name: value for name, value in settings_of(form).items() if value != shown.get(name)}
        try:
            stored = await current().security_settings.change(caller(), changed)
        except InvalidInput as err:
            self.errors = err.fields
            self.refusals += 1
            return
        self.values, self.errors = form_of(stored), {}
        self.saved += 1
        await say(self, "The settings are saved and hold within 5 seconds")


def form_of(settings: SecuritySettings) -> dict[str, Any]:
    """The settings as fields of a form: numbers as text, lists as lines."""
    values = settings.to_dict()
    return {name: _field(value) for name, value in values.items()}


def settings_of(form: dict[Any, Any]) -> dict[str, Any]:
    """The settings that a form holds, for the use case to check; what is no setting is left out."""
    known = SecuritySettings().to_dict()
    return {name: _setting(name, form[name]) for name in known if name in form}


def _problems(values: dict[str, Any]) -> dict[str, str]:
    try:
        SecuritySettings().changed(values)
    except InvalidInput as err:
        return err.fields
    return {}


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return "\n".join(value)
    return value if isinstance(value, bool) else str(value)


def _setting(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return number_of(value)
    if name in LISTS and isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value
