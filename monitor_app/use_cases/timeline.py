"""Reading what happened to a service: its status, its circuit breaker, alerts, edits, notes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.change import RELATION
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.note import Note
from monitor_app.domain.timeline import SORTS, Edit, Happening, Sort
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, SERVICE_WRITE, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.history import Place
from monitor_app.storage.timeline import read_timeline
from monitor_app.use_cases.configuration.plan import FieldChange
from monitor_app.use_cases.versions import changed_fields

PAGE_LIMIT: Final = 201
_RELATION_SHOWN: Final = ("relation_type", "enabled", "note")
# For those without an account: nothing that people wrote, and no names.
_PUBLIC: Final[tuple[Sort, ...]] = ("status", "breaker")

__all__ = ["SORTS", "Alert", "Edit", "Entry", "Note", "ServiceEvent", "Sort", "Timeline"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`changed` is what an edit did, for those who may edit; without secrets."""

    happening: Happening
    changed: Sequence[FieldChange] = ()


class Timeline:
    """Everybody who reads the board sees what became of a service; alerts, edits, notes those with an account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, identity: Identity, service_pk: int, limit: int, before: Place | None = None, sorts: Collection[str] = ()
    ) -> list[Entry]:
        """The newest first; of all sorts, or of these. `before` goes on behind the last one of a page.

        Raises InvalidInput for a sort that there is none of.
        """
        identity.require(BOARD_READ)
        wanted = [sort for sort in SORTS if not sorts or sort in sorts]
        if unknown := sorted(set(sorts) - set(SORTS)):
            raise InvalidInput({"sorts": f"must be some of {', '.join(SORTS)}, got {unknown[0][:40]!r}"})
        if not identity.may(MONITOR_READ):
            wanted = [sort for sort in wanted if sort in _PUBLIC]
        if not wanted:
            return []
        async with self._database.read() as conn:
            found = await read_timeline(conn, service_pk, wanted, min(limit, PAGE_LIMIT), before)
        return [_entry(identity, happening) for happening in found]


def _entry(identity: Identity, happening: Happening) -> Entry:
    what = happening.what
    if isinstance(what, Edit):
        return Entry(happening, _changed(what) if identity.may(SERVICE_WRITE) else ())
    if isinstance(what, ServiceEvent) and what.who and not identity.may(MONITOR_READ):
        return Entry(replace(happening, what=replace(what, who="", reason="")))
    return Entry(happening)


def _changed(edit: Edit) -> Sequence[FieldChange]:
    """Of a relation that stayed, what is another about it."""
    before, after = edit.item.before, edit.item.after
    if edit.item.subject != RELATION:
        return changed_fields(edit.item)
    if before is None or after is None:
        return ()
    return [FieldChange(name, before.get(name), after[name]) for name in _RELATION_SHOWN if name in after]
