"""Why a service rests for a while: somebody paused it, or it is in maintenance."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

REASON_LIMIT: Final = 200
# Nobody remembers after a year why something is not watched.
LONGEST: Final = timedelta(days=365)
# What the reason of a maintenance begins with, wherever it stands.
MAINTENANCE_WORDS: Final = "in maintenance"


@dataclass(frozen=True, slots=True)
class Hold:
    """Who said so, why, and until when; `until` None: until somebody says otherwise.

    `window_pk` is the maintenance window that it comes from, 0 for what a person said of these services alone;
    `occurrence` is which of its times.
    """

    who: str
    reason: str
    at: datetime
    until: datetime | None = None
    window_pk: int = 0
    occurrence: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.until is not None and now >= self.until


def pause_words(pause: Hold | None) -> str:
    """`paused by ada until 2026-05-17 14:00 UTC: a new disk`; what nobody told is left out."""
    if pause is None:
        return "paused"
    return f"paused{f' by {pause.who}' if pause.who else ''}{_rest(pause)}"


def maintenance_words(maintenance: Hold) -> str:
    """`in maintenance until 2026-05-17 14:00 UTC: a new disk`."""
    return f"{MAINTENANCE_WORDS}{_rest(maintenance)}"


def _rest(hold: Hold) -> str:
    until = "" if hold.until is None else f" until {hold.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return until + (f": {hold.reason}" if hold.reason else "")
