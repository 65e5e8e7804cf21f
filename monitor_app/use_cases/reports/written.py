"""A report as JSON and as CSV."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from monitor_app.domain.sla import verdict_of
from monitor_app.domain.uptime import Uptime
from monitor_app.storage.history import Incident
from monitor_app.use_cases.portable.cells import as_csv
from monitor_app.use_cases.reports.content import Report, ReportLine

SHARE_DECIMALS: Final = 6
COLUMNS: Final = (
    "service_id",
    "label",
    "group",
    "availability",
    "target",
    "sla",
    "up_seconds",
    "down_seconds",
    "downtimes",
    "longest_downtime_seconds",
    "mean_downtime_seconds",
    "maintenance_seconds",
    "paused_seconds",
    "unknown_seconds",
    "coverage",
    "p50_ms",
    "p95_ms",
    "p99_ms",
)
DOWNTIME_COLUMNS: Final = ("service_id", "service", "started_at", "ended_at", "duration_seconds", "cause")


def document(report: Report) -> dict[str, Any]:
    """Everything, as JSON has it."""
    wanted = report.wanted
    return {
        "title": wanted.title,
        "since": time_of(wanted.since),
        "until": time_of(wanted.until),
        "made_at": time_of(report.made_at),
        "made_by": report.who,
        "target": wanted.target,
        "total": {"services": len(report.lines), **_together(report.total, wanted.target)},
        "groups": [
            {"group": name, "services": number, **_together(uptime, wanted.target)}
            for name, number, uptime in report.groups
        ],
        "services": [line_of(line, wanted.target) for line in report.lines],
        "downtimes": [dict(zip(DOWNTIME_COLUMNS, row, strict=True)) for row in downtime_rows(report)],
        "has_more_downtimes": report.has_more_downtimes,
    }


def as_json(report: Report) -> str:
    """The same as text."""
    return json.dumps(document(report), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def services_csv(report: Report) -> str:
    """A line for each service. Availability and coverage are shares; empty is what nobody knows."""
    target = report.wanted.target
    return as_csv([COLUMNS, *(tuple(line_of(line, target).values()) for line in report.lines)])


def downtimes_csv(report: Report) -> str:
    """A line for each downtime, the newest first; what lasts has no end."""
    return as_csv([DOWNTIME_COLUMNS, *downtime_rows(report)])


def line_of(line: ReportLine, target: float) -> dict[str, Any]:
    """A service by the names of COLUMNS."""
    figures, mean = line.figures, line.figures.mean_downtime_seconds
    p50, p95, p99 = line.percentiles or (None, None, None)
    values = (
        line.service_id,
        line.label,
        line.group,
        _share(figures.uptime.uptime),
        target,
        figures.verdict(target),
        round(figures.uptime.up_seconds, 3),
        round(figures.uptime.down_seconds, 3),
        figures.downtimes,
        round(figures.longest_seconds, 3),
        None if mean is None else round(mean, 3),
        round(figures.maintenance_seconds, 3),
        round(figures.paused_seconds, 3),
        round(figures.unknown_seconds, 3),
        _share(figures.uptime.coverage),
        *(None if ms is None else round(ms, 3) for ms in (p50, p95, p99)),
    )
    return dict(zip(COLUMNS, values, strict=True))


def downtime_rows(report: Report) -> Iterator[Sequence[Any]]:
    """By the names of DOWNTIME_COLUMNS."""
    for one in report.downtimes:
        ended = None if one.ended_at is None else time_of(one.ended_at)
        service_id, label = report.names[one.service_pk]
        yield service_id, label, time_of(one.started_at), ended, lasted_seconds(one), one.cause


def lasted_seconds(one: Incident) -> float | None:
    """How long it was; None while it lasts."""
    return None if one.ended_at is None else round((one.ended_at - one.started_at).total_seconds(), 3)


def time_of(moment: datetime) -> str:
    """In UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _together(uptime: Uptime | None, target: float) -> dict[str, Any]:
    return {
        "availability": None if uptime is None else _share(uptime.uptime),
        "sla": verdict_of(uptime, target),
        "coverage": None if uptime is None else _share(uptime.coverage),
    }


def _share(share: float | None) -> float | None:
    """What is not whole does not look so."""
    if share is None:
        return None
    rounded = round(share, SHARE_DECIMALS)
    return 1 - 10**-SHARE_DECIMALS if rounded == 1 and share < 1 else rounded
