"""Pings one address of a machine."""

from collections.abc import Iterator, Sequence
from functools import partial

from monitor_app.checks.icmp.config import Config, IpVersion
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net.failures import NameFailed, NetworkFailure
from monitor_app.net.ping import PingReply, ping
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """FAILED when nothing comes back, DEGRADED from the configured loss on, UNKNOWN when this machine cannot ping."""
    stopwatch = Stopwatch(config.deadline_seconds)
    try:
        addresses = await context.network.addresses(config.host, None, stopwatch)
        reply = await _ping(_first(addresses, config.ip_version, config.host), config, stopwatch)
    except (NetworkFailure, OutboundRefused) as err:
        status = Status.UNKNOWN if err.is_ours else Status.FAILED
        return ProbeResult(status, str(err), phases=stopwatch.phases_ms())
    status, message = _judged(reply, config)
    return ProbeResult(
        status,
        message,
        reply.average_ms if reply.average_ms is None else round(reply.average_ms, 3),
        stopwatch.phases_ms(),
        _metrics(reply),
        {"address": reply.address},
        partial(_told, reply),
    )


def _first(addresses: Sequence[str], ip_version: IpVersion, host: str) -> str:
    """Raises NameFailed when there is no address of that version."""
    wanted = [address for address in addresses if ip_version == "any" or (":" in address) == (ip_version == "6")]
    if not wanted:
        raise NameFailed(f"{host} has no IPv{ip_version} address", is_ours=False)
    return wanted[0]


async def _ping(address: str, config: Config, stopwatch: Stopwatch) -> PingReply:
    """The mean round trip counts as the phase answer."""
    sending_seconds = (config.count - 1) * config.spacing_seconds
    stopwatch.phase = "answer"
    if stopwatch.left_seconds <= sending_seconds:
        raise stopwatch.time_out()
    reply = await ping(
        address,
        count=config.count,
        spacing_seconds=config.spacing_seconds,
        payload_bytes=config.payload_bytes,
        timeout_seconds=stopwatch.left_seconds - sending_seconds,
    )
    if reply.average_ms is not None:
        stopwatch.add(reply.average_ms / 1000)
    return reply


def _judged(reply: PingReply, config: Config) -> tuple[Status, str]:
    came, why = len(reply.rtts_ms), f": {reply.trouble}" if reply.trouble else ""
    if not came:
        sent = "the echo is" if reply.sent == 1 else f"all {reply.sent} echoes are"
        return Status.FAILED, f"{reply.address} does not answer, {sent} lost{why}"
    average = f"{reply.average_ms:.3g} ms on average"
    if came == reply.sent:
        return Status.OK, f"{came} of {reply.sent} echoes answered, {average}"
    lost = f"{reply.sent - came} of {reply.sent} echoes lost ({reply.loss_percent:.0f} %), {average}{why}"
    return (Status.DEGRADED if reply.loss_percent >= config.loss_warning_percent else Status.OK), lost


def _told(reply: PingReply) -> Iterator[Section]:
    """The echoes that came back, one by one."""
    rows = [(str(number), f"{rtt_ms:.3f} ms") for number, rtt_ms in enumerate(reply.rtts_ms, 1)]
    yield table(f"Echoes that came back, of {reply.sent}", ("Number", "Round trip"), rows)


def _metrics(reply: PingReply) -> dict[str, float]:
    figures = {
        "loss_percent": reply.loss_percent,
        "rtt_avg_ms": reply.average_ms,
        "rtt_max_ms": reply.max_ms,
        "jitter_ms": reply.jitter_ms,
    }
    return {name: round(value, 3) for name, value in figures.items() if value is not None}
