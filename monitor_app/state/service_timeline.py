"""What happened to the service of the page, a page of it at a time, the newest first."""

from typing import Any, Final

import reflex as rx

from monitor_app.errors import LightbulbError
from monitor_app.plugins.forms import FormField
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.backwards import BackwardPages, place_of, start_of
from monitor_app.state.fields import kinds
from monitor_app.state.guard import caller, requires
from monitor_app.state.past import event_words
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_page import service_of
from monitor_app.state.version_rows import action_words, difference_rows
from monitor_app.use_cases.notes import may_change
from monitor_app.use_cases.timeline import SORTS, Alert, Edit, Entry, Note, ServiceEvent

PAGE_SIZE: Final = 20
# No status goes with it.
NO_STATUS: Final = -1


class TimelineState(BackwardPages, rx.State):
    """One page of it; `sort` is the one that is shown, "" all."""

    entries: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    sort: str = ""

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> None:
        """From the newest on: the page came up, or another sort is wanted."""
        self._starts = []
        await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def refresh(self) -> None:
        """Something happened. Who looks at older entries is left where they are."""
        if not self._starts:
            await self._read()

    @rx.event
    @requires(BOARD_READ)
    async def choose(self, sort: Any) -> None:
        """Only one sort, or all."""
        if sort == "" or sort in SORTS:
            self.sort, self._starts = sort, []
            await self._read()

    async def _read(self) -> None:
        row = service_of(self)
        if row is None:
            self.entries, self.has_older, self.has_newer = [], False, False
            return
        sorts = [self.sort] if self.sort else []
        try:
            found = await current().timeline.page(caller(), row.pk, PAGE_SIZE + 1, place_of(self._starts), sorts)
        except LightbulbError as err:
            self.problem = str(err)
            return
        shown = self._turned(found, PAGE_SIZE, lambda one: start_of(one.happening.at, one.happening.number))
        titles = _titles(row.definition.kind)
        self.entries = [_row(entry, titles) for entry in shown]


def _titles(kind: str) -> dict[str, str]:
    """What the fields of a kind are called on its form."""
    try:
        fields: list[FormField] = kinds()[kind].fields
    except LightbulbError:  # its folder is not here any more
        return {}
    return {f"status_config.{field.name}": field.title for field in fields}


def _row(entry: Entry, titles: dict[str, str]) -> dict[str, Any]:
    happening, what = entry.happening, entry.happening.what
    row: dict[str, Any] = {
        "key": f"{happening.sort}-{happening.number}",
        "sort": happening.sort,
        "at": wire_time(happening.at) or 0,
        "status": NO_STATUS,
        "who": "",
        "says": "",
        "text": "",
        "changed": [],
        "pk": 0,
        "may": False,
        "about_downtime": False,
        "is_edited": False,
        "incident": 0,
    }
    match what:
        case ServiceEvent():
            return row | {"status": NO_STATUS if what.after is None else int(what.after), "says": event_words(what)}
        case Alert():
            return row | {"says": alert_words(what), "text": what.cause, "incident": what.incident_pk or 0}
        case Edit():
            words = _relation_words(what) if what.ends else action_words(what.change.action)
            return row | {"who": what.change.who, "says": words, "changed": difference_rows(entry.changed, titles)}
        case Note():
            return row | note_row(what)


def alert_words(alert: Alert) -> str:
    """Such as "Alert: A service is down (critical), acknowledged by ada"."""
    words = [f"Alert: {alert.rule_name} ({alert.severity})"]
    if alert.resolved_at is not None:
        words.append("over")
    elif alert.state == "pending":
        words.append("waiting")
    if alert.held_by:
        words.append(f"held: {alert.held_why or alert.held_by}")
    if alert.acknowledged_by:
        words.append(f"acknowledged by {alert.acknowledged_by}")
    return ", ".join(words)


def _relation_words(edit: Edit) -> str:
    """What somebody did to a relation, such as "removed the relation Shop → Ledger"."""
    verb = "added" if edit.item.before is None else "removed" if edit.item.after is None else "changed"
    rows = [current().board.get(pk) for pk in edit.ends or ()]
    names = ["a service that is gone" if row is None else row.definition.label for row in rows]
    return f"{verb} the relation {' → '.join(names)}"


def note_row(note: Note) -> dict[str, Any]:
    """What a list shows of a note; `may`: who looks may change it."""
    return {
        "who": note.who,
        "says": "wrote",
        "text": note.text,
        "pk": note.pk,
        "at": wire_time(note.at) or 0,
        "may": may_change(caller(), note),
        "about_downtime": note.downtime_id is not None,
        "is_edited": note.is_edited,
    }
