"""The question before services are deleted: what hangs on them, and how they come back."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from monitor_app.domain.service import DELETED_DAYS
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE
from monitor_app.state.board import show_own_change
from monitor_app.state.details import DetailsState
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.deleted_services import Hanging
from monitor_app.use_cases.service_bulk import BulkChange, BulkOutcome
from monitor_app.use_cases.services import MANY_LIMIT

NAMED_LIMIT = 6


class DeleteDialog(rx.State):
    """Tells before services are deleted what else that touches."""

    is_open: bool = False
    title: str = ""
    button: str = ""
    names: str = ""
    # What hangs on them: `{what, names}`.
    facts: list[dict[str, str]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    after: str = ""
    can_delete: bool = False
    _pks: list[int] = []  # noqa: RUF012

    @rx.event
    @requires(SERVICE_DELETE)
    async def ask(self, pks: Any) -> None:
        """Show the question for a service, or for many, by their pks."""
        if wanted := _numbers(pks):
            await self._ask(wanted)

    @rx.event
    @requires(BOARD_READ)
    def keep(self) -> None:
        """Do not delete after all."""
        self.is_open = False

    @rx.event
    @requires(SERVICE_DELETE)
    async def delete(self) -> Any:
        """Delete what was asked about; the toast brings it back."""
        if not self.is_open:
            return None
        self.is_open = False
        board = current().board
        rows = [row for pk in self._pks if (row := board.get(pk)) is not None]
        labels = {row.definition.service_id: row.definition.label for row in rows}
        with noted_changes() as changes:
            wanted = BulkChange("delete", cascade=True)
            outcome: BulkOutcome = await current().service_bulk.change(caller(), list(labels), wanted)
        gone = [label for name, label in labels.items() if name not in outcome.errors]
        details = await self.get_state(DetailsState)
        if any(row.pk == details.open_id and row.definition.service_id not in outcome.errors for row in rows):
            details.open_id = 0
        await say(self, _told(gone, outcome), tone="" if gone else "failed", undo=changes)
        return await show_own_change()

    async def _ask(self, wanted: list[int]) -> None:
        hanging = await current().deleted_services.what_hangs_on(caller(), wanted)
        if not hanging.services and not hanging.kept:
            await say(self, "What was to be deleted is gone already", tone="failed")
            return
        self._show(hanging)

    def _show(self, hanging: Hanging) -> None:
        services = hanging.services
        self._pks = [service.pk for service in services]
        what = services[0].label if len(services) == 1 else f"{len(services)} services"
        self.title = f"Delete {what}?" if services else "These were made by others"
        self.button = f"Delete {what}"
        self.names = _named([service.label for service in services]) if len(services) > 1 else ""
        self.can_delete = bool(services)
        self.facts = _facts(hanging)
        self.after = (
            f"History, relations and secrets are kept for {DELETED_DAYS} days: Undo in the message that follows, "
            "or “Recently deleted”, brings all of it back."
        )
        self.is_open = True


def _told(gone: Sequence[str], outcome: BulkOutcome) -> str:
    why = next(iter(outcome.errors.values()), "It is gone already")
    if not gone:
        return why
    told = f"{gone[0]} is deleted" if len(gone) == 1 else f"{len(gone)} services are deleted"
    return f"{told}; {len(outcome.errors)} not: {why}" if outcome.errors else told


def _facts(hanging: Hanging) -> list[dict[str, str]]:
    is_one, facts = len(hanging.services) == 1, []
    it = "it" if is_one else "them"
    if hanging.direct:
        facts.append({"what": f"Depend on {it}", "names": _named(hanging.direct)})
    if further := [name for name in hanging.dependents if name not in hanging.direct and name not in hanging.wholes]:
        facts.append({"what": "Depend on those in turn", "names": _named(further)})
    if hanging.wholes:
        facts.append({"what": f"Are made of {it} and will miss {it}", "names": _named(hanging.wholes)})
    facts += [{"what": what, "names": _named(names)} for what, names in hanging.lost.items()]
    if hanging.owners:
        facts.append({"what": "Made by", "names": _named(hanging.owners)})
    if hanging.groups:
        facts.append({"what": "Groups that nothing is left in", "names": _named(hanging.groups)})
    if hanging.relations:
        count = f"{hanging.relations} relation{'' if hanging.relations == 1 else 's'}"
        facts.append({"what": f"Hidden with {it}", "names": count})
    if hanging.files:
        facts.append(
            {"what": f"Manage {it} and will bring {it} back when they are applied", "names": _named(hanging.files)}
        )
    if hanging.kept:
        facts.append({"what": "Made by others, so that they stay", "names": _named(hanging.kept)})
    return facts


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED_LIMIT
    return ", ".join(names[:NAMED_LIMIT]) + (f" and {more} more" if more > 0 else "")


def _numbers(pks: Any) -> list[int]:
    """The pks of services that a payload names; none for what is no such list, or too long."""
    given = pks if isinstance(pks, list) else [pks]
    if len(given) > MANY_LIMIT or any(isinstance(pk, bool) or not isinstance(pk, int) for pk in given):
        return []
    return [pk for pk in given if current().board.get(pk) is not None]
