"""How late checks start: a histogram of fixed size, so that counting costs nothing and old numbers do not pile up."""

from bisect import bisect_right
from collections.abc import Mapping

# Upper bounds in milliseconds; the last bucket holds everything above.
BOUNDS_MS = (*range(1, 101), *range(110, 1001, 10), *range(1100, 10_001, 100))


class Lateness:
    """Counts lateness by buckets of 1 ms up to 100 ms, 10 ms up to 1 s, 100 ms up to 10 s."""

    def __init__(self) -> None:
        self.count = 0
        self.max_ms = 0.0
        self._buckets = [0] * (len(BOUNDS_MS) + 1)

    def add(self, late_ms: float) -> None:
        """Count one check."""
        self.count += 1
        self.max_ms = max(self.max_ms, late_ms)
        self._buckets[bisect_right(BOUNDS_MS, late_ms)] += 1

    def percentile(self, share: float) -> float:
        """The upper bound, in milliseconds, under which this share (0 to 1) of the checks started; 0 without any."""
        wanted = share * self.count
        seen = 0
        for bound, count in zip(BOUNDS_MS, self._buckets, strict=False):
            seen += count
            if seen >= wanted:
                return min(float(bound), self.max_ms)
        return self.max_ms

    def summary(self) -> Mapping[str, float]:
        """The percentiles that people ask for, and the worst, in milliseconds."""
        values = {name: self.percentile(share) for name, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items()}
        return {name: round(value, 1) for name, value in (values | {"max": self.max_ms}).items()}
