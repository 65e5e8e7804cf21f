"""One list that somebody looks at: what its browsers have, and what they still have to be told."""

from bisect import bisect_left
from collections.abc import Sequence

from monitor_app.engine.board import Board, BoardPage, BoardQuery, BoardRow
from monitor_app.state.health import Trouble
from monitor_app.state.rows.wire import Entry


class View:
    """All browsers that look at the same page of the same list share this, its socket.io room and its sequence."""

    __slots__ = (
        "arranged_at",
        "counts",
        "lost",
        "page",
        "pending",
        "query",
        "revisions",
        "room",
        "rows",
        "sent_at",
        "seq",
        "stale_allowed_at",
        "told_at",
        "trouble",
        "version",
    )

    def __init__(self, query: BoardQuery, room: str, seq: int, board: Board) -> None:
        self.query = query
        self.room = room
        self.seq = seq
        self.counts = board.counts()
        self.pending: list[Entry] = []
        self.lost: set[int] = set()
        self.trouble: Trouble | None = None
        self.sent_at = self.told_at = self.arranged_at = self.stale_allowed_at = float("-inf")
        # The rows as they were sent with the last snapshot, and the sequence number that they belong to.
        self.rows: tuple[int, list[dict[str, object]]] | None = None
        self.page = BoardPage((), 0, 0, 1, 1)
        self.revisions: dict[int, int] = {}
        self.version = -1
        self.arrange(board)

    def is_out_of_order(self, board: Board) -> bool:
        """Whether order or membership may have changed since `arrange`."""
        return self.version != board.version_of(self.query)

    def arrange(self, board: Board) -> int:
        """Ask the board again; returns how many rows came, went, moved or were edited."""
        self.version = board.version_of(self.query)
        page = board.query(self.query)
        revisions = {pk: _row(board, pk).definition.revision for pk in page.pks}
        count = changes(self.revisions, revisions, self.page.matched, page.matched)
        self.page, self.revisions = page, revisions
        return count


def changes(before: dict[int, int], after: dict[int, int], matched_before: int, matched_after: int) -> int:
    """How many rows a person would say have changed between two pages (pk -> revision, in order).

    A row that comes pushes another one off the page: that is one change, not two. A row that goes from the bottom to
    the top is one change as well, though all others stand one lower.
    """
    came = sum(pk not in before for pk in after)
    gone = sum(pk not in after for pk in before)
    edited = {pk for pk, revision in after.items() if before.get(pk, revision) != revision}
    places = {pk: place for place, pk in enumerate(before)}
    kept = [places[pk] for pk in after if pk in places and pk not in edited]
    moved = len(kept) - _longest_rise(kept)
    return max(came, gone, abs(matched_after - matched_before)) + moved + len(edited)


def _longest_rise(numbers: Sequence[int]) -> int:
    """Length of the longest increasing subsequence (patience sorting): these rows need not move to get all in order."""
    tails: list[int] = []
    for number in numbers:
        place = bisect_left(tails, number)
        tails[place : place + 1] = [number]
    return len(tails)


def _row(board: Board, pk: int) -> BoardRow:
    row = board.get(pk)
    assert row is not None
    return row
