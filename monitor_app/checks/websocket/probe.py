"""Opens a websocket, may send a message and wait for the answer, closes it again."""

from collections.abc import Iterator
from datetime import UTC, datetime

from wsproto.events import Request

from monitor_app import __version__
from monitor_app.checks.websocket.config import Config
from monitor_app.checks.websocket.dialogue import Dialogue
from monitor_app.domain.days import days_found
from monitor_app.domain.report import Section, text
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.chain_report import chain_of
from monitor_app.net.failures import BadAnswer, NetworkFailure, TimedOut
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsStream
from monitor_app.plugins.headers import secret_values
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless, masked

# Characters of the answer, for the report.
_KEPT = 4096


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when it opens and answers as expected; UNKNOWN when this machine failed; else FAILED and why."""
    visit = _Visit(context.network, config)
    try:
        message, status = await visit.run(), Status.OK
    except (NetworkFailure, OutboundRefused) as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
    return visit.result(status, message)


class _Visit:
    """One check: what it does and what that showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._tls: TlsStream | None = None
        self._answer = ""
        # The phases of a whole visit: saying goodbye is not part of them.
        self._whole: dict[str, float] | None = None

    async def run(self) -> str:
        """The message of a good visit; otherwise raises."""
        stream = await self._open()
        try:
            self._note(stream)
            return await self._talk(Dialogue(stream))
        finally:
            stream.close()

    async def _open(self) -> Stream:
        url = self._config.parts
        if not url.is_tls:
            return await self._network.open(url.host, url.port, self._stopwatch)
        is_verifying = self._config.verify_tls
        return await self._network.open_tls(url.host, url.port, self._stopwatch, is_verifying=is_verifying)

    async def _talk(self, dialogue: Dialogue) -> str:
        config = self._config
        self._stopwatch.phase = "handshake"
        agreed = await dialogue.handshake(self._request())
        if agreed:
            self._details["subprotocol"] = agreed
        if config.subprotocol and agreed != config.subprotocol:
            raise BadAnswer(f"the server does not agree to the subprotocol {config.subprotocol}")
        message = "open"
        if config.message or config.expected:
            message = await self._ask(dialogue)
        self._whole = self._stopwatch.phases_ms()
        self._details["close"] = "clean" if await dialogue.close() else "not answered"
        return message

    async def _ask(self, dialogue: Dialogue) -> str:
        self._stopwatch.phase = "answer"
        if self._config.message:
            await dialogue.say(self._config.message)
        try:
            answer = await dialogue.listen_for(self._config.expected)
        except TimedOut as err:
            if not dialogue.messages:
                raise
            raise BadAnswer(f"{err}: none of {dialogue.messages} messages holds what is expected") from err
        finally:
            self._metrics["messages"] = dialogue.messages
        self._answer = answer[:_KEPT]
        self._metrics["answer_bytes"] = len(answer.encode("utf-8", "surrogatepass"))
        return "open, answered as expected" if self._config.expected else "open, answered"

    def _request(self) -> Request:
        config = self._config
        headers = {"user-agent": f"Lightbulb/{__version__}"}
        headers |= {name.lower(): value for name, value in config.headers.items()}
        return Request(
            host=config.parts.host_header,
            target=config.parts.resource,
            subprotocols=[config.subprotocol] if config.subprotocol else [],
            extra_headers=[(name.encode("ascii"), value.encode()) for name, value in headers.items()],
        )

    def _note(self, stream: Stream) -> None:
        self._details["address"] = stream.address
        self._tls = stream if isinstance(stream, TlsStream) else None
        certificate = stream.certificate() if isinstance(stream, TlsStream) else None
        if certificate is not None:
            self._metrics["certificate_days"] = days_found(certificate.days_left(datetime.now(UTC)))
            self._details["certificate_expires"] = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of a whole visit."""
        phases = self._whole or self._stopwatch.phases_ms()
        response_ms = round(sum(phases.values()), 3) if self._whole else None
        details = {name: self._told(text) for name, text in self._details.items()}
        return ProbeResult(status, self._told(message), response_ms, phases, self._metrics, details, self._in_full)

    def _in_full(self) -> Iterator[Section]:
        if self._answer:
            yield text("Begin of the answer", self._answer)
        yield from chain_of(self._tls)

    def _told(self, text: str) -> str:
        """Servers may repeat what they were sent."""
        return harmless(masked(text, secret_values(self._config.headers)), MESSAGE_LIMIT)
