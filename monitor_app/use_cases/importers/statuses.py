"""Which HTTP answers are good, gathered from conditions that all must hold."""

from collections.abc import Callable, Iterable
from typing import Final

_ALL: Final = range(100, 1000)
_LIMIT: Final = 200


class Statuses:
    """Begins with all of them."""

    def __init__(self) -> None:
        self._good = set(_ALL)
        self.is_limited = False

    def keep(self, is_good: Callable[[int], bool]) -> None:
        """Only those that hold."""
        self._good = {status for status in self._good if is_good(status)}
        self.is_limited = True

    def text(self) -> str | None:
        """As the http kind has it, such as `200-299,304`; None when there are none, or that would be too long."""
        found = ",".join(_spans(sorted(self._good)))
        return found if 0 < len(found) <= _LIMIT else None


def _spans(statuses: Iterable[int]) -> list[str]:
    spans: list[list[int]] = []
    for status in statuses:
        if spans and spans[-1][1] == status - 1:
            spans[-1][1] = status
        else:
            spans.append([status, status])
    return [str(first) if first == last else f"{first}-{last}" for first, last in spans]
