"""What went down and what came back, told to all who look: for a sound, a notification and a word."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.engine.board_shape import Because

# So many are named; of the others it is told how many they are.
NAMED_LIMIT: Final = 3

Turns = dict[int, bool]
"""By service: whether it went down, or came back."""


class StatusWatch:
    """Remembers what each service was, to see what it has become."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._was_down: dict[int, bool] = {}

    def start(self) -> None:
        """What is down now is no news."""
        self._was_down = {row.pk: row.status is Status.FAILED for row in self._board}

    def turns(self, pks: Iterable[int]) -> Turns:
        """Of these services, those that went down or came back since they were looked at last."""
        found: Turns = {}
        for pk in pks:
            row = self._board.get(pk)
            if row is None:
                self._was_down.pop(pk, None)
                continue
            is_down = row.status is Status.FAILED
            before = self._was_down.get(pk, is_down)
            self._was_down[pk] = is_down
            # One that is paused while it is down has not come back.
            if is_down is not before and (is_down or row.status.is_up):
                found[pk] = is_down
        return found


def add_turns(waiting: Turns, turns: Turns) -> None:
    """Take more in; what went down and came back before it could be told was nothing."""
    for pk, is_down in turns.items():
        if pk in waiting and waiting[pk] is not is_down:
            del waiting[pk]
        else:
            waiting[pk] = is_down


def wire_news(board: Board, turns: Turns, causes: Callable[[], Because]) -> dict[str, Any]:
    """Those that went down, root causes first, and those that are back: how many, and the first few by name."""
    down = [pk for pk, is_down in turns.items() if is_down]
    back = [pk for pk, is_down in turns.items() if not is_down]
    if len(down) > 1:
        because = causes()
        down.sort(key=lambda pk: pk in because)
    return {
        "down": [named for pk in down[:NAMED_LIMIT] if (named := _named(board, pk))],
        "downs": len(down),
        "back": [named for pk in back[:NAMED_LIMIT] if (named := _named(board, pk))],
        "backs": len(back),
    }


def _named(board: Board, pk: int) -> list[Any] | None:
    row = board.get(pk)
    return None if row is None else [pk, row.definition.service_id, row.definition.label, row.message]
