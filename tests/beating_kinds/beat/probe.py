from datetime import timedelta

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext

from .config import Config


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    assert context.facts is not None
    known, now = context.facts.heartbeats(context.service_pk), context.facts.now()
    heard = max(known.awaited_since, known.last.at if known.last is not None else known.awaited_since)
    if now > heard + timedelta(seconds=config.grace_seconds):
        return ProbeResult.failed("nothing was reported")
    if known.last is None:
        return ProbeResult(Status.UNKNOWN, "awaited")
    if known.last.signal == "fail":
        return ProbeResult.failed(known.last.message or "failed")
    return ProbeResult(Status.OK, known.last.message or "well", response_ms=known.last.ping_ms)
