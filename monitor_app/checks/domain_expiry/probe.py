"""Tells how long a domain is still registered, and what its registry says of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from monitor_app.checks.domain_expiry.config import Config
from monitor_app.checks.domain_expiry.registration import Registration
from monitor_app.checks.domain_expiry.registry import Answer, NotRegistered, Registry, Trouble
from monitor_app.domain.days import days_found, days_words
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless

# Shared by all checks of this process: registries count who asks how often.
REGISTRY = Registry()

# RFC 8056: what a registry calls a domain that is about to be lost, or that does not work any more.
_LOST = {
    "redemption period": "has expired and can only be bought back at the registrar for a short time",
    "pending delete": "is about to be deleted by the registry",
    "server hold": "is put on hold by the registry: its names do not work",
    "client hold": "is put on hold by the registrar: its names do not work",
}


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """By the days that are left: OK, DEGRADED or FAILED. UNKNOWN when the registry cannot be asked or does not tell."""
    stopwatch = Stopwatch(config.deadline_seconds)
    try:
        answer = await REGISTRY.ask(context.network, config.domain, config.rdap_base_url, stopwatch)
    except NotRegistered as err:
        return ProbeResult.failed(harmless(str(err), MESSAGE_LIMIT), phases=stopwatch.phases_ms())
    except Trouble as err:
        return ProbeResult(Status.UNKNOWN, harmless(str(err), MESSAGE_LIMIT), phases=stopwatch.phases_ms())
    return _result(answer, config, stopwatch, datetime.now(UTC))


def _result(answer: Answer, config: Config, stopwatch: Stopwatch, now: datetime) -> ProbeResult:
    registration = answer.registration
    days = registration.days_left(now)
    status, message = _judged(registration, days, config)
    phases = stopwatch.phases_ms()
    is_fresh = not answer.age_seconds
    return ProbeResult(
        status,
        harmless(message + _age(answer), MESSAGE_LIMIT),
        round(sum(phases.values()), 3) if is_fresh else None,
        phases,
        {} if days is None else {"domain_days": days_found(days)},
        _details(registration),
        partial(_told, registration),
    )


def _told(registration: Registration) -> Iterator[Section]:
    """What the registry lists."""
    yield table("Name servers", ("Name server",), [(name,) for name in registration.nameservers])
    yield table("Statuses at the registry", ("Status",), [(status,) for status in registration.statuses])


def _judged(registration: Registration, days: float | None, config: Config) -> tuple[Status, str]:
    domain = registration.domain
    for status in registration.statuses:
        if why := _LOST.get(status.lower()):
            return Status.FAILED, f"{domain} {why}"
    if days is None or registration.expires_at is None:
        return Status.UNKNOWN, f"the registry does not tell until when {domain} is registered"
    on = f"{registration.expires_at:%Y-%m-%d}"
    if days < 0:
        return Status.FAILED, f"{domain} expired on {on}, {days_words(-days)} ago"
    message = f"{domain} expires on {on}, in {days_words(days)}"
    if days < config.failure_days:
        return Status.FAILED, message
    return (Status.DEGRADED if days < config.warning_days else Status.OK), message


def _age(answer: Answer) -> str:
    if not answer.age_seconds:
        return ""
    hours = answer.age_seconds / 3600
    ago = f"{max(1, round(hours * 60))} min" if hours < 1 else f"{round(hours)} h"
    trouble = f", because {answer.trouble}" if answer.trouble else ""
    return f" (as the registry said {ago} ago{trouble})"


def _details(registration: Registration) -> dict[str, str]:
    details = {
        "domain": registration.domain,
        "registrar": registration.registrar,
        "status": ", ".join(registration.statuses),
        "expires": f"{registration.expires_at:%Y-%m-%d %H:%M} UTC" if registration.expires_at else "",
        "nameservers": ", ".join(registration.nameservers),
    }
    return {name: harmless(text, MESSAGE_LIMIT) for name, text in details.items() if text}
