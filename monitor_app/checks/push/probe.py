"""Judges what a service has reported of itself, and whether a report is late. Asks nobody."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from monitor_app.checks.push.config import Config
from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.report import Section, facts
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import STATUS_WORDS, Status
from monitor_app.plugins.protocols import Heartbeats, ProbeContext


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """By what was reported until `facts.now()`: at the moment of a report, and in between to notice missing ones."""
    if context.facts is None:
        return ProbeResult(Status.UNKNOWN, "reports are awaited once the service is saved")
    return judge(context.facts.heartbeats(context.service_pk), context.facts.now(), config)


def judge(reports: Heartbeats, now: datetime, config: Config) -> ProbeResult:
    """A report of failure counts until one of success; else it is a matter of time."""
    last = reports.last
    since = _since(reports)
    due = config.due_after(since)
    missing_at = due + timedelta(seconds=config.grace_seconds)
    metrics = {"seconds_since": max(0.0, (now - since).total_seconds())}
    response_ms = None
    if last is not None and now <= last.at:
        # Of the run that ended right now; later checks must not count it again.
        response_ms = _response_ms(reports, last)
        if reports.run_seconds is not None:
            metrics["run_seconds"] = reports.run_seconds
    status, message = _status(reports, now, due, missing_at, config)
    tell = partial(_told, reports, due, missing_at, config)
    return ProbeResult(status, message, response_ms, metrics=metrics, tell=tell)


def _told(reports: Heartbeats, due: datetime, missing_at: datetime, config: Config) -> Iterator[Section]:
    """What was reported last, and what is awaited next."""
    last, started_at, run_seconds = reports.last, reports.started_at, reports.run_seconds
    yield facts(
        "Reports",
        {
            "Last report": "" if last is None else f"{last.signal} at {_shown(last.at, config)}",
            "Last message": "" if last is None else last.message,
            "Run began": "" if started_at is None else _shown(started_at, config),
            "Last run took": "" if run_seconds is None else f"{run_seconds:.1f} s",
            "Next is due by": _shown(due, config),
            "Missing from": _shown(missing_at, config),
        },
    )


def _since(reports: Heartbeats) -> datetime:
    """What the next report is reckoned from: the last one, the start of a run, or when somebody began to listen."""
    moments = [reports.awaited_since]
    if reports.last is not None:
        moments.append(reports.last.at)
    if reports.started_at is not None:
        moments.append(reports.started_at)
    return max(moments)


def _response_ms(reports: Heartbeats, last: Heartbeat) -> float | None:
    if last.ping_ms is not None:
        return last.ping_ms
    return None if reports.run_seconds is None else reports.run_seconds * 1000


def _status(
    reports: Heartbeats, now: datetime, due: datetime, missing_at: datetime, config: Config
) -> tuple[Status, str]:
    last, said = reports.last, _said(reports.last)
    if said is not None and said[0] is Status.FAILED:
        return said
    if now > missing_at:
        return Status.FAILED, f"{_what_is_late(reports, config)}: it was due by {_shown(due, config)}"
    if now > due:
        return Status.DEGRADED, f"{_what_is_late(reports, config)}: it was due by {_shown(due, config)}, grace runs"
    if reports.started_at is not None and last is None:
        return Status.STARTING, f"the first run began at {_shown(reports.started_at, config)}"
    if said is None:
        return Status.STARTING, f"the first report is awaited until {_shown(due, config)}"
    return said


def _said(last: Heartbeat | None) -> tuple[Status, str] | None:
    """What the service said of itself."""
    if last is None:
        return None
    if last.signal == "fail":
        return Status.FAILED, last.message or "the service reported a failure"
    status = last.status if last.status is not None else Status.OK
    said = "reported in time" if status.is_up else f"the service reported that it is {STATUS_WORDS[status].lower()}"
    return status, last.message or said


def _what_is_late(reports: Heartbeats, config: Config) -> str:
    if reports.started_at is not None:
        return f"the run that began at {_shown(reports.started_at, config)} has not ended"
    if reports.last is None:
        return "no report has come yet"
    return f"no report since {_shown(reports.last.at, config)}"


def _shown(moment: datetime, config: Config) -> str:
    """A moment in the time zone of the schedule."""
    return f"{moment.astimezone(ZoneInfo(config.timezone)):%Y-%m-%d %H:%M:%S %Z}"
