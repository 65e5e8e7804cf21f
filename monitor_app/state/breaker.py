"""The circuit breaker at one's hand: pause the checks of a service with a reason, or check it again."""

from typing import Any

import reflex as rx

from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.services import row_of
from monitor_app.state.toast import say


class BreakerDialog(rx.State):
    """Asks why, and for how long, before a breaker is opened; closing one asks nothing."""

    is_open: bool = False
    label: str = ""
    errors: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    refusals: int = 0
    _pk: int = 0

    @rx.event
    @requires(BREAKER_OPERATE)
    def ask(self, pk: Any) -> None:
        """Show the question for a service."""
        if (row := row_of(pk)) is not None:
            self._pk, self.label, self.errors, self.is_open = row.pk, row.definition.label, {}, True

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the question."""
        self.is_open = False

    @rx.event
    @requires(BREAKER_OPERATE)
    async def save(self, form: Any) -> Any:
        """Open the breaker with the reason and the minutes of the form."""
        row = row_of(self._pk)
        if not isinstance(form, dict) or not self.is_open or row is None:
            return None
        try:
            minutes = _minutes(form.get("minutes"))
            reason = form.get("reason")
            label = row.definition.label
            await current().breaker.open(
                caller(), row.definition.service_id, reason if isinstance(reason, str) else "", minutes
            )
        except InvalidInput as err:
            self._refuse(err.fields)
            return None
        except NotFound as err:
            self._refuse({"": str(err)})
            return None
        self.is_open = False
        await say(self, f"The checks of {label} are paused by its circuit breaker")
        return await show_own_change()

    @rx.event
    @requires(BREAKER_OPERATE)
    async def close_breaker(self, pk: Any) -> Any:
        """Check a service again, at once."""
        row = row_of(pk)
        if row is None:
            return None
        try:
            await current().breaker.close(caller(), row.definition.service_id)
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, f"{row.definition.label} is checked again")
        return await show_own_change()

    def _refuse(self, messages: dict[str, str]) -> None:
        known = {name: text for name, text in messages.items() if name in ("reason", "minutes")}
        rest = "; ".join(text for name, text in messages.items() if name not in known)
        self.errors = known | ({"": rest} if rest else {})
        self.refusals += 1


def _minutes(given: object) -> float | None:
    """Blank: until somebody closes it. Raises InvalidInput."""
    if not isinstance(given, str) or not given.strip():
        return None
    try:
        return float(given.replace(",", "."))
    except ValueError:
        raise InvalidInput({"minutes": f"must be a number of minutes, got {given[:20]!r}"}) from None
