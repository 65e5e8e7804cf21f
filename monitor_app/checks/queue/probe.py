"""Asks how a queue's circuit breaker is: open is FAILED, half-open DEGRADED, closed OK.

What cannot be understood is UNKNOWN: nobody knows then how the queue is. An API that is away or broken is FAILED.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from monitor_app.checks.queue.config import Config
from monitor_app.domain.queue_api import QueueBreaker, QueueCounts, State
from monitor_app.domain.report import Section, facts
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net.failures import BadAnswer, NetworkFailure
from monitor_app.net.queue_client import QueueBroken, QueueClient
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless, masked

_STATUSES: Final[Mapping[State, Status]] = {"open": Status.FAILED, "half-open": Status.DEGRADED, "closed": Status.OK}


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """How the breaker is, and the job counts where there are any; without those the state counts all the same."""
    client, stopwatch = QueueClient(context.network, config.place), Stopwatch(config.deadline_seconds)
    try:
        breaker = await client.breaker(stopwatch)
    except (NetworkFailure, OutboundRefused) as err:
        is_unclear = err.is_ours or (isinstance(err, BadAnswer) and not isinstance(err, QueueBroken))
        status = Status.UNKNOWN if is_unclear else Status.FAILED
        return ProbeResult(status, _fit(str(err), config), phases=stopwatch.phases_ms())
    details = _details(breaker, config)
    metrics: dict[str, float] = {"breaker_open": float(breaker.state == "open")}
    counts: QueueCounts | None = None
    if config.counts_path:
        try:
            counts = await client.counts(Stopwatch(max(0.1, stopwatch.left_seconds)))
        except (NetworkFailure, OutboundRefused) as err:
            details["job_counts"] = _fit(f"not known: {err}", config)
        else:
            metrics |= _metrics(counts)
    phases = stopwatch.phases_ms()
    words = f"the circuit breaker is {breaker.state}" + (f": {breaker.reason}" if breaker.reason else "")
    return ProbeResult(
        _STATUSES[breaker.state],
        _fit(words, config),
        round(sum(phases.values()), 3),
        phases,
        metrics,
        details,
        partial(_told, breaker, counts, config),
    )


def _details(breaker: QueueBreaker, config: Config) -> dict[str, str]:
    found = {"state": breaker.state, **_times(breaker)}
    if breaker.reason:
        found["reason"] = _fit(breaker.reason, config)
    return found


def _times(breaker: QueueBreaker) -> dict[str, str]:
    times = {"opened_at": breaker.opened_at, "closed_at": breaker.closed_at}
    return {name: f"{at:%Y-%m-%d %H:%M:%S} UTC" for name, at in times.items() if at is not None}


def _metrics(counts: QueueCounts) -> dict[str, float]:
    found = {f"jobs_{name}": value for name, value in counts.jobs.items()}
    if counts.oldest_wait_seconds is not None:
        found["oldest_wait_seconds"] = counts.oldest_wait_seconds
    return found


def _told(breaker: QueueBreaker, counts: QueueCounts | None, config: Config) -> Iterator[Section]:
    """The sections of a report."""
    times = {config.fact_title(name): text for name, text in _times(breaker).items()}
    yield facts("Circuit breaker", {"State": breaker.state, **times})
    if breaker.metadata:
        metadata = {_fit(name, config): _fit(text, config) for name, text in breaker.metadata.items()}
        yield facts("Metadata", metadata, is_private=True)
    if counts is not None:
        jobs = {name.capitalize(): f"{value:g}" for name, value in counts.jobs.items()}
        oldest = counts.oldest_wait_seconds
        yield facts("Jobs", jobs | ({} if oldest is None else {"The oldest waits since": f"{oldest:g} s"}))


def _fit(text: str, config: Config) -> str:
    return harmless(masked(text, config.repeatable_secrets), MESSAGE_LIMIT)
