"""A visit to a mail server, whatever it speaks: greets, asks for TLS, logs in, says goodbye."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from monitor_app.domain.days import days_found
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net.chain_report import chain_of
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.network import Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsOptions, TlsStream
from monitor_app.plugins.mail import MailConfig
from monitor_app.redact import harmless, masked

_GOODBYE_SECONDS = 1.0


class Conversation(Protocol):
    """What is said to a mail server. Each step raises NetworkFailure when the other side does not agree."""

    async def greet(self) -> str:
        """Wait for its first words, and introduce ourselves; returns what it says of itself."""
        ...

    async def introduce(self) -> None:
        """Once more, after the connection was encrypted."""
        ...

    async def start_tls(self) -> None:
        """Agree on TLS; the handshake follows."""
        ...

    async def log_in(self, user: str, password: str) -> None:
        """By what it offers."""
        ...

    async def say_goodbye(self) -> None:
        """Politely."""
        ...


async def visit(network: Network, config: MailConfig, converse: Callable[[Stream], Conversation]) -> ProbeResult:
    """OK when all was agreed to; UNKNOWN when this machine or its name server failed; else FAILED and why."""
    one = _Visit(network, config, converse)
    try:
        message, status = await one.run(), Status.OK
    except (NetworkFailure, OutboundRefused) as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
    return one.result(status, message)


class _Visit:
    """One check and what it showed."""

    def __init__(self, network: Network, config: MailConfig, converse: Callable[[Stream], Conversation]) -> None:
        self._network = network
        self._config = config
        self._converse = converse
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._tls: TlsStream | None = None
        # The phases when all was done; a goodbye is not the service's time.
        self._phases: dict[str, float] | None = None

    async def run(self) -> str:
        """The message of success; otherwise raises NetworkFailure and OutboundRefused."""
        stream = await self._open()
        try:
            return await self._talk(stream)
        finally:
            stream.close()

    async def _open(self) -> Stream:
        config = self._config
        if config.tls == "none":
            return await self._network.open(config.host, config.port_number, self._stopwatch)
        return await self._network.open_tls(
            config.host,
            config.port_number,
            self._stopwatch,
            tls=TlsOptions(is_verifying=config.verify_tls, alpn=()),
            dialogue=self._ask_for_tls if config.tls == "starttls" else None,
        )

    async def _ask_for_tls(self, stream: Stream) -> None:
        conversation = self._converse(stream)
        self._stopwatch.phase = "greeting"
        self._details["greeting"] = await conversation.greet()
        self._stopwatch.phase = "starttls"
        await conversation.start_tls()

    async def _talk(self, stream: Stream) -> str:
        self._details["address"] = stream.address
        self._tls = stream if isinstance(stream, TlsStream) else None
        if isinstance(stream, TlsStream) and (certificate := stream.certificate()):
            self._metrics["certificate_days"] = days_found(certificate.days_left(datetime.now(UTC)))
            self._details["certificate_expires"] = f"{certificate.not_after:%Y-%m-%d %H:%M} UTC"
        conversation = self._converse(stream)
        self._stopwatch.phase = "greeting"
        if self._config.tls == "starttls":
            await conversation.introduce()
        else:
            self._details["greeting"] = await conversation.greet()
        message = "greets"
        if self._config.user:
            self._stopwatch.phase = "login"
            await conversation.log_in(self._config.user, self._config.password)
            message = "greets, and the log-in works"
        self._phases = self._stopwatch.phases_ms()
        with contextlib.suppress(NetworkFailure, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await conversation.say_goodbye()
        return message

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of a whole conversation."""
        phases = self._phases or self._stopwatch.phases_ms()
        response_ms = None if self._phases is None else round(sum(phases.values()), 3)
        details = {name: self._told(text) for name, text in self._details.items()}
        tell = partial(chain_of, self._tls)
        return ProbeResult(status, self._told(message), response_ms, phases, self._metrics, details, tell)

    def _told(self, text: str) -> str:
        """Some servers repeat in an error what they were sent."""
        user, password = self._config.user, self._config.password
        secrets = (f"\0{user}\0{password}", password) if password else ()
        return harmless(masked(text, secrets), MESSAGE_LIMIT)
