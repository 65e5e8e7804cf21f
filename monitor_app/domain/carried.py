"""Counters that begin at 0 again whenever what counts is started anew, added up so that they only grow."""

from collections.abc import Hashable, Mapping, Sequence

Count = int | float | Sequence[int | float]


class Carried:
    """Totals over all lives of a counting process. A counter is a number, or a list of numbers of fixed length."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._before: dict[str, Count] = {}
        self._now: dict[str, Count] = {}

    def take(self, key: Hashable, counts: Mapping[str, Count]) -> None:
        """What the process `key` has counted since it began; another key is another life."""
        if key != self._key:
            self._key, self._before, self._now = key, self.totals(), {}
        self._now = dict(counts)

    def totals(self) -> dict[str, Count]:
        """Everything that was ever counted, by name."""
        names = [*self._before, *(name for name in self._now if name not in self._before)]
        return {name: _sum(self._before.get(name), self._now.get(name)) for name in names}


def _sum(one: Count | None, other: Count | None) -> Count:
    if one is None or other is None:
        known = one if other is None else other
        return known if known is not None else 0
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return [first + second for first, second in zip(one, other, strict=True)]
    assert not isinstance(one, Sequence)
    assert not isinstance(other, Sequence)
    return one + other
