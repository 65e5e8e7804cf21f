"""The command palette: finds services, groups, tags and environments as one types, and starts what was chosen."""

from itertools import islice
from typing import Any, Final

import reflex as rx

from monitor_app.engine.board import BoardRow
from monitor_app.engine.board_lookup import lookup
from monitor_app.security.permissions import BOARD_READ, MONITOR_READ, PERMISSIONS, Identity
from monitor_app.state.commands import COMMANDS, command_for, may_run
from monitor_app.state.guard import caller, note_denial, requires
from monitor_app.state.runtime import current
from monitor_app.state.services import row_of
from monitor_app.state.toast import say

FOUND_LIMIT: Final = 20
NAMES_LIMIT: Final = 5
RECENT_LIMIT: Final = 10
TEXT_LIMIT: Final = 100


class PaletteState(rx.State):
    """The last answer; the browser knows by its number which question it belongs to."""

    answer: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(BOARD_READ)
    def search(self, asked: Any) -> None:
        """Find services, and groups, tags and environments by name, for `{number, text, command, recent, here}`.

        With a `command`, only the services that it can be run for. `recent` are service_ids, `here` is the pk of the
        service in hand; both are answered as they are now.
        """
        if not isinstance(asked, dict) or not isinstance(asked.get("number"), int):
            return
        identity, board = caller(), current().board
        text = asked["text"][:TEXT_LIMIT] if isinstance(asked.get("text"), str) else ""
        command = asked["command"] if isinstance(asked.get("command"), str) else ""
        here = row_of(asked.get("here"))
        recent = asked["recent"][:RECENT_LIMIT] if isinstance(asked.get("recent"), list) else []
        known = [row for sid in recent if isinstance(sid, str) and (row := board.find(sid)) is not None]
        self.answer = {
            "number": asked["number"],
            "text": text.strip(),
            "command": command,
            "services": _services(identity, text, command, known),
            "groups": _named(text, board.groups()),
            "tags": _named(text, board.tags()),
            "environments": _named(text, board.environments()),
            "incidents": _incidents(identity, text),
            "here": None if here is None else _shown(identity, here, 0),
        }

    @rx.event
    @requires(BOARD_READ)
    async def run(self, name: Any, pk: Any) -> Any:
        """Start a command; `pk` is the service that it is for, 0 for none."""
        row = row_of(pk)
        command = command_for(name, row)
        if command is None or (command.fits is not None) != (row is not None):
            return None
        identity = caller()
        if not identity.may(command.needs):
            note_denial(identity, f"command {command.name}")
            await say(self, f"You may not {PERMISSIONS[command.needs]}.", tone="failed")
            return None
        if row is None:
            return command.start()
        if not may_run(identity, command, row):
            await say(self, f"{command.title} is not to be had for {row.definition.label} now", tone="failed")
            return None
        return command.start(row.pk)


def _services(identity: Identity, text: str, name: str, recent: list[BoardRow]) -> list[dict[str, Any]]:
    command = COMMANDS.get(name)
    if name and command is None:
        return []
    rows = [row for row in current().board if command is None or may_run(identity, command, row)]
    if text.strip():
        return [_shown(identity, row, int(match)) for match, row in lookup(rows, text, FOUND_LIMIT)]
    first = [row for row in recent if row in rows] if command is not None else recent
    rest = sorted((row for row in rows if row not in first), key=lambda row: row.label_key) if command else []
    return [_shown(identity, row, 0) for row in (first + rest)[:FOUND_LIMIT]]


def _named(text: str, names: list[str]) -> list[str]:
    words = text.casefold().split()
    if not words:
        return []
    return list(islice((name for name in names if all(word in name.casefold() for word in words)), NAMES_LIMIT))


def _incidents(identity: Identity, text: str) -> list[dict[str, Any]]:
    """Open ones whose title has all words; for those with an account."""
    words, following = text.casefold().split(), current().alert_following
    if not words or following is None or not identity.may(MONITOR_READ):
        return []
    known = (each.incident for each in following.standing.incidents)
    found = (one for one in known if all(word in f"incident {one.title}".casefold() for word in words))
    return [{"id": one.pk, "title": one.title} for one in islice(found, NAMES_LIMIT)]


def _shown(identity: Identity, row: BoardRow, match: int) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "sid": row.definition.service_id,
        "label": row.definition.label,
        "target": row.target,
        "group": row.definition.group,
        "status": int(row.status),
        "match": match,
        "may": [command.name for command in COMMANDS.values() if may_run(identity, command, row)],
    }
