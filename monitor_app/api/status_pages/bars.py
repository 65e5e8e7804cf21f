"""The last 90 days of a service: bars in one small picture, and the bad days in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from monitor_app.api.status_pages.words import short_day_words
from monitor_app.domain.public_page import Day, DayLevel, duration, outage_size, percent

# A bar and the space beside it; the height of a full one.
BAR, PITCH, HEIGHT = 3, 5, 34
# So many bad days are told in words, the newest first.
TOLD_DAYS: Final = 10
# By what a day was on the whole: the class of its stroke, and where its middle lies (style.py has the widths).
_GROUNDS: Final[Mapping[Any, tuple[tuple[str, int], ...]]] = {
    "ok": (("k", 17),),
    "degraded": (("w", 23),),
    "down": (("d", 17), ("f", 30)),
    "none": (("n", 30),),
}
# Outages that leave something of the bar, by their size: a gap, and below it what was down.
_OUTAGES: Final[Mapping[Any, tuple[tuple[str, int], ...]]] = {
    1: (("c", 25), ("d1", 30)),
    2: (("c", 17), ("d2", 26)),
    3: (("c", 9), ("d3", 22)),
}
_MEANINGS: Final[tuple[tuple[str, Day], ...]] = (
    ("Up", Day("ok", 1.0)),
    ("Degraded", Day("degraded", 1.0)),
    ("Down under 10 min", Day("down", 1.0, 60)),
    ("under 1 h", Day("down", 1.0, 601)),
    ("under 6 h", Day("down", 1.0, 3601)),
    ("longer", Day("down", 0.0, 86_400)),
    ("No data", Day("none")),
)


def picture(days: Sequence[Day], last_day: date, summary: str, detail: int) -> str:
    """The bars. `detail` 2: each day can be pointed at, 1: only those that were not all right, 0: none.

    `summary` says it for who does not see them; "" where that stands beside them.
    """
    said = f'role="img" aria-label="{summary}"' if summary else 'aria-hidden="true"'
    width = len(days) * PITCH - (PITCH - BAR)
    return (
        f'<svg class="bars" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" {said}>'
        f"{_drawn(days)}{_places(days, last_day, detail)}</svg>"
    )


def legend() -> str:
    """What the bars mean, once for all of a page."""
    signs = "".join(
        f'<li><svg class="bars" viewBox="0 0 {BAR} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f"{_drawn([day])}</svg>{words}</li>"
        for words, day in _MEANINGS
    )
    return f'<ul class="legend" aria-label="What the bars mean">{signs}</ul>'


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
            besides = ", degraded besides" if day.is_degraded else ""
            return f"down for {duration(day.down_seconds)}{besides}, {percent(day.uptime)} up"
        case "degraded":
            return f"degraded, {percent(day.uptime)} up"
        case _:
            return f"{percent(day.uptime)} up"


def past_words(days: Sequence[Day], uptime: float | None) -> str:
    """All of the days in a sentence."""
    words = f"Last {len(days)} days: {percent(uptime)}{'' if uptime is None else ' up'}"
    down = [day.down_seconds for day in days if day.level == "down"]
    degraded = sum(day.level == "degraded" for day in days)
    if down:
        words += f"; down on {_days(len(down))}, for {duration(max(down))}{' at most' if len(down) > 1 else ''}"
    return f"{words}; degraded on {_days(degraded)}" if degraded else words


def _days(count: int) -> str:
    return f"{count} {'day' if count == 1 else 'days'}"


def _drawn(days: Sequence[Day]) -> str:
    """All bars of one kind are one path, and those that follow each other one line of it."""
    paths: dict[str, list[str]] = {}
    for kinds, values in ((_GROUNDS, map(_ground, days)), (_OUTAGES, map(outage_size, days))):
        for first, end, value in _runs(values):
            for name, middle in kinds.get(value, ()):
                paths.setdefault(name, []).append(f"M{first * PITCH} {middle}h{(end - first - 1) * PITCH + BAR}")
    return "".join(f'<path class="{name}" d="{"".join(moves)}"/>' for name, moves in paths.items())


def _ground(day: Day) -> DayLevel:
    """What a bar is but for the outages that are drawn upon it."""
    if outage_size(day) not in _OUTAGES:
        return day.level
    return "degraded" if day.is_degraded else "ok"


def _runs(values: Iterable[Any]) -> list[tuple[int, int, Any]]:
    """The same that follow each other: (first, one after the last, value)."""
    runs: list[tuple[int, int, Any]] = []
    for number, value in enumerate(values):
        if runs and runs[-1][2] == value:
            runs[-1] = (runs[-1][0], number + 1, value)
        else:
            runs.append((number, number + 1, value))
    return runs


def _places(days: Sequence[Day], last_day: date, detail: int) -> str:
    """What to point at, each with its words."""
    if not detail:
        return ""
    count = len(days)
    return "".join(
        # Its size stands in the style sheet, and 90 days need no year.
        f'<rect x="{number * PITCH}"><title>'
        f"{short_day_words(last_day - timedelta(days=count - 1 - number))}: {words_of(day)}</title></rect>"
        for number, day in enumerate(days)
        if detail == 2 or day.level in ("down", "degraded")
    )
