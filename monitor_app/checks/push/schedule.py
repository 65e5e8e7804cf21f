"""When the next report is due: after a period, or by a cron expression."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

CRON_FIELDS = 5
# An expression is read together with a moment; days that no month has are refused then.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def checked_cron(text: str) -> str:
    """An expression of five fields, with single blanks. Raises ValueError."""
    fields = text.split()
    if len(fields) != CRON_FIELDS:
        raise ValueError(f"must have {CRON_FIELDS} fields (minute hour day month weekday), got {text!r}")
    normal = " ".join(fields)
    try:
        CronSim(normal, _SOME_DAY)
    except CronSimError as err:
        raise ValueError(f"must be a cron expression such as 30 2 * * 1-5, got {text!r}: {str(err).lower()}") from err
    return normal


def checked_timezone(name: str) -> str:
    """The name of a time zone. Raises ValueError."""
    zone_of(name)
    return name


def zone_of(name: str) -> tzinfo:
    """Raises ValueError when there is no such time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be the name of a time zone such as Europe/Berlin, got {name!r}") from None


def due_after(moment: datetime, period_seconds: float | None, cron: str, timezone: str) -> datetime:
    """When the report after this moment is due, in UTC."""
    if period_seconds is not None:
        return moment + timedelta(seconds=period_seconds)
    return next(CronSim(cron, moment.astimezone(zone_of(timezone)))).astimezone(UTC)
