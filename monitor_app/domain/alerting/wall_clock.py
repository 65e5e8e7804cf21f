"""Wall clocks of time zones, on the days when they are changed, too."""

import re
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput

_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def at_wall_clock(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the wall clock shows this.

    A time that a clock leaves out in spring is as much later as the clock was set forward; of one that comes twice in
    autumn it is the first.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def on_day(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The same of a day and a time of day."""
    return at_wall_clock(datetime.combine(day, clock), zone)


def given_zone(field: str, value: Any) -> ZoneInfo:
    """A time zone by its name. Raises InvalidInput on `field`."""
    try:
        if not isinstance(value, str) or not 0 < len(value) <= 64:
            raise ValueError
        return ZoneInfo(value)
    except (ValueError, OSError, KeyError) as err:
        message = f"must be the name of a time zone, such as Europe/Berlin or UTC, got {shown(value)}"
        raise InvalidInput({field: message}) from err


def given_clock(field: str, value: Any) -> time:
    """A time of day. Raises InvalidInput on `field`."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise InvalidInput({field: f"must be a time of day, such as 09:00 or 23:30, got {shown(value)}"})
    return time.fromisoformat(value)


def given_day(field: str, value: Any) -> date:
    """A date, as 2026-05-18. Raises InvalidInput on `field`."""
    try:
        if not isinstance(value, str) or len(value) != 10:
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError as err:
        raise InvalidInput({field: f"must be a date, such as 2026-05-18, got {shown(value)}"}) from err
    if not 1970 < day.year < 9000:
        raise InvalidInput({field: f"must be a date of our time, got {shown(value)}"})
    return day
