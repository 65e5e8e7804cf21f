"""How long to wait before something that failed is tried again."""

# 2**1024 is more than a float can hold; long before that the limit holds anyway.
DOUBLINGS_LIMIT = 30


def backoff_seconds(failures: int, first_seconds: float, limit_seconds: float) -> float:
    """Twice as long after each failure in a row, but not longer than the limit. Right for any number of failures."""
    return float(min(first_seconds * 2 ** min(failures, DOUBLINGS_LIMIT), limit_seconds))
