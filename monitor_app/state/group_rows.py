"""Groups as pages draw them: what is true of each now, in words and numbers."""

from typing import Any

from monitor_app.domain.group import Rollup, rollup_of
from monitor_app.domain.group_status import GroupStatus
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.state.past import share

_ALL = 100
# The order in which counts are told: what deserves a look first.
_TOLD = (
    (Status.FAILED, "down"),
    (Status.DEGRADED, "degraded"),
    (Status.UNKNOWN, "unknown"),
    (Status.STARTING, "starting"),
    (Status.OK, "up"),
)


def group_row(board: Board, name: str) -> dict[str, Any]:
    """One group: `status` is -1 where no service is in it."""
    tree, now = board.group_tree(), board.group_picture().of(name)
    row = tree.rows.get(name)
    return {
        "name": name,
        "parent": tree.parent(name),
        "depth": tree.depth(name),
        "inner": len(tree.children(name)),
        "status": int(now.status) if now.total else -1,
        "share": share(now.share) if now.share is not None else "",
        "up": _up_words(now),
        "counts": counts_words(now),
        "total": now.total,
        "own": now.own,
        "description": row.description if row is not None else "",
        "rule": rule_words(rollup_of(None if row is None else row.rollup)),
        "managed_by": row.managed_by if row is not None else "",
    }


def path_rows(tree: GroupTree, name: str) -> list[str]:
    """The groups that it is in, from the top."""
    return tree.path(name)[:-1]


def _up_words(now: GroupStatus) -> str:
    """ "11 of 12 up"; of those that something is known of."""
    if not now.known:
        return ""
    return f"{now.up} of {now.known} up" + (", of those that are known" if now.known < now.counting else "")


def counts_words(now: GroupStatus) -> str:
    """ "2 down, 1 unknown, 40 up, 3 at rest"; "" without any service."""
    resting = now.total - now.counting
    # Who rests is told once, not by the status that is left of it.
    parts = [f"{now.counts[status]} {word}" for status, word in _TOLD if now.counts[status]]
    return ", ".join([*parts, f"{resting} at rest"] if resting else parts)


def rule_words(rollup: Rollup) -> str:
    """How the status follows where that is not by the worst: "down below 50 % up, degraded below 90 % OK"."""
    if rollup.how == "worst":
        return ""
    degraded = "unless all are OK" if rollup.degraded_below == _ALL else f"below {rollup.degraded_below} % OK"
    return f"down below {rollup.failed_below} % up, degraded {degraded}"
