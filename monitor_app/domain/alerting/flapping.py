"""A service that keeps changing: told once, then not until it is quiet."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

CHANGES: Final = 4
SPAN: Final = timedelta(minutes=30)
QUIET: Final = timedelta(minutes=15)


class Flips:
    """The last changes of each service: of each rule by itself, so that two rules on one thing count once."""

    def __init__(self) -> None:
        self._moments: dict[int, dict[int, deque[datetime]]] = {}

    def add(self, service_pk: int, rule_pk: int, at: datetime) -> None:
        """A rule began to hold for a service, or ended to."""
        moments = self._moments.setdefault(service_pk, {}).setdefault(rule_pk, deque(maxlen=CHANGES + 1))
        moments.append(at)

    def is_flapping(self, service_pk: int, now: datetime) -> bool:
        """Whether it changed more than CHANGES times within SPAN."""
        rules = self._moments.get(service_pk, {}).values()
        return any(len(moments) > CHANGES and min(moments) > now - SPAN for moments in rules)

    def quiet_at(self, service_pk: int) -> datetime | None:
        """When it will have been quiet for long enough, if it stays as it is; None when it never changed."""
        rules = self._moments.get(service_pk, {}).values()
        return max((max(moments) + QUIET for moments in rules), default=None)

    def clear(self, service_pk: int) -> None:
        """What it did until now counts no more."""
        self._moments.pop(service_pk, None)

    def move(self, by: timedelta) -> None:
        """The clock was set: all of it was as long ago as before."""
        for rules in self._moments.values():
            for pk, moments in rules.items():
                rules[pk] = deque((moment + by for moment in moments), maxlen=moments.maxlen)

    def forget(self, now: datetime) -> None:
        """What is too old to count."""
        for pk in [pk for pk in self._moments if self._is_old(pk, now)]:
            del self._moments[pk]

    def _is_old(self, pk: int, now: datetime) -> bool:
        return all(max(moments) <= now - SPAN for moments in self._moments[pk].values())
