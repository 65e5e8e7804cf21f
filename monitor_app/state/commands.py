"""What the command palette and the keys can have done, each with the permission that it takes.

The browser offers what one may do; what is asked for is decided here once more, and by the handler that does it.
"""

# A state's handlers are events here, which mypy cannot know.
# mypy: disable-error-code="operator, misc"

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.engine.board import BoardRow
from monitor_app.security.permissions import (
    BREAKER_OPERATE,
    CHECK_RUN,
    DEMO_MANAGE,
    RELATION_WRITE,
    SERVICE_DELETE,
    SERVICE_DELETE_ANY,
    SERVICE_WRITE,
    Identity,
)
from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.check_now import CheckNow
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.deleted import DeletedDialog
from monitor_app.state.demo import DemoState
from monitor_app.state.holds import MAINTENANCE, PAUSE, HoldDialog
from monitor_app.state.paste import PasteState
from monitor_app.state.relation_dialog import RelationDialog
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.state.undo import UndoState
from monitor_app.state.versions import VersionsDialog


def _always(_identity: Identity, _row: BoardRow) -> bool:
    return True


def _is_on(_identity: Identity, row: BoardRow) -> bool:
    return row.definition.enabled


def _is_paused(_identity: Identity, row: BoardRow) -> bool:
    return not row.definition.enabled


def _is_in_maintenance(_identity: Identity, row: BoardRow) -> bool:
    return row.maintenance is not None


def _is_checked(_identity: Identity, row: BoardRow) -> bool:
    return row.definition.enabled and row.maintenance is None


def _has_breaker(_identity: Identity, row: BoardRow) -> bool:
    return row.breaker.phase != "closed"


def _may_open_breaker(identity: Identity, row: BoardRow) -> bool:
    return _is_checked(identity, row) and not _has_breaker(identity, row)


def _may_delete(identity: Identity, row: BoardRow) -> bool:
    return identity.may(SERVICE_DELETE_ANY) or row.definition.owner == identity.name


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do. `start` gives the event that does it; for a service (`fits` tells for which) it takes its pk."""

    name: str
    title: str
    icon: str
    needs: str
    start: Callable[..., Any]
    fits: Callable[[Identity, BoardRow], bool] | None = None
    keys: str = ""
    words: str = ""  # finds it too

    def as_prop(self) -> dict[str, Any]:
        """As the browser's modules take it."""
        shown = {"name": self.name, "title": self.title, "icon": self.icon, "needs": self.needs}
        return shown | {"keys": self.keys, "words": self.words, "isOfService": self.fits is not None}


_COMMANDS: Final = (
    Command("new", "New service", "plus", SERVICE_WRITE, lambda: ServiceDialog.open_new, keys="n", words="add create"),
    Command("paste", "Paste a list of addresses", "list", SERVICE_WRITE, lambda: PasteState.open, words="add import"),
    Command(
        "relation",
        "New relation",
        "link",
        RELATION_WRITE,
        lambda: RelationDialog.open_new("", ""),
        words="add create dependency connect",
    ),
    Command("undo", "Undo the last change", "undo", SERVICE_WRITE, lambda: UndoState.undo, keys="Ctrl Z"),
    Command("redo", "Redo", "redo", SERVICE_WRITE, lambda: UndoState.redo, keys="Ctrl Shift Z"),
    Command(
        "deleted",
        "Recently deleted",
        "history",
        SERVICE_DELETE,
        lambda: DeletedDialog.open,
        words="restore bring back trash",
    ),
    Command("demo-load", "Load the demo", "play", DEMO_MANAGE, lambda: DemoState.load),
    Command("demo-remove", "Remove the demo", "trash", DEMO_MANAGE, lambda: DemoState.remove),
    Command(
        "edit", "Edit", "edit", SERVICE_WRITE, lambda pk: ServiceDialog.open_edit(pk), _always, "e", "change configure"
    ),
    Command("check", "Check now", "check", CHECK_RUN, lambda pk: CheckNow.run(pk), _is_checked, "c", "run test probe"),
    Command(
        "pause", "Pause", "pause", SERVICE_WRITE, lambda pk: HoldDialog.open([pk], PAUSE), _is_on, "p", "stop disable"
    ),
    Command(
        "resume",
        "Resume",
        "play",
        SERVICE_WRITE,
        lambda pk: RowActions.act("resume", pk),
        _is_paused,
        "p",
        "start enable",
    ),
    Command(
        "maintenance",
        "Maintenance",
        "wrench",
        SERVICE_WRITE,
        lambda pk: HoldDialog.open([pk], MAINTENANCE),
        _is_on,
        words="downtime",
    ),
    Command(
        "maintenance-end",
        "End the maintenance",
        "wrench",
        SERVICE_WRITE,
        lambda pk: HoldDialog.end([pk], MAINTENANCE),
        _is_in_maintenance,
    ),
    Command(
        "breaker-open",
        "Open the circuit breaker",
        "breaker",
        BREAKER_OPERATE,
        lambda pk: BreakerDialog.ask(pk),
        _may_open_breaker,
    ),
    Command(
        "breaker-close",
        "Close the circuit breaker",
        "breaker",
        BREAKER_OPERATE,
        lambda pk: BreakerDialog.close_breaker(pk),
        _has_breaker,
    ),
    Command(
        "duplicate",
        "Duplicate",
        "copy",
        SERVICE_WRITE,
        lambda pk: ServiceDialog.duplicate(pk),
        _always,
        words="copy clone",
    ),
    Command(
        "depends",
        "Add what it depends on",
        "link",
        RELATION_WRITE,
        lambda pk: RelationDialog.open_new(pk, ""),
        _always,
        words="relation dependency",
    ),
    Command(
        "versions",
        "History of its changes",
        "history",
        SERVICE_WRITE,
        lambda pk: VersionsDialog.open(pk),
        _always,
        words="versions roll back earlier differences",
    ),
    Command(
        "delete",
        "Delete",
        "trash",
        SERVICE_DELETE,
        lambda pk: DeleteDialog.ask([pk]),
        _may_delete,
        words="remove",
    ),
)
COMMANDS: Final[Mapping[str, Command]] = {command.name: command for command in _COMMANDS}
# One key for two of them.
PAUSE_OR_RESUME: Final = "pause-or-resume"


def command_for(name: object, row: BoardRow | None) -> Command | None:
    """The command that is meant, None for one that does not exist."""
    if name == PAUSE_OR_RESUME and row is not None:
        name = "pause" if row.definition.enabled else "resume"
    return COMMANDS.get(name) if isinstance(name, str) else None


def may_run(identity: Identity, command: Command, row: BoardRow) -> bool:
    """Whether somebody may do that with this service, as it is now."""
    return command.fits is not None and identity.may(command.needs) and command.fits(identity, row)
