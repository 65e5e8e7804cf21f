"""What readers of a status page are told: nothing but what was chosen for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from monitor_app.domain.notice import INCIDENT, MAINTENANCE, Notice
from monitor_app.domain.slug import alternatives, slug
from monitor_app.domain.status import Status

Level = Literal["ok", "degraded", "down", "maintenance", "paused", "unknown"]
DayLevel = Literal["ok", "degraded", "down", "none"]
# The worst first.
LEVELS: Final[tuple[Level, ...]] = ("down", "degraded", "unknown", "maintenance", "paused", "ok")
LEVEL_WORDS: Final[Mapping[Level, str]] = {
    "ok": "Operational",
    "degraded": "Degraded",
    "down": "Down",
    "maintenance": "Maintenance",
    "paused": "Not watched",
    "unknown": "Unknown",
}
DAYS: Final = 90
NIL: Final = UUID(int=0)
# Of a notice that is told in short: so many characters of its newest update, so many of its services; and so many of
# those that are over.
BEGIN_LETTERS: Final = 160
SHORT_PAST: Final = 20
SHORT_SERVICES: Final = 3
# A day with more degraded results than this is told to be one.
DEGRADED_SHARE: Final = 0.01
# From how many seconds on the outages of a day are a size larger, and below which share of uptime they are the largest.
OUTAGE_SECONDS: Final = (600, 3600, 21_600)
MOSTLY_DOWN: Final = 0.5
_LEVELS: Final[Mapping[Status, Level]] = {
    Status.OK: "ok",
    Status.DEGRADED: "degraded",
    Status.FAILED: "down",
    Status.STARTING: "unknown",
    Status.STOPPED: "paused",
    Status.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of UTC: `uptime` is the share (0 to 1) of what is known of it, `down_seconds` of confirmed downtimes.

    `is_degraded`: so was the rest of a day with a downtime.
    """

    level: DayLevel
    uptime: float | None = None
    down_seconds: int = 0
    is_degraded: bool = False


NO_DAY: Final = Day("none")


@dataclass(frozen=True, slots=True)
class PublicService:
    """A service as readers see it; `key` names it in the address of its badge. `uptime` is that of all days."""

    key: str
    name: str
    description: str
    section: str
    level: Level
    uptime: float | None = None
    days: Sequence[Day] = ()


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """What was told when."""

    at: datetime
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """A notice without who wrote it; `services` are public names. `key` tells it from all others, for ever."""

    key: str
    kind: str
    title: str
    impact: str
    state: str
    phase: str
    starts_at: datetime
    ends_at: datetime | None
    updated_at: datetime
    services: tuple[str, ...]
    updates: tuple[PublicUpdate, ...]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """All that a page tells. `address` is where it is at home, without a slash at its end, "" when nobody knows.

    `base` is what its own links begin with. `stale_since`: what it tells is from then, for the monitor is in trouble.
    `logo` is the path of the logo. `key` tells it from all pages of the world, whatever it is called.
    `can_leave`: who reads it has said a password here.
    """

    slug: str
    title: str
    description: str
    colour: str
    address: str
    base: str
    logo: str
    is_indexed: bool
    is_public: bool
    as_of: datetime
    last_day: date
    services: tuple[PublicService, ...] = ()
    notices: tuple[PublicNotice, ...] = ()
    stale_since: datetime | None = None
    key: UUID = NIL
    can_leave: bool = False

    def of_phase(self, phase: str) -> list[PublicNotice]:
        """The notices that are to come, are, or were; what is to come next and what was last stand first."""
        found = [notice for notice in self.notices if notice.phase == phase]
        return sorted(found, key=lambda notice: notice.starts_at, reverse=phase != "upcoming")


def level_of(status: Status, *, in_maintenance: bool) -> Level:
    """What a status is to readers; one that rests for a maintenance says so."""
    return "maintenance" if in_maintenance else _LEVELS[status]


def shown_level(level: Level, notices: Iterable[Notice]) -> Level:
    """The same with what people say of it now: in an announced maintenance nobody is to be alarmed."""
    return "maintenance" if any(notice.kind == MAINTENANCE for notice in notices) else level


def overall(levels: Sequence[Level], notices: Sequence[PublicNotice]) -> tuple[Level, str]:
    """One word for all of it, and the sentence on top of the page. What is not known is never called good."""
    impacts = {notice.impact for notice in notices if notice.phase == "current" and notice.kind == INCIDENT}
    counted = [level for level in levels if level != "paused"]
    down = counted.count("down")
    if "critical" in impacts or (down and down == len(counted)):
        return "down", "Major outage"
    if "major" in impacts or down:
        return "down", "Partial outage"
    if "minor" in impacts or "degraded" in counted:
        return "degraded", "Degraded performance"
    if "unknown" in counted:
        return "unknown", "Some services cannot be judged just now"
    if "maintenance" in counted:
        return "maintenance", "Maintenance under way"
    if not counted:
        return "unknown", "Nothing is watched here just now" if levels else "Nothing is shown here yet"
    return "ok", "All services are operational"


def shortened(page: PublicPage, letters: int) -> PublicPage:
    """The page with so many letters of its notices, those first that concern readers now; of the others the beginning.

    Of a notice that does not fit only the newest update is left, and of those that are over only the last ones.
    """
    kept: list[PublicNotice] = []
    past = 0
    for notice in (found for phase in ("current", "upcoming", "past") for found in page.of_phase(phase)):
        past += notice.phase == "past"
        length = sum(map(len, (*notice.services, *(update.text for update in notice.updates))))
        if length <= letters:
            letters -= length
            kept.append(notice)
        elif notice.phase != "past" or past <= SHORT_PAST:
            kept.append(_in_short(notice))
    return replace(page, notices=tuple(kept))


def _in_short(notice: PublicNotice) -> PublicNotice:
    services, more = notice.services[:SHORT_SERVICES], len(notice.services) - SHORT_SERVICES
    if more > 0:
        services = (*services, f"{more} more")
    return replace(notice, services=services, updates=tuple(_begun(update) for update in notice.updates[:1]))


def _begun(update: PublicUpdate) -> PublicUpdate:
    text = update.text
    return update if len(text) <= BEGIN_LETTERS else replace(update, text=f"{text[: BEGIN_LETTERS - 1].rstrip()}…")


def keys_of(names: Iterable[str]) -> list[str]:
    """A name for the address of each, out of the public names alone: `shop`, `shop-2`."""
    keys: list[str] = []
    taken: set[str] = set()
    for name in names:
        wanted = slug(name) or "service"
        key = next(key for round_ in alternatives(wanted, name) for key in round_ if key not in taken)
        taken.add(key)
        keys.append(key)
    return keys


def day_of(ok: int, degraded: int, failed: int, uptime: float | None, down_seconds: float) -> Day:
    """A day by its results and its downtimes."""
    if not ok + degraded + failed:
        return NO_DAY
    is_degraded = degraded > DEGRADED_SHARE * (ok + degraded + failed)
    if down_seconds >= 1:
        return Day("down", uptime, round(down_seconds), is_degraded)
    return Day("degraded" if is_degraded else "ok", uptime)


def outage_size(day: Day) -> int:
    """How much a day's outages are, from 1 to 4, by how long they took; 0 for a day without one.

    A day of which more than half was down is of the largest, however little is known of it.
    """
    if day.level != "down":
        return 0
    if day.uptime is not None and day.uptime < MOSTLY_DOWN:
        return len(OUTAGE_SECONDS) + 1
    return 1 + sum(day.down_seconds >= seconds for seconds in OUTAGE_SECONDS)


def percent(share: float | None) -> str:
    """`99.98 %`; "100 %" only when it is, and never more nines than there are."""
    if share is None:
        return "no data"
    if share >= 1:
        return "100 %"
    texts = (f"{share * 100:.{digits}f}" for digits in (2, 3, 4))
    return f"{next((text for text in texts if float(text) < 100), '99.9999')} %"


def duration(seconds: float) -> str:
    """`4 min`, `1 h 12 min`, `2 d 3 h`."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
