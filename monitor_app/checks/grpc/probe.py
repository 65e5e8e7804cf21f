"""Asks a gRPC health service, and tells its answer in words."""

from datetime import UTC, datetime
from functools import partial

from monitor_app import __version__
from monitor_app.checks.grpc.call import Reply, call
from monitor_app.checks.grpc.config import Config
from monitor_app.checks.grpc.health import PATH, Serving, request, serving
from monitor_app.domain.days import days_found
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.chain_report import chain_of
from monitor_app.net.failures import BadAnswer, NetworkFailure
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsOptions, TlsStream
from monitor_app.plugins.headers import secret_values
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless, masked

_ALPN = "h2"
_NOT_FOUND, _UNIMPLEMENTED = 5, 12
# https://grpc.github.io/grpc/core/md_doc_statuscodes.html
_CODES = {
    1: "CANCELLED: the call was cancelled",
    2: "UNKNOWN: the server had an error that it does not name",
    3: "INVALID_ARGUMENT: the server does not take the question",
    4: "DEADLINE_EXCEEDED: the server did not manage in time",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED: the caller may not ask; perhaps metadata is missing",
    8: "RESOURCE_EXHAUSTED: the server is out of something, or limits how often it is asked",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    13: "INTERNAL: the server is broken",
    14: "UNAVAILABLE: the server, or what stands behind it, cannot be reached",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED: the caller must say who it is, in the metadata",
}


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when it serves; UNKNOWN when the server does not know, or this machine failed; else FAILED and why."""
    question = _Question(context.network, config)
    try:
        status, message = await question.run()
    except (NetworkFailure, OutboundRefused) as err:
        status, message = Status.UNKNOWN if err.is_ours else Status.FAILED, str(err)
    return question.result(status, message)


class _Question:
    """One check: what is asked and what the answer showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._is_answered = False
        self._tls: TlsStream | None = None

    async def run(self) -> tuple[Status, str]:
        """Raises NetworkFailure and OutboundRefused."""
        stream = await self._open()
        try:
            self._note(stream)
            self._stopwatch.phase = "answer"
            reply = await call(stream, self._headers(), request(self._config.service))
        finally:
            stream.close()
        self._is_answered = True
        self._metrics["grpc_status"] = reply.code
        return self._judged(reply)

    async def _open(self) -> Stream:
        config = self._config
        if not config.tls:
            return await self._network.open(config.host, config.port, self._stopwatch)
        options = TlsOptions(is_verifying=config.verify_tls, alpn=(_ALPN,))
        stream = await self._network.open_tls(
            config.host, config.port, self._stopwatch, tls=options, server_name=config.server_name
        )
        if stream.agreed_protocol != _ALPN:
            stream.close()
            raise BadAnswer("the other side does not offer HTTP/2 (ALPN h2), which gRPC needs")
        return stream

    def _note(self, stream: Stream) -> None:
        self._details["address"] = stream.address
        self._tls = stream if isinstance(stream, TlsStream) else None
        certificate = stream.certificate() if isinstance(stream, TlsStream) else None
        if certificate is not None:
            self._metrics["certificate_days"] = days_found(certificate.days_left(datetime.now(UTC)))
            self._details["certificate_expires"] = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"

    def _headers(self) -> list[tuple[str, str]]:
        config = self._config
        headers = [
            (":method", "POST"),
            (":scheme", "https" if config.tls else "http"),
            (":path", PATH),
            (":authority", config.authority),
            ("grpc-timeout", f"{max(1, int(self._stopwatch.left_seconds * 1000))}m"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", f"Lightbulb/{__version__}"),
        ]
        return headers + [(name.lower(), value) for name, value in config.metadata.items()]

    def _judged(self, reply: Reply) -> tuple[Status, str]:
        if reply.code:
            return Status.FAILED, self._refusal(reply)
        try:
            found = serving(reply.message)
        except ValueError as err:
            raise BadAnswer(f"the answer is not that of a health service: {err}") from err
        match found:
            case Serving.SERVING:
                return Status.OK, "SERVING"
            case Serving.NOT_SERVING:
                return Status.FAILED, f"NOT_SERVING: {self._asked} says that it does not serve"
            case Serving.SERVICE_UNKNOWN:
                return Status.FAILED, f"SERVICE_UNKNOWN: {self._unknown}"
            case Serving.UNKNOWN:
                return Status.UNKNOWN, f"UNKNOWN: the server does not know how {self._asked} is"
            case _:
                raise BadAnswer(f"the health service answers {found}, which means nothing")

    def _refusal(self, reply: Reply) -> str:
        told = f" ({reply.text})" if reply.text else ""
        if reply.code == _UNIMPLEMENTED:
            return f"UNIMPLEMENTED: the server has no health service{told}"
        if reply.code == _NOT_FOUND:
            return f"NOT_FOUND: {self._unknown}{told}"
        return _CODES.get(reply.code, f"the server answers the gRPC status {reply.code}") + told

    @property
    def _asked(self) -> str:
        return self._config.service or "the server"

    @property
    def _unknown(self) -> str:
        return f"the health service does not know {self._config.service or 'the server as a whole'}"

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of an answer."""
        phases = self._stopwatch.phases_ms()
        response_ms = round(sum(phases.values()), 3) if self._is_answered else None
        # Servers that do not let us in may repeat what they were sent.
        message = harmless(masked(message, secret_values(self._config.metadata)), MESSAGE_LIMIT)
        tell = partial(chain_of, self._tls)
        return ProbeResult(status, message, response_ms, phases, self._metrics, self._details, tell)
