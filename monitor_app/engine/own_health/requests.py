"""How long requests take, by route, method and class of status; what went wrong unforeseen."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from monitor_app.domain.timings import Timings

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
# Routes are the program's own, so this is never reached; if it were, the rest would be one series.
SERIES_LIMIT: Final = 2000
# Percentiles are of the last one to two of these.
RECENT_SECONDS: Final = 300.0
Key = tuple[str, str, str]  # route template, method, class of status


class RequestTimes:
    """Kept in memory: a histogram a series since the start, and another of the last minutes a route."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.series: dict[Key, Timings] = {}
        # Events of screens, which come over a websocket.
        self.events = 0
        # By where they were: "request" or "event".
        self.exceptions: Counter[str] = Counter({"request": 0, "event": 0})
        self.last_exception_at: float | None = None
        self._monotonic = monotonic
        self._recent: dict[str, Timings] = {}
        self._before: dict[str, Timings] = {}
        self._turned_at = monotonic()

    @property
    def count(self) -> int:
        """Requests and events so far."""
        return self.events + sum(timings.count for timings in self.series.values())

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        key = (route, method if method in METHODS else OTHER, f"{status // 100}xx")
        timings = self.series.get(key)
        if timings is None:
            timings = self._new_series(key)
        timings.add(seconds)
        if self._monotonic() - self._turned_at >= RECENT_SECONDS:
            self._turn()
        recent = self._recent.get(route)
        if recent is None:
            if len(self._recent) >= SERIES_LIMIT:
                return
            recent = self._recent[route] = Timings()
        recent.add(seconds)

    def note_exception(self, where: str) -> None:
        """Count an exception that nobody had foreseen."""
        self.exceptions[where] += 1
        self.last_exception_at = self._monotonic()

    def recent(self) -> Mapping[str, Timings]:
        """The last five to ten minutes by route."""
        if self._monotonic() - self._turned_at >= RECENT_SECONDS:
            self._turn()
        names = {**self._before, **self._recent}
        return {name: Timings.sum(self._parts(name)) for name in names}

    def _parts(self, route: str) -> Iterator[Timings]:
        return (part[route] for part in (self._before, self._recent) if route in part)

    def _turn(self) -> None:
        now = self._monotonic()
        is_long_ago = now - self._turned_at >= 2 * RECENT_SECONDS
        self._before, self._recent = ({} if is_long_ago else self._recent), {}
        self._turned_at = now

    def _new_series(self, key: Key) -> Timings:
        if len(self.series) >= SERIES_LIMIT:
            key = (OTHER, OTHER, key[2])
        return self.series.setdefault(key, Timings())
