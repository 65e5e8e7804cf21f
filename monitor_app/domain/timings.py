"""How long things take: a histogram of fixed size, for percentiles and for programs that add several up."""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

_STEPS: Final = (1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8)
# Upper bounds in seconds, ten a decade from 0.1 ms to 80 s; the last bucket holds everything above.
# Read as text, not multiplied: 2.5e-3 is the same number wherever it is written.
BOUNDS: Final = tuple(float(f"{step}e{decade}") for decade, step in itertools.product(range(-4, 2), _STEPS))
# Those that are told to Prometheus: fewer, and round.
TOLD: Final = tuple(bound for bound in BOUNDS if f"{bound:e}"[:3] in ("1.0", "2.5", "5.0") and 0.001 <= bound <= 50)


class Timings:
    """Counts durations in seconds. Two of them add up bucket by bucket."""

    __slots__ = ("buckets", "longest", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        # Of all durations.
        self.total = 0.0
        self.longest = 0.0

    @property
    def count(self) -> int:
        """How many were counted."""
        return sum(self.buckets)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds

    def percentile(self, share: float) -> float:
        """The seconds that this share (0 to 1) of them took at most; 0 without any. At most a quarter too long."""
        wanted, seen = share * self.count, 0
        for bound, count in zip(BOUNDS, self.buckets, strict=False):
            seen += count
            if seen >= wanted:
                return min(bound, self.longest)
        return self.longest

    def told(self) -> list[tuple[float, int]]:
        """Each bound of TOLD and how many took at most so long."""
        sums = itertools.accumulate(self.buckets)
        by_bound = dict(zip(BOUNDS, sums, strict=False))
        return [(bound, by_bound[bound]) for bound in TOLD]

    def in_ms(self, *shares: float) -> dict[str, float]:
        """`{"p50": 1.2, ..., "max": 30.1}` in milliseconds."""
        found = {f"p{share * 100:g}": self.percentile(share) for share in shares}
        return {name: round(seconds * 1000, 2) for name, seconds in (found | {"max": self.longest}).items()}

    def wire(self) -> dict[str, Any]:
        """All of it as JSON values, for another process."""
        return {"buckets": self.buckets, "total": round(self.total, 6), "longest": round(self.longest, 6)}

    @classmethod
    def of(cls, buckets: Sequence[int], total: float, longest: float) -> Self:
        """What `wire` told."""
        made = cls()
        made.buckets, made.total, made.longest = list(buckets), total, longest
        return made

    @classmethod
    def sum(cls, parts: Iterable["Timings"]) -> Self:
        """Several together."""
        made = cls()
        for part in parts:
            made.buckets = [one + other for one, other in zip(made.buckets, part.buckets, strict=True)]
            made.total += part.total
            made.longest = max(made.longest, part.longest)
        return made
