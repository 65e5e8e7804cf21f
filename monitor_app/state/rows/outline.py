"""The lines of a list that is more than rows, as the browser gets them; and what its headings tell now."""

from collections.abc import Iterable
from typing import Any

from monitor_app.domain.group_status import GroupStatus
from monitor_app.engine.board import Board, BoardQuery, BoardRow
from monitor_app.engine.board_shape import GroupLine, Line, RowLine
from monitor_app.state.rows.wire import wire_time


def wire_lines(board: Board, lines: Iterable[Line]) -> list[Any]:
    """A row is its number, or [number, depth, followers, 1 where they are shown, what it is because of]; a heading is
    {"group": name, "depth", "folded", "again"}.

    What a row is because of is left out where that stands above it on the page.
    """
    wired: list[Any] = []
    above: set[int] = set()
    for line in lines:
        if isinstance(line, GroupLine):
            wired.append(_wire_heading(line))
            continue
        if line.is_open:
            above.add(line.pk)
        wired.append(_wire_row_line(board, line, line.because in above))
    return wired


def _wire_heading(line: GroupLine) -> dict[str, Any]:
    heading: dict[str, Any] = {"group": line.name, "depth": line.depth, "folded": line.is_folded}
    return heading | {"again": True} if line.is_again else heading


def _wire_row_line(board: Board, line: RowLine, is_told: bool) -> Any:
    root = None if is_told or not line.because else board.get(line.because)
    wire: list[Any] = [line.pk, line.depth, line.followers, int(line.is_open)]
    if root is not None:
        return [*wire, root.definition.label]
    return line.pk if not any(wire[1:]) else wire


def group_names(lines: Iterable[Line]) -> tuple[str, ...]:
    """The headings."""
    return tuple(line.name for line in lines if isinstance(line, GroupLine))


def wire_groups(board: Board, names: Iterable[str]) -> dict[str, list[Any]]:
    """By name what is true of each group now: [status, share that is up or None, services by status, how many]."""
    names = list(names)
    if not names:
        return {}
    picture = board.group_picture()
    return {name: _wire_status(picture.of(name) if name else picture.ungrouped) for name in names}


def _wire_status(now: GroupStatus) -> list[Any]:
    share = None if now.share is None else round(now.share, 4)
    return [int(now.status), share, list(now.counts), now.total]


def wire_oldest(board: Board) -> dict[str, Any] | None:
    """The oldest problem: what has been down for longest, else what has been degraded for longest."""
    return wire_problem(board.oldest_problem())


def wire_own(board: Board, query: BoardQuery) -> dict[str, Any] | None:
    """How the services of a list are, where that is not how all are."""
    if not (query.tells_own and query.is_narrowed):
        return None
    counts, oldest = board.own_of(query)
    return {"counts": list(counts), "oldest": wire_problem(oldest)}


def wire_problem(row: BoardRow | None) -> dict[str, Any] | None:
    """A service that is down or degraded."""
    if row is None:
        return None
    return {
        "id": row.pk,
        "sid": row.definition.service_id,
        "label": row.definition.label,
        "status": int(row.status),
        "since": wire_time(row.since),
        "msg": row.message,
    }
