"""Many measurements in four numbers."""

from collections.abc import Iterable


def spread(values: Iterable[float], digits: int = 2) -> dict[str, float]:
    """Median, 95th and 99th percentile and maximum. Raises ValueError when there is nothing to measure."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    last = len(ordered) - 1
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[round(share * last)], digits) for name, share in shares.items()}
