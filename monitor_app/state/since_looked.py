"""What changed on the board since this person looked last, told once when they come back."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import reflex as rx

from monitor_app.domain.since import ChangedSince
from monitor_app.domain.status import STATUS_WORDS, Status
from monitor_app.engine.board import BoardRow
from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import caller, own_key, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current

# Who was away for less has not been away.
AWAY: Final = timedelta(minutes=1)
SHOWN_LIMIT: Final = 50

logger = get_logger(__name__)


class SinceLooked(rx.State):
    """The list stays until it is put away, or until they come back from somewhere else."""

    since: int = 0  # epoch ms; 0: there is nothing to tell
    rows: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    more: int = 0
    summary: list[dict[str, Any]] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> Any:
        """The board comes up, or is looked at again. What cannot be read now is told another time."""
        try:
            news = await current().looked.news(caller(), own_key())
        except LightbulbError as err:
            logger.warning("what changed since the last look is not known", reason=str(err))
            return None
        if news is not None and datetime.now(UTC) - news.since >= AWAY:
            self._show(news.since, news.changed)
        return SinceLooked.look

    @rx.event
    @requires(BOARD_READ)
    async def look(self) -> None:
        """The board is before somebody's eyes, or was until now."""
        try:
            await current().looked.note(caller(), own_key())
        except LightbulbError as err:
            logger.warning("a look at the board is not noted", reason=str(err))

    @rx.event
    @requires(BOARD_READ)
    def dismiss(self) -> None:
        """They have read it."""
        self.since, self.rows, self.more, self.summary = 0, [], 0, []

    def _show(self, since: datetime, changed: list[ChangedSince]) -> None:
        known = [(each, row) for each in changed if (row := current().board.get(each.service_pk)) is not None]
        # What is down still comes first; the latest change first among equals.
        known.sort(key=lambda pair: pair[1].status is not Status.FAILED)
        self.since = (wire_time(since) or 0) if known else 0
        self.rows = [_row(each, row) for each, row in known[:SHOWN_LIMIT]]
        self.more = max(0, len(known) - SHOWN_LIMIT)
        self.summary = _summary(known)


def _row(each: ChangedSince, row: BoardRow) -> dict[str, Any]:
    return {
        "id": row.pk,
        "sid": row.definition.service_id,
        "label": row.definition.label,
        "status": int(row.status),
        "at": wire_time(each.at),
        "says": _says(each, row.status),
    }


def _says(each: ChangedSince, now: Status) -> str:
    """ "went down twice, up again", "degraded, was up"."""
    because = f": {each.reason}" if each.reason else ""
    if each.downs:
        times = {1: "", 2: " twice"}.get(each.downs, f" {each.downs} times")
        if now is Status.FAILED:
            return f"went down{times}{because}"
        return f"went down{times}, {'up again' if now is Status.OK else STATUS_WORDS[now].lower()}{because}"
    was = "" if each.before is None else f", was {STATUS_WORDS[each.before].lower()}"
    return f"{STATUS_WORDS[each.after].lower()}{was}{because if each.after is not Status.OK else ''}"


def _summary(known: list[tuple[ChangedSince, BoardRow]]) -> list[dict[str, Any]]:
    """How many went which way, what is worst first: a status and words each."""
    counts = Counter(_way(each, row.status) for each, row in known)
    words = (
        (Status.FAILED, "went down", "went down"),
        (Status.DEGRADED, "is degraded", "are degraded"),
        (Status.UNKNOWN, "is unknown", "are unknown"),
        (Status.OK, "was down and is up again", "were down and are up again"),
        (Status.STOPPED, "changed otherwise", "changed otherwise"),
    )
    return [
        {"status": int(status), "text": f"{counts[status]} {one if counts[status] == 1 else many}"}
        for status, one, many in words
        if counts[status]
    ]


def _way(each: ChangedSince, now: Status) -> Status:
    """The status that it is counted under; STOPPED for what fits nowhere else."""
    if now in (Status.FAILED, Status.DEGRADED, Status.UNKNOWN):
        return now
    return Status.OK if now is Status.OK and each.downs else Status.STOPPED
