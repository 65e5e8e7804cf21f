"""There is nothing to ask: what is true of these services comes from polls of their source."""

from monitor_app.checks.consul.config import Config
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext


async def probe(_context: ProbeContext, _config: Config) -> ProbeResult:
    """UNKNOWN: only Consul tells."""
    return ProbeResult(Status.UNKNOWN, "is told by Consul, and not asked itself")
