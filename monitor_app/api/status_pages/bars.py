"""The last 90 days of a service: bars in one small picture, and the bad days in words."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from monitor_app.api.status_pages.words import day_words
from monitor_app.domain.public_page import Day, DayLevel, duration, percent

# A bar and the space beside it; the height of a full one.
BAR, PITCH, HEIGHT = 3, 5, 34
# So many bad days are told in words, the newest first.
TOLD_DAYS: Final = 10
# By level: the class of its stroke, and where the middle of the stroke lies (style.py has the widths).
_STROKES: Final[dict[DayLevel, tuple[tuple[str, int], ...]]] = {
    "ok": (("k", 17),),
    "degraded": (("w", 23),),
    "down": (("d", 17), ("f", 30)),
    "none": (("n", 30),),
}


def picture(days: Sequence[Day], last_day: date, summary: str, detail: int) -> str:
    """The bars. `detail` 2: each day can be pointed at, 1: only those that were not all right, 0: none.

    `summary` says it for who does not see them; "" where that stands beside them.
    """
    paths: dict[str, list[str]] = {}
    for first, end, level in _runs(days):
        for name, middle in _STROKES[level]:
            paths.setdefault(name, []).append(f"M{first * PITCH} {middle}h{(end - first - 1) * PITCH + BAR}")
    drawn = "".join(f'<path class="{name}" d="{"".join(moves)}"/>' for name, moves in paths.items())
    said = f'role="img" aria-label="{summary}"' if summary else 'aria-hidden="true"'
    width = len(days) * PITCH - (PITCH - BAR)
    return (
        f'<svg class="bars" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" {said}>'
        f"{drawn}{_places(days, last_day, detail)}</svg>"
    )


def bad_days(days: Sequence[Day], last_day: date) -> list[tuple[date, str]]:
    """The days that were not all right, the newest first, each with what it was."""
    dated = zip(reversed(days), (last_day - timedelta(days=ago) for ago in range(len(days))), strict=True)
    return [(day, words_of(one)) for one, day in dated if one.level in ("down", "degraded")]


def words_of(day: Day) -> str:
    """What a day was."""
    match day.level:
        case "none":
            return "no data"
        case "down":
            return f"down for {duration(day.down_seconds)}, {percent(day.uptime)} up"
        case "degraded":
            return f"degraded, {percent(day.uptime)} up"
        case _:
            return f"{percent(day.uptime)} up"


def _runs(days: Sequence[Day]) -> list[tuple[int, int, DayLevel]]:
    """Days of one level that follow each other: (first, one after the last, level)."""
    runs: list[tuple[int, int, DayLevel]] = []
    for number, day in enumerate(days):
        if runs and runs[-1][2] == day.level:
            runs[-1] = (runs[-1][0], number + 1, day.level)
        else:
            runs.append((number, number + 1, day.level))
    return runs


def _places(days: Sequence[Day], last_day: date, detail: int) -> str:
    """What to point at, each with its words."""
    if not detail:
        return ""
    count = len(days)
    return "".join(
        f'<rect x="{number * PITCH}" width="{PITCH}" height="{HEIGHT}"><title>'
        f"{day_words(last_day - timedelta(days=count - 1 - number))}: {words_of(day)}</title></rect>"
        for number, day in enumerate(days)
        if detail == 2 or day.level in ("down", "degraded")
    )
