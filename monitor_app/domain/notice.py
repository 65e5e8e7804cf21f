"""A notice: an incident or a maintenance as people tell readers of status pages about it, update by update."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput

Kind = Literal["incident", "maintenance"]
Phase = Literal["upcoming", "current", "past"]
INCIDENT: Final = "incident"
MAINTENANCE: Final = "maintenance"
KINDS: Final = (INCIDENT, MAINTENANCE)
# What it may say of itself, in the order in which it usually goes; the last one ends it.
STATES: Final[dict[str, tuple[str, ...]]] = {
    INCIDENT: ("investigating", "identified", "monitoring", "resolved"),
    MAINTENANCE: ("scheduled", "in-progress", "completed"),
}
# How much of it readers feel, the least first.
IMPACTS: Final = ("none", "minor", "major", "critical")
TITLE_LIMIT: Final = 200
TEXT_LIMIT: Final = 5000
UPDATES_LIMIT: Final = 100
PAGES_LIMIT: Final = 100
SERVICES_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class NoticeUpdate:
    """What was told when; `who` is for ourselves."""

    pk: int
    at: datetime
    state: str
    text: str
    who: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What people tell about one thing. `state` is that of the newest update; the newest stands first."""

    pk: int
    kind: str
    title: str
    impact: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    who: str
    created_at: datetime
    updated_at: datetime
    page_pks: tuple[int, ...] = ()
    service_pks: tuple[int, ...] = ()
    updates: tuple[NoticeUpdate, ...] = ()

    def phase(self, now: datetime) -> Phase:
        """Whether it is to come, is, or was; a maintenance also begins and ends by the clock."""
        if self.state == STATES[self.kind][-1]:
            return "past"
        if self.kind == MAINTENANCE:
            if now < self.starts_at:
                return "upcoming"
            if self.ends_at is not None and now >= self.ends_at:
                return "past"
        return "current"


def given_choice(field: str, value: Any, allowed: tuple[str, ...]) -> str:
    """One of these. Raises InvalidInput on `field`."""
    if value not in allowed or not isinstance(value, str):
        raise InvalidInput({field: f"must be one of {', '.join(allowed)}, got {shown(value)}"})
    return value
