"""Updates of a board made up on the way to the browser, as fast as it takes them: its memory after thousands is told.

Stands between the page and its websocket. It learns from the snapshot which rows there are, holds back the server's own
patches from then on, and makes patches like them.
"""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from reflex_base.constants.state import FIELD_MARKER

from monitor_app.state.board import BoardState
from monitor_app.state.rows.feed import PATCH_VAR, LiveFeed

FRAME: Final = "42/_event,"
_SNAPSHOT: Final = "snapshot" + FIELD_MARKER


class PatchMaker:
    """Of one page. `take` sees every message from the server before the page does."""

    def __init__(self, rows_each: int) -> None:
        self._rows_each = rows_each
        self._random = random.Random(7)
        self._view = ""
        self.seq = 0
        self._pks: list[int] = []
        self._now = 0
        self.is_holding = False

    def take(self, message: str | bytes) -> bool:
        """Whether the page is to get it."""
        if not isinstance(message, str) or not message.startswith(FRAME):
            return True
        name, *rest = json.loads(message[len(FRAME) :])
        delta: dict[str, Any] = (rest[0].get("delta") or {}) if name == "event" else {}
        if snapshot := delta.get(BoardState.get_full_name(), {}).get(_SNAPSHOT):
            self._view, self.seq, self._now = snapshot["view"], snapshot["seq"], snapshot["now"]
            self._pks = [row["id"] for row in snapshot["rows"]]
        patch = delta.get(LiveFeed.get_full_name(), {}).get(PATCH_VAR)
        if patch is None:
            return True
        if not self.is_holding and patch["view"] == self._view:
            self.seq = max(self.seq, patch["seq"])
        return not self.is_holding

    def frames(self, count: int, **more: Any) -> Iterator[str]:
        """So many updates of `rows_each` rows: results that are up, degraded and down, in other words each time.

        `more` is what a patch may hold beside its rows.
        """
        self.is_holding = True
        for _ in range(count):
            self.seq += 1
            self._now += 500
            pks = self._random.sample(self._pks, min(self._rows_each, len(self._pks)))
            rows = [self._entry(pk) for pk in pks]
            rows[0][1:] = [2, None, 0, f"found {self.seq}", 0, {"status": 2}]  # what is down says what was found
            patch = {"view": self._view, "seq": self.seq, "t": self._now, "rows": rows, **more}
            update = {"delta": {LiveFeed.get_full_name(): {PATCH_VAR: patch}}, "events": [], "final": True}
            yield FRAME + json.dumps(["event", update])

    def _entry(self, pk: int) -> list[Any]:
        # Its status, its response time; what it says.
        status = self._random.choices([0, 1, 2], [90, 5, 5])[0]
        ms = round(self._random.uniform(5, 900), 1)
        return [pk, status, ms, 0, f"found {self.seq}", 0, {"status": status}]
