"""One list that somebody looks at: what its browsers have, and what they still have to be told."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from monitor_app.engine.board import Board, BoardPage, BoardQuery, BoardRow
from monitor_app.engine.board_shape import Because, Line, RowLine, page_of_lines
from monitor_app.state.health import Trouble
from monitor_app.state.rows.news import Turns
from monitor_app.state.rows.outline import wire_own
from monitor_app.state.rows.wire import Entry


class View:
    """All browsers that look at the same page of the same list share this, its socket.io room and its sequence."""

    __slots__ = (
        "arranged_at",
        "causes",
        "counts",
        "groups",
        "key",
        "lines",
        "lost",
        "oldest",
        "own",
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
        "told_own",
        "trouble",
        "turns",
        "version",
    )

    def __init__(
        self, query: BoardQuery, room: str, seq: int, board: Board, causes: Callable[[], Because] = dict
    ) -> None:
        self.query = query
        # Worked out once: a list of a thousand folded groups takes a while.
        self.key = query.key
        self.causes = causes
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
        # What the list's shape makes of the page's rows; none for a plain list.
        self.lines: tuple[Line, ...] = ()
        # What was told last of the headings, and of the oldest problem; what went down or came back and is not told.
        self.groups: dict[str, list[object]] = {}
        self.oldest: dict[str, object] | None = None
        # How the services of this list are, where that is told; and what was told of it last.
        self.own: dict[str, object] | None = None
        self.told_own: dict[str, object] | None = None
        self.turns: Turns = {}
        self.revisions: dict[int, int] = {}
        self.version: tuple[int, ...] = ()
        self.arrange(board)

    def is_out_of_order(self, board: Board) -> bool:
        """Whether order or membership may have changed since `arrange`."""
        return self.version != self._version(board)

    def arrange(self, board: Board) -> int:
        """Ask the board again; returns how many rows came, went, moved or were edited."""
        self.version = self._version(board)
        page, lines = self._asked(board)
        revisions = {pk: _row(board, pk).definition.revision for pk in page.pks}
        count = changes(self.revisions, revisions, self.page.matched, page.matched)
        if not count and lines != self.lines:
            count = 1  # a heading, or how many follow a root cause
        self.page, self.revisions, self.lines = page, revisions, lines
        self.own = wire_own(board, self.query)
        return count

    def _version(self, board: Board) -> tuple[int, ...]:
        version = board.version_of(self.query)
        is_manifold = self.query.shape or self.query.tells_own
        return (version, board.layout_version, board.relation_revision) if is_manifold else (version,)

    def _asked(self, board: Board) -> tuple[BoardPage, tuple[Line, ...]]:
        query = self.query
        if not query.shape:
            return board.query(query), ()
        lines = board.lines(query, self.causes() if query.shape.by_cause else {})
        part = page_of_lines(lines, query.page, query.page_size)
        pks = tuple(line.pk for line in part.lines if isinstance(line, RowLine))
        return BoardPage(pks, len(board.matching(query)), len(board), part.page, part.pages), part.lines


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
