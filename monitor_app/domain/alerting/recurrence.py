"""Maintenance windows in time: once, or again and again by a rule of RFC 5545, on the wall clock of a time zone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.wall_clock import at_wall_clock
from monitor_app.domain.given import given_text, shown
from monitor_app.errors import InvalidInput

RECURRENCE_LIMIT: Final = 300
MINUTES_MIN: Final = 1
MINUTES_MAX: Final = 31 * 24 * 60
# A rule that does not happen within so long is taken for one that never does.
HORIZON: Final = timedelta(days=3660)
LOCAL_FORM: Final = "%Y-%m-%dT%H:%M"
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS: Final = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
_EXAMPLE: Final = "FREQ=WEEKLY;BYDAY=SU"
_VALUE: Final = re.compile(r"[A-Z0-9,+:-]{1,100}")
_OCCURRENCES_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a window; `local` is how it is called: its beginning by the wall clock."""

    local: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """What lasts `minutes` from each beginning on. `skipped` are occurrences that do not happen, by their `local`,
    and services that one of them is not about (`left_out`). `public_title` is what readers of status pages are told.
    `changed_at` is when somebody changed it last; None for one that is not stored.
    """

    pk: int
    name: str
    reason: str
    scope: Scope
    starts_local: datetime
    zone: ZoneInfo
    minutes: int
    recurrence: str = ""
    enabled: bool = True
    skipped: frozenset[str] = frozenset()
    who: str = ""
    public_title: str = ""
    changed_at: datetime | None = None


def left_out(local: str, service_pk: int) -> str:
    """How `Window.skipped` names a service of which an occurrence was ended early."""
    return f"{local} {service_pk}"


def occurrences(window: Window, since: datetime, until: datetime) -> list[Occurrence]:
    """Those that share time with a span, in order; at most 1000."""
    found = []
    length = timedelta(minutes=window.minutes)
    for local in _locals(window, since - length, until):
        name = local.strftime(LOCAL_FORM)
        starts_at = at_wall_clock(local, window.zone)
        if name not in window.skipped and starts_at < until and starts_at + length > since:
            found.append(Occurrence(name, starts_at, starts_at + length))
        if len(found) == _OCCURRENCES_LIMIT:
            break
    return found


def active(window: Window, at: datetime) -> Occurrence | None:
    """The occurrence that is on at a moment, the one that lasts longest; None when the window is off."""
    if not window.enabled:
        return None
    now = [each for each in occurrences(window, at, at + timedelta(microseconds=1)) if each.starts_at <= at]
    return max(now, key=lambda each: each.ends_at, default=None)


def upcoming(window: Window, at: datetime) -> Occurrence | None:
    """The next one that begins after a moment; None when none does. One that repeats is looked for over ten years."""
    if not window.enabled:
        return None
    if not window.recurrence:
        starts_at = at_wall_clock(window.starts_local, window.zone)
        found = occurrences(window, starts_at, starts_at + timedelta(minutes=1)) if starts_at > at else []
        return found[0] if found else None
    ahead = timedelta(days=40)
    while not (later := [each for each in occurrences(window, at, at + ahead) if each.starts_at > at]):
        if ahead >= HORIZON:
            return None
        ahead = min(ahead * 8, HORIZON)
    return later[0]


def given_local(field: str, value: Any) -> datetime:
    """A wall clock's date and time, as 2026-05-17T22:00. Raises InvalidInput on `field`."""
    try:
        if not isinstance(value, str) or len(value) != 16:
            raise ValueError
        local = datetime.strptime(value, LOCAL_FORM)  # noqa: DTZ007 - a wall clock has no zone
    except ValueError as err:
        raise InvalidInput({field: f"must be a date and time, such as 2026-05-17T22:00, got {shown(value)}"}) from err
    if not 1970 < local.year < 3000:
        raise InvalidInput({field: f"must be a time of this age, got {shown(value)}"})
    return local


def given_recurrence(field: str, value: Any, starts_local: datetime) -> str:
    """The value of an RRULE, in capitals; "" for once. Raises InvalidInput on `field`."""
    text = given_text(field, value, RECURRENCE_LIMIT, is_required=False).upper().removeprefix("RRULE:")
    if not text:
        return ""
    parts = _parts(field, text)
    frequency = parts.get("FREQ")
    if frequency not in _FREQUENCIES:
        allowed = ", ".join(f"FREQ={each}" for each in _FREQUENCIES)
        raise InvalidInput({field: f"must have one of {allowed}, got {shown(text)}"})
    try:
        # Without its count, which has no end of its own to look for.
        endless = ";".join(f"{name}={each}" for name, each in parts.items() if name != "COUNT")
        happens = next(iter(_rule(endless, starts_local, starts_local + HORIZON)), None)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as err:
        raise InvalidInput({field: f"must be a rule of RFC 5545, such as {_EXAMPLE}, got {shown(text)}"}) from err
    if happens is None:
        message = f"must come at least once, such as {_EXAMPLE}: it never happens in the ten years from its start"
        raise InvalidInput({field: f"{message}, got {shown(text)}"})
    return text


def _parts(field: str, text: str) -> Mapping[str, str]:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            raise InvalidInput({field: f"must be made of {', '.join(_PARTS)}, got {shown(name)}"})
        if name in parts or not _VALUE.fullmatch(value):
            raise InvalidInput({field: f"must give {name} one value, got {shown(part)}"})
        parts[name] = value
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidInput({field: f"must have either COUNT or UNTIL, got {shown(text)}"})
    if "BYMONTHDAY" in parts and parts.get("FREQ") not in ("MONTHLY", "YEARLY"):
        # RFC 5545 has none in weeks; in days one that never comes would be looked for in eight thousand years.
        raise InvalidInput({field: f"must have BYMONTHDAY only with FREQ=MONTHLY or FREQ=YEARLY, got {shown(text)}"})
    for name, most in (("INTERVAL", 366), ("COUNT", 1000)):
        if name in parts and not (parts[name].isdigit() and 1 <= int(parts[name]) <= most):
            raise InvalidInput({field: f"must have {name} from 1 to {most}, got {shown(parts[name])}"})
    return parts


def _rule(text: str, starts_local: datetime, last: datetime) -> rrule:
    """Bounded: a rule that hardly ever happens would be looked for until the year 9999. Raises ValueError."""
    if "COUNT=" not in text:  # dateutil takes either a count or an end
        rest, _, given = text.partition("UNTIL=")
        given, _, more = given.partition(";")
        until = min(_until(given), last) if given else last
        text = f"{rest.rstrip(';')};UNTIL={until:%Y%m%dT%H%M%S};{more}".rstrip(";")
    rule = rrulestr(text, dtstart=starts_local)
    assert isinstance(rule, rrule)  # there is but one line
    return rule


def _until(text: str) -> datetime:
    """As the wall clock shows it: with a zone it could not be compared with a local beginning. Raises ValueError."""
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    return datetime.strptime(text.removesuffix("Z"), form)  # noqa: DTZ007 - a wall clock has no zone


def _locals(window: Window, since: datetime, until: datetime) -> Iterator[datetime]:
    """Beginnings by the wall clock that may be in the span, a day more at both ends."""
    day = timedelta(days=1)
    first = since.astimezone(window.zone).replace(tzinfo=None) - day
    last = until.astimezone(window.zone).replace(tzinfo=None) + day
    if not window.recurrence:
        if first <= window.starts_local <= last:
            yield window.starts_local
        return
    every = _rule(window.recurrence, _nearer(window, first), last).xafter(first, inc=True)
    yield from takewhile(lambda local: local <= last, every)


def _nearer(window: Window, first: datetime) -> datetime:
    """A later beginning from which on the rule gives the same: years of days would be walked through each time."""
    parts = dict(part.split("=") for part in window.recurrence.split(";"))
    days = {"DAILY": 1, "WEEKLY": 7}.get(parts["FREQ"])
    if days is None or "COUNT" in parts or first <= window.starts_local:
        return window.starts_local
    turn = days * int(parts.get("INTERVAL", "1"))
    return window.starts_local + timedelta(days=(first - window.starts_local).days // turn * turn)


def clashing(windows: Sequence[Window], window: Window, since: datetime, until: datetime) -> list[str]:
    """The names of the other windows that are on at the same time in a span: worth telling, no error."""
    spans = occurrences(window, since, until)
    return [
        other.name
        for other in windows
        if other.pk != window.pk
        and other.enabled
        and any(
            one.starts_at < another.ends_at and another.starts_at < one.ends_at
            for one in spans
            for another in occurrences(other, since, until)
        )
    ]


def all_clashing(windows: Sequence[Window], since: datetime, until: datetime) -> dict[int, list[str]]:
    """The same of all of them at once, by pk; those that are alone are left out."""
    spans = [
        (each.starts_at, each.ends_at, window)
        for window in windows
        if window.enabled
        for each in occurrences(window, since, until)
    ]
    found: dict[int, set[str]] = {}
    on: list[tuple[datetime, Window]] = []
    for starts_at, ends_at, window in sorted(spans, key=lambda span: span[0]):
        on = [(end, other) for end, other in on if end > starts_at]
        for _, other in on:
            if other.pk != window.pk:
                found.setdefault(window.pk, set()).add(other.name)
                found.setdefault(other.pk, set()).add(window.name)
        on.append((ends_at, window))
    return {pk: sorted(names) for pk, names in found.items()}
