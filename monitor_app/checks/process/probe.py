"""Finds processes by name, pattern or PID file, counts them, and measures what they use."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from monitor_app.checks.process.config import Config
from monitor_app.checks.process.pid_file import PidFileTrouble, read_pid_file
from monitor_app.checks.process.scan import Scan, Scanner, Seen, look
from monitor_app.checks.process.usage import MEASURED_LIMIT, Meter, Usage
from monitor_app.checks.process.worker import Overloaded, Worker
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless

_PIDS_SHOWN = 10
# A file is written by the process it names, so that has begun before; clocks are set now and then.
_CLOCK_SLACK_SECONDS = 60.0
_FIRST_PID = 1
_MEGABYTE = 1024 * 1024
_HIDDEN = (
    "this machine shows Lightbulb only its own processes (hidepid): mount /proc without hidepid, or with the gid= of a "
    "group that Lightbulb is in"
)

# One machine, so one of each for all checks; only the worker's thread uses the other two.
_WORKER = Worker()
_SCANNER = Scanner(look)
_METER = Meter()


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """FAILED when there are too few or too many, UNKNOWN when this program may not look or cannot in time."""
    try:
        async with asyncio.timeout(config.deadline_seconds):
            return await asyncio.wrap_future(_WORKER.submit(lambda: _found(config, context.service_pk)))
    except (TimeoutError, Overloaded):
        return ProbeResult(
            Status.UNKNOWN,
            f"this machine's processes could not be looked through within {config.deadline_seconds:g} s",
        )


def _found(config: Config, service_pk: int) -> ProbeResult:
    """Blocks."""
    scan = _SCANNER.scan()
    try:
        matches = _matches(scan, config)
    except PidFileTrouble as err:
        return _result(Status.UNKNOWN if err.is_ours else _for_none(config), str(err), (), None)
    if not matches and _hides_others(scan):
        return _result(Status.UNKNOWN, _HIDDEN, (), None)
    usage = _METER.measure(matches, service_pk)
    status, message = _judged(matches, usage, config)
    return _result(status, message, matches, usage)


def _matches(scan: Scan, config: Config) -> list[Seen]:
    """The oldest first. Raises PidFileTrouble."""
    if config.pid_file:
        return [_named_by_file(scan, config.pid_file)]
    if config.name:
        found = [seen for seen in scan.processes.values() if seen.name == config.name]
    else:
        # Whoever looks for it has it in the command line, too: `... check process pattern=nginx`.
        asking = f"pattern={config.pattern}"
        found = [
            seen
            for seen in scan.processes.values()
            if config.search.search(line := scan.command_line(seen).encode("utf-8", "replace"))
            and asking.encode() not in line
        ]
    ours = scan.ours() if found else frozenset()
    return sorted((seen for seen in found if seen.pid not in ours), key=lambda seen: (seen.began_at, seen.pid))


def _named_by_file(scan: Scan, path: str) -> Seen:
    named = read_pid_file(path)
    seen = scan.processes.get(named.pid)
    if seen is None and _hides_others(scan):
        raise PidFileTrouble(_HIDDEN, is_ours=True)
    if seen is None:
        raise PidFileTrouble(f"process {named.pid}, which the PID file {path} names, does not run")
    if seen.began_at > named.written_at + _CLOCK_SLACK_SECONDS:
        raise PidFileTrouble(
            f"the PID file {path} is stale: process {named.pid} is {seen.name!r} now, which began after it was written"
        )
    return seen


def _for_none(config: Config) -> Status:
    """No process is what is wanted when at least none has to be there."""
    return Status.FAILED if config.min_count else Status.OK


def _hides_others(scan: Scan) -> bool:
    """Linux always has a first process; it is missing only where those of others are hidden."""
    return sys.platform == "linux" and _FIRST_PID not in scan.processes


def _judged(matches: Sequence[Seen], usage: Usage, config: Config) -> tuple[Status, str]:
    count, least, most = len(matches), config.min_count, config.max_count
    if count < least:
        wanted = "" if least == 1 else f", at least {least} must be there"
        return Status.FAILED, f"{_counted(count)} {_sought(config)}{wanted}"
    if most is not None and count > most:
        return Status.FAILED, f"{_counted(count)} {_sought(config)}, at most {most} may be there"
    if not count:
        return Status.OK, f"no process {_sought(config)}, as wanted"
    since = f"{datetime.fromtimestamp(matches[0].began_at, UTC):%Y-%m-%d %H:%M} UTC"
    return Status.OK, f"{_counted(count)} since {since}, {usage.memory_bytes / _MEGABYTE:,.0f} MB"


def _counted(count: int) -> str:
    return "no process" if not count else "1 process" if count == 1 else f"{count} processes"


def _sought(config: Config) -> str:
    if config.name:
        return f"named {config.name!r}"
    return f"with {config.pattern!r} in the command line" if config.pattern else f"of {config.pid_file}"


def _result(status: Status, message: str, matches: Sequence[Seen], usage: Usage | None) -> ProbeResult:
    metrics: dict[str, float] = {"count": len(matches)}
    details: dict[str, str] = {}
    if matches and usage is not None:
        metrics["uptime_seconds"] = round(max(0.0, time.time() - matches[0].began_at), 1)
        metrics |= {"memory_bytes": usage.memory_bytes, "threads": usage.threads}
        if usage.open_files is None:
            details["open_files"] = "not counted: they belong to another user"
        else:
            metrics["open_files"] = usage.open_files
        if usage.cpu_percent is not None:
            metrics["cpu_percent"] = usage.cpu_percent
        details |= _told(matches, usage)
    tell = None if usage is None else partial(_told_in_full, usage, len(matches))
    return ProbeResult(status, harmless(message, MESSAGE_LIMIT), None, {}, metrics, details, tell)


def _told_in_full(usage: Usage, count: int) -> Iterator[Section]:
    """The processes one by one, the oldest first."""
    rows = [
        (
            str(each.seen.pid),
            str(each.seen.parent_pid),
            each.seen.name,
            f"{datetime.fromtimestamp(each.seen.began_at, UTC):%Y-%m-%d %H:%M:%S} UTC",
            f"{each.memory_bytes / _MEGABYTE:,.1f} MB",
            str(each.threads),
            f"{each.cpu_seconds:,.1f} s",
        )
        for each in usage.each
    ]
    columns = ("PID", "Parent", "Name", "Since", "Memory", "Threads", "CPU time")
    yield table("Processes", columns, rows, is_cut=count > len(rows))


def _told(matches: Sequence[Seen], usage: Usage) -> dict[str, str]:
    pids = ", ".join(str(seen.pid) for seen in matches[:_PIDS_SHOWN])
    more = len(matches) - _PIDS_SHOWN
    told = {
        "names": harmless(", ".join(sorted({seen.name for seen in matches[:_PIDS_SHOWN]})), MESSAGE_LIMIT),
        "pids": f"{pids} and {more} more" if more > 0 else pids,
        "since": f"{datetime.fromtimestamp(matches[0].began_at, UTC):%Y-%m-%d %H:%M:%S} UTC",
    }
    if len(matches) > MEASURED_LIMIT:
        told["measured"] = f"the {usage.measured} oldest"
    return told
