"""What readers of status pages are told of maintenance windows: a title, times, and for which of their services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from monitor_app.domain.alerting.recurrence import Occurrence, Window, left_out, occurrences
from monitor_app.use_cases.selection import Present

AHEAD: Final = timedelta(days=14)
# A window of every night would fill a page.
TIMES_LIMIT: Final = 3
# Rules are worked out this often; whether one of their times has begun is looked at each time.
_HOLDS: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ToldWindow:
    """One time of a window, with the services that rest then. `told_at` is since when readers see it."""

    window: Window
    occurrence: Occurrence
    service_pks: frozenset[int]

    @property
    def told_at(self) -> datetime:
        """From two weeks before, or since somebody planned or changed it."""
        begins = self.occurrence.starts_at - AHEAD
        return begins if self.window.changed_at is None else max(begins, self.window.changed_at)


class PublicWindows:
    """Works out what is on and what comes within two weeks of the windows that readers are told of."""

    def __init__(self, present: Present | None) -> None:
        self._present = present
        self._windows: Sequence[Window] = ()
        self._found: list[tuple[Window, Occurrence]] = []
        self._worked_out_at: datetime | None = None
        self._told: tuple[datetime, list[ToldWindow]] | None = None

    def told(self, windows: Sequence[Window], now: datetime) -> list[ToldWindow]:
        """Those that are on, and of each window the next three, in order; worked out once for all pages of a moment."""
        if self._present is None or not windows:
            return []
        if self._told is None or self._told[0] != now or windows is not self._windows:
            self._told = now, self._those(self._present, windows, now)
        return self._told[1]

    def _those(self, present: Present, windows: Sequence[Window], now: datetime) -> list[ToldWindow]:
        age = None if self._worked_out_at is None else now - self._worked_out_at
        if windows is not self._windows or age is None or not timedelta() <= age < _HOLDS:
            self._found = [(window, each) for window in windows for each in occurrences(window, now, now + AHEAD)]
            self._windows, self._worked_out_at = windows, now
        tree, services = present.tree(), list(present.definitions())
        told: list[ToldWindow] = []
        for window in windows:
            times = (each for one, each in self._found if one is window and each.ends_at > now)
            matches = window.scope.matcher(tree)
            pks = [service.pk for service in services if matches(service)]
            for each in islice(times, TIMES_LIMIT):
                staying = frozenset(pk for pk in pks if left_out(each.local, pk) not in window.skipped)
                told.append(ToldWindow(window, each, staying))
        return sorted(told, key=lambda one: (one.occurrence.starts_at, one.window.pk))
