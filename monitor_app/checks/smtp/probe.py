"""Greets, asks for TLS, logs in, says goodbye."""

from monitor_app.checks.smtp.config import Config
from monitor_app.checks.smtp.conversation import Conversation
from monitor_app.domain.result import ProbeResult
from monitor_app.net.mail import visit
from monitor_app.plugins.protocols import ProbeContext


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when all was agreed to; UNKNOWN when this machine or its name server failed; else FAILED and why."""
    return await visit(context.network, config, Conversation)
