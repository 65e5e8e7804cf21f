"""Writing, changing and removing notes about the service of the page and its downtimes."""

from typing import Any, Final

import reflex as rx

from monitor_app.errors import InvalidInput, LightbulbError, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, NOTE_WRITE
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.service_downtimes import DowntimesState
from monitor_app.state.service_page import service_of
from monitor_app.state.service_timeline import TimelineState
from monitor_app.state.toast import say

# What must be reloaded after a note came, changed or went.
AFTER: Final = (TimelineState.refresh, DowntimesState.refresh)


class NoteDialog(rx.State):
    """Asks for the text of a note."""

    is_open: bool = False
    title: str = ""
    text: str = ""
    # Another form for each note, so that nothing typed for one stays for the next.
    key: str = ""
    error: str = ""
    refusals: int = 0
    # The note that is deleted when this is answered with yes; 0 for none.
    asked: int = 0
    _note: int = 0
    _downtime: int | None = None

    @rx.event
    @requires(NOTE_WRITE)
    def write(self) -> None:
        """Begin a note about the service."""
        self._begin("New note", "new")

    @rx.event
    @requires(NOTE_WRITE)
    def write_about(self, downtime_id: Any) -> None:
        """Begin a note about one of its downtimes."""
        if _is_number(downtime_id):
            self._begin("Note about this downtime", f"downtime-{downtime_id}", downtime=downtime_id)

    @rx.event
    @requires(NOTE_WRITE)
    async def edit(self, pk: Any) -> None:
        """Change one."""
        if not _is_number(pk):
            return
        try:
            note = await current().notes.get(caller(), pk)
        except PermissionDenied:
            raise
        except LightbulbError as err:
            await say(self, str(err), tone="failed")
            return
        self._begin("Change the note", f"note-{note.pk}-{note.updated_at.timestamp()}", note=note.pk, text=note.text)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the form."""
        self.is_open = False

    @rx.event
    @requires(NOTE_WRITE)
    async def save(self, form: Any) -> Any:
        """Keep what was typed: `text`."""
        row = service_of(self)
        if not self.is_open or not isinstance(form, dict) or row is None:
            return None
        values: dict[str, Any] = {"text": form.get("text")}
        try:
            if self._note:
                await current().notes.change(caller(), self._note, values)
            else:
                await current().notes.add(caller(), row.pk, values | {"downtime_id": self._downtime})
        except InvalidInput as err:
            self.error, self.refusals = "; ".join(f"The text {text}" for text in err.fields.values()), self.refusals + 1
            return None
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.error, self.refusals = str(err), self.refusals + 1
            return None
        await say(self, "The note is changed" if self._note else "The note is kept")
        self.is_open = False
        return list(AFTER)

    @rx.event
    @requires(NOTE_WRITE)
    def ask(self, pk: Any) -> None:
        """Ask before one is taken away; 0: it stays."""
        if _is_number(pk):
            self.asked = pk

    @rx.event
    @requires(NOTE_WRITE)
    async def remove(self, pk: Any) -> Any:
        """Take one away."""
        if not _is_number(pk):
            return None
        self.asked = 0
        try:
            await current().notes.remove(caller(), pk)
        except PermissionDenied:
            raise
        except LightbulbError as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, "The note is deleted")
        return list(AFTER)

    def _begin(self, title: str, key: str, *, note: int = 0, downtime: int | None = None, text: str = "") -> None:
        self._note, self._downtime = note, downtime
        self.title, self.text, self.key, self.error, self.is_open = title, text, key, "", True


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
