"""The secret address of a service that reports of itself: shown when asked for, and made anew."""

from typing import Any

import reflex as rx

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say


class PushDialog(rx.State):
    """Holds the address only while its dialog is open, which only who may change services can open."""

    is_open: bool = False
    is_asking: bool = False
    label: str = ""
    address: str = ""
    error: str = ""
    _pk: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    def show(self, pk: Any) -> None:
        """Show where a service reports to."""
        is_number = isinstance(pk, int) and not isinstance(pk, bool)
        if is_number and (row := current().board.get(pk)) is not None:
            self._show(row.definition)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the address, and forget it."""
        self._hide()

    @rx.event
    @requires(SERVICE_WRITE)
    def ask(self) -> None:
        """Ask before the address is renewed."""
        self.is_asking, self.error = True, ""

    @rx.event
    @requires(BOARD_READ)
    def keep(self) -> None:
        """Do not renew it after all."""
        self.is_asking = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def renew(self) -> Any:
        """Make a new address; the old one stops working at once."""
        row = current().board.get(self._pk)
        if not self.is_open or not self.is_asking or row is None:
            return None
        self.is_asking = False
        try:
            renewed = await current().push_addresses.renew(caller(), row.definition)
        except (InvalidInput, Conflict) as err:
            self.error = "; ".join(err.fields.values())
            return None
        except NotFound as err:
            self.error = str(err)
            return None
        self._show(renewed)
        await say(self, f"{renewed.label} has a new address; the old one does not work any more")
        return await show_own_change()

    def _hide(self) -> None:
        if self.is_open:
            self.is_open = self.is_asking = False
            self.address = ""

    def _show(self, service: ServiceDefinition) -> None:
        origin = current().public_url.rstrip("/") or self.router.url.origin
        address, error = "", ""
        try:
            address = origin + current().push_addresses.path(caller(), service)
        except NotFound:
            return
        except SecretUnreadable as err:  # it can be renewed
            error = str(err)
        self._pk, self.label, self.address = service.pk, service.label, address
        self.is_open, self.is_asking, self.error = True, False, error
