"""The history of a service on screen: who changed what, and the way back to an earlier version."""

from typing import Any

import reflex as rx

from monitor_app.errors import DatabaseUnavailable, InvalidInput, LightbulbError, NotFound
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.fields import kinds
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.state.version_rows import action_words, difference_rows, summary
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.versions import History, Version


class VersionsDialog(rx.State):
    """The versions of one service, and the one that is looked at."""

    is_open: bool = False
    label: str = ""
    versions: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # The one that is looked at: 0 when none is.
    chosen: int = 0
    did: list[dict[str, str]] = []  # noqa: RUF012
    differs: list[dict[str, str]] = []  # noqa: RUF012
    can_roll_back: bool = False
    error: str = ""
    _pk: int = 0
    _revision: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    async def open(self, pk: Any) -> None:
        """Show the versions of a service."""
        if not isinstance(pk, int) or isinstance(pk, bool) or current().board.get(pk) is None:
            return
        self._pk, self.chosen, self.error = pk, 0, ""
        await self._load()
        self.is_open = True

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide them."""
        self.is_open, self.versions, self.did, self.differs = False, [], [], []

    @rx.event
    @requires(SERVICE_WRITE)
    async def choose(self, change_pk: Any) -> None:
        """Look at one of them."""
        if self.is_open and isinstance(change_pk, int) and not isinstance(change_pk, bool):
            self.chosen, self.error = change_pk, ""
            await self._load()

    @rx.event
    @requires(SERVICE_WRITE)
    async def roll_back(self) -> Any:
        """Make the service as the version that is looked at."""
        row = current().board.get(self._pk)
        if not self.is_open or not self.chosen or row is None:
            return None
        try:
            with noted_changes() as changes:
                service = await current().versions.roll_back(
                    caller(), row.definition.service_id, self.chosen, expected_revision=self._revision
                )
        except DatabaseUnavailable:
            raise
        except LightbulbError as err:
            self.error = "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)
            await self._load()  # it may be another by now
            return None
        self.is_open = False
        await say(self, f"{service.label} is as it was", undo=changes)
        return await show_own_change()

    async def _load(self) -> None:
        row = current().board.get(self._pk)
        if row is None:
            raise NotFound("this service was deleted meanwhile")
        history: History = await current().versions.versions(caller(), row.definition.service_id)
        self.label, self._revision = history.service.label, history.service.revision
        titles = _field_titles(history.service.kind)
        self.versions = [_version_row(version, at, titles) for at, version in enumerate(history.versions)]
        found = next((one for one in history.versions if one.change.pk == self.chosen), None)
        self.did = difference_rows(found.did, titles) if found else []
        self.differs = difference_rows(found.differs, titles) if found else []
        self.can_roll_back = found is not None and bool(found.differs)


def _version_row(version: Version, at: int, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "pk": version.change.pk,
        "at": wire_time(version.change.at) or 0,
        "who": version.change.who,
        "action": action_words(version.change.action),
        "summary": summary(version.did, titles),
        "is_present": at == 0,
        "is_there": version.is_there,
    }


def _field_titles(kind: str) -> dict[str, str]:
    """What the fields of a kind are called on its form."""
    try:
        return {f"status_config.{field.name}": field.title for field in kinds()[kind].fields}
    except LightbulbError:  # its folder is not here any more
        return {}
