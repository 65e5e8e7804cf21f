"""Connects to a port, perhaps encrypted, perhaps says something and reads until what is expected has come."""

from collections.abc import Iterator
from datetime import UTC, datetime

from monitor_app.checks.tcp.config import Config
from monitor_app.domain.days import days_found
from monitor_app.domain.report import Section, text
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.chain_report import chain_of
from monitor_app.net.failures import BadAnswer, ConnectionLost, NetworkFailure, TimedOut
from monitor_app.net.starttls import DIALOGUES
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsOptions, TlsStream
from monitor_app.plugins.hosts import shown_host_port
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless

_SHOWN_BYTES = 60
_READ_BYTES = 4096
# Of the answer, for the report.
_KEPT_BYTES = 2048


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when connected and what is expected came; UNKNOWN when this machine or its name server failed; else FAILED."""
    visit = _Visit(context.network, config)
    try:
        message, status = await visit.run(), Status.OK
    except (NetworkFailure, OutboundRefused) as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
    return visit.result(status, message)


class _Visit:
    """One check and what it showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._stream: Stream | None = None
        self._answer = b""

    async def run(self) -> str:
        """The message of success; otherwise raises NetworkFailure and OutboundRefused."""
        stream = await self._open()
        try:
            self._note(stream)
            return await self._talk(stream)
        finally:
            stream.close()

    async def _open(self) -> Stream:
        config = self._config
        if config.tls == "none":
            return await self._network.open(config.host, config.port, self._stopwatch)
        return await self._network.open_tls(
            config.host,
            config.port,
            self._stopwatch,
            tls=TlsOptions(is_verifying=config.verify_tls, alpn=()),
            server_name=config.server_name,
            dialogue=None if config.tls == "direct" else DIALOGUES[config.tls],
        )

    def _note(self, stream: Stream) -> None:
        self._details["address"] = stream.address
        self._stream = stream
        if not isinstance(stream, TlsStream):
            return
        self._details["protocol"] = stream.session().protocol
        certificate = stream.certificate()
        if certificate is not None:
            self._metrics["certificate_days"] = days_found(certificate.days_left(datetime.now(UTC)))
            self._details["certificate_expires"] = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
            self._details["certificate_issuer"] = certificate.issuer
            self._details["certificate_subject"] = certificate.subject

    async def _talk(self, stream: Stream) -> str:
        config = self._config
        place = shown_host_port(stream.address, config.port)
        if config.send_bytes or config.expect_bytes:
            self._stopwatch.phase = "answer"
        await stream.write(config.send_bytes)
        if not config.expect_bytes:
            return f"connected to {place}"
        await self._read_until_expected(stream)
        return f"{place} answers with {_shown(config.expect_bytes)}"

    async def _read_until_expected(self, stream: Stream) -> None:
        wanted, limit = self._config.expect_bytes, self._config.expect_within_bytes
        answer = bytearray()
        searched = 0
        while answer.find(wanted, searched) < 0:
            # What is expected may have begun at the end of what was searched.
            searched = max(0, len(answer) - len(wanted) + 1)
            room = limit - len(answer)
            if not room:
                raise BadAnswer(f"the first {limit} bytes of the answer do not hold {_shown(wanted)}{_so_far(answer)}")
            try:
                data = await stream.read(min(room, _READ_BYTES))
            except (TimedOut, ConnectionLost) as err:
                raise BadAnswer(f"{err}: {_shown(wanted)} is expected{_so_far(answer)}") from err
            if not data:
                raise BadAnswer(f"the other side closed the connection before {_shown(wanted)} came{_so_far(answer)}")
            answer += data
            self._answer = bytes(answer[:_KEPT_BYTES])
            self._metrics["answer_bytes"] = len(answer)

    def result(self, status: Status, message: str) -> ProbeResult:
        """The response time only of a success."""
        phases = self._stopwatch.phases_ms()
        response_ms = round(sum(phases.values()), 3) if status is Status.OK else None
        details = {name: harmless(text, MESSAGE_LIMIT) for name, text in self._details.items()}
        message = harmless(message, MESSAGE_LIMIT)
        return ProbeResult(status, message, response_ms, phases, self._metrics, details, self._told)

    def _told(self) -> Iterator[Section]:
        if self._answer:
            yield text("Begin of the answer", self._answer.decode("utf-8", "replace"))
        yield from chain_of(self._stream if isinstance(self._stream, TlsStream) else None)


def _so_far(answer: bytearray) -> str:
    return f"; it begins with {_shown(answer)}" if answer else "; nothing came"


def _shown(data: bytes | bytearray) -> str:
    """Like a Python string, cut; bytes beyond ASCII are spelled out."""
    more = "…" if len(data) > _SHOWN_BYTES else ""
    return ascii(data[:_SHOWN_BYTES].decode("latin-1")) + more
