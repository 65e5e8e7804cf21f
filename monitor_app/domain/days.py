"""Days until something runs out, in numbers and in words. Never rounded up: who reads "10 days" has ten whole ones."""

import math


def days_found(days: float) -> float:
    """`days` as a metric, to hundredths."""
    return math.floor(days * 100) / 100


def days_words(days: float) -> str:
    """`9 days`: so many whole ones; `days` is not negative."""
    whole = int(days)
    return "less than a day" if whole < 1 else "1 day" if whole == 1 else f"{whole} days"
