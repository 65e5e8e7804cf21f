"""Why a service rests for a while: somebody paused it, or it is in maintenance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

REASON_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """Who said so, why, and until when; `until` None: until somebody says otherwise."""

    who: str
    reason: str
    at: datetime
    until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.until is not None and now >= self.until
