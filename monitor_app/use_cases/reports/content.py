"""What stands in a report, and the work of finding it out."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from monitor_app.domain.given import given_text, shown
from monitor_app.domain.objective import DEFAULT_TARGET, given_target
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.sla import Lived, SlaLine, sla_line, total_of
from monitor_app.domain.uptime import Uptime
from monitor_app.errors import InvalidInput
from monitor_app.models.types import to_millis
from monitor_app.storage.database import Database
from monitor_app.storage.fleet import read_lives, read_rests
from monitor_app.storage.history import Incident, IncidentFilter, SqlHistory
from monitor_app.storage.history.percentiles import read_percentiles_of
from monitor_app.use_cases.selection import EVERYTHING, Selection

TITLE_LIMIT: Final = 120
SPAN_DAYS_MAX: Final = 1830
SERVICES_LIMIT: Final = 5000
DOWNTIMES_LIMIT: Final = 2000
SHARES: Final = (0.5, 0.95, 0.99)
# So many services are listed in a statement; a report of more is made in parts, so that memory stays small.
_LISTED: Final = 400
# The response times of so many are read at once.
_TIMED: Final = 40

Percentiles = tuple[float, ...]
# Is told how many of the services are done.
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to tell: of which services, from `since` up to `until`, held against which target (a share)."""

    title: str
    since: datetime
    until: datetime
    selection: Selection = EVERYTHING
    target: float = DEFAULT_TARGET

    def checked(self) -> "Wanted":
        """The same, its title and target as they may be. Raises InvalidInput."""
        wrong: dict[str, str] = {}
        title = self.title
        try:
            title = given_text("title", self.title, TITLE_LIMIT, is_required=False)
            given_target("target", self.target)
        except InvalidInput as err:
            wrong |= err.fields
        if self.since >= self.until:
            wrong["since"] = f"must be before until, got {shown(self.since.isoformat())}"
        elif (self.until - self.since).days > SPAN_DAYS_MAX:
            wrong["since"] = f"must be at most {SPAN_DAYS_MAX} days before until"
        if wrong:
            raise InvalidInput(wrong)
        return Wanted(title or "Availability", self.since, self.until, self.selection, self.target)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One service: its names as they are now, its figures, and p50, p95 and p99 of its response times in ms."""

    service_id: str
    label: str
    group: str
    figures: SlaLine
    percentiles: Percentiles | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is made. `downtimes` are the newest; `has_more_downtimes` when older ones are left out.

    `names` are id and label of each service by its pk.
    """

    wanted: Wanted
    made_at: datetime
    who: str
    lines: Sequence[ReportLine]
    total: Uptime | None
    groups: Sequence[tuple[str, int, Uptime | None]]
    downtimes: Sequence[Incident]
    has_more_downtimes: bool
    names: Mapping[int, tuple[str, str]]


async def make_report(
    database: Database, services: Sequence[ServiceDefinition], wanted: Wanted, who: str, now: datetime, told: Told
) -> Report:
    """Find out everything; long work, in parts."""
    lines: list[ReportLine] = []
    downtimes: list[Incident] = []
    history = SqlHistory(database)
    for start in range(0, len(services), _LISTED):
        part = services[start : start + _LISTED]
        lines += await _lines(database, part, wanted, partial(_told_behind, told, start))
        asked = IncidentFilter(wanted.until, wanted.since, [service.pk for service in part])
        downtimes = _newest([*downtimes, *await history.incidents(asked, DOWNTIMES_LIMIT + 1)])
    told(len(services))
    return Report(
        wanted,
        now,
        who,
        lines,
        total_of(line.figures for line in lines),
        _groups(lines),
        downtimes[:DOWNTIMES_LIMIT],
        len(downtimes) > DOWNTIMES_LIMIT,
        {service.pk: (service.service_id, service.label) for service in services},
    )


def _newest(downtimes: list[Incident]) -> list[Incident]:
    """As many as a report holds, and one more where there are more."""
    return sorted(downtimes, key=lambda one: (one.started_at, one.number), reverse=True)[: DOWNTIMES_LIMIT + 1]


def _told_behind(told: Told, before: int, done: int) -> None:
    told(before + done)


async def _lines(
    database: Database, services: Sequence[ServiceDefinition], wanted: Wanted, told: Told
) -> list[ReportLine]:
    """The lines of some services."""
    pks = [service.pk for service in services]
    async with database.read() as conn:
        lives = await read_lives(conn, pks, wanted.since, wanted.until)
        maintenance, paused = await read_rests(conn, pks, wanted.since, wanted.until)
    since, until = to_millis(wanted.since), to_millis(wanted.until)
    lines: list[ReportLine] = []
    times: dict[int, list[float]] = {}
    for number, service in enumerate(services):
        told(number)
        pk = service.pk
        if not number % _TIMED:
            async with database.read() as conn:
                times = await read_percentiles_of(
                    conn, pks[number : number + _TIMED], wanted.since, wanted.until, SHARES
                )
        down, unknown = lives.get(pk, ([], [(since, until)]))
        lived = Lived(down, unknown, maintenance.get(pk, ()), paused.get(pk, ()))
        figures = await asyncio.to_thread(sla_line, pk, since, until, lived)
        percentiles = tuple(times[pk]) if pk in times else None
        lines.append(ReportLine(service.service_id, service.label, service.group, figures, percentiles))
    return lines


def _groups(lines: Sequence[ReportLine]) -> list[tuple[str, int, Uptime | None]]:
    """Each group with how many services it has and how they did together; "" for those in none."""
    by_group: dict[str, list[SlaLine]] = {}
    for line in lines:
        by_group.setdefault(line.group, []).append(line.figures)
    ordered = sorted(by_group.items(), key=lambda one: (one[0].casefold(), one[0]))
    return [(name, len(figures), total_of(figures)) for name, figures in ordered]
