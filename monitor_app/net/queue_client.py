"""Talks to the API of a queue: one bounded answer a call, over a new connection, redirects not followed."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Final

import httpx

from monitor_app.domain import queue_api
from monitor_app.domain.queue_api import NotUnderstood, QueueBreaker, QueueCounts
from monitor_app.net.failures import BadAnswer, TimedOut
from monitor_app.net.network import DEFAULT_HEADERS, Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.redact import harmless, masked

# What a circuit breaker says is short.
BODY_LIMIT_BYTES: Final = 256 * 1024
_PIECES_LIMIT: Final = 4096
_PIECES_A_TURN: Final = 64
_WORDS_LIMIT: Final = 200
_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_UNKNOWN_TOKEN: Final = (401, 403)


class QueueBroken(BadAnswer):
    """The API itself says that it is broken (5xx)."""


class QueueRefused(BadAnswer):
    """The API said no; the text is its own."""


class Endless(BadAnswer):
    """The answer did not end within its time."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where the API of a queue is. A path that is empty is not there."""

    base: str
    state_path: str
    counts_path: str
    open_path: str
    close_path: str
    token: str = field(default="", repr=False)
    tls: TlsOptions = field(default_factory=TlsOptions)


class QueueClient:
    """One queue's API. All of it raises NetworkFailure (BadAnswer: the answer is the trouble) and OutboundRefused."""

    def __init__(self, network: Network, place: QueuePlace) -> None:
        self._network = network
        self._place = place
        # Nothing is asked for packed, so nothing small can become large.
        self._headers = {**DEFAULT_HEADERS, "Accept": "application/json", "Accept-Encoding": "identity"}
        if place.token:
            self._headers["Authorization"] = f"Bearer {place.token}"

    async def breaker(self, stopwatch: Stopwatch) -> QueueBreaker:
        """The state of the circuit breaker."""
        body = await self._exchange("GET", self._place.state_path, stopwatch)
        try:
            return queue_api.breaker_of(body)
        except NotUnderstood as err:
            raise BadAnswer(self._clean(str(err))) from err

    async def counts(self, stopwatch: Stopwatch) -> QueueCounts:
        """How many jobs there are."""
        body = await self._exchange("GET", self._place.counts_path, stopwatch)
        try:
            return queue_api.counts_of(body)
        except NotUnderstood as err:
            raise BadAnswer(self._clean(str(err))) from err

    async def operate(self, action: str, reason: str, stopwatch: Stopwatch) -> None:
        """Open or close the circuit breaker."""
        path = self._place.open_path if action == "open" else self._place.close_path
        body = await self._exchange("POST", path, stopwatch, json.dumps({"reason": reason}).encode())
        try:
            queue_api.succeeded(body)
        except NotUnderstood as err:
            raise QueueRefused(self._clean(queue_api.error_in(body) or str(err))) from err

    async def _exchange(self, method: str, path: str, stopwatch: Stopwatch, content: bytes = b"") -> bytes:
        headers = {**self._headers, **({"Content-Type": "application/json"} if content else {})}
        url = self._place.base.rstrip("/") + path
        request = httpx.Request(method, url, headers=headers, content=content or None)
        response = await self._network.exchange(request, stopwatch, tls=self._place.tls)
        try:
            if response.status_code in _OK:
                return await self._body(response)
            raise await self._refusal(response, path)
        except TimedOut as err:
            if err.phase == "body":
                raise Endless(f"the answer did not end within {stopwatch.deadline_seconds:g} s") from err
            raise
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise BadAnswer("the answer is packed (Content-Encoding), which nobody asked for")
        body = bytearray()
        pieces = 0
        async for piece in response.aiter_raw():
            body += piece
            pieces += 1
            if len(body) > BODY_LIMIT_BYTES or pieces > _PIECES_LIMIT:
                raise BadAnswer(f"the answer is longer than {BODY_LIMIT_BYTES // 1024} KB, so it is not read")
            if pieces % _PIECES_A_TURN == 0:
                await asyncio.sleep(0)
        return bytes(body)

    async def _refusal(self, response: httpx.Response, path: str) -> BadAnswer:
        status = response.status_code
        if status in _REDIRECTS:
            location = self._clean(response.headers.get("location", "").partition("?")[0])
            where = f" to {location}" if location else ""
            return BadAnswer(f"it redirects{where} ({status}), which is not followed: enter the address it leads to")
        try:
            said = self._clean(queue_api.error_in(await self._body(response)))
        except BadAnswer:
            said = ""
        words = f": {said}" if said else ""
        if status in _UNKNOWN_TOKEN:
            return QueueRefused(f"the token is not accepted ({status}){words}")
        if status >= 500:
            return QueueBroken(f"the queue's API answered {status}{words}")
        if status == 404:
            return BadAnswer(f"there is nothing at {path} (404): is this the base address of the API?{words}")
        return QueueRefused(f"the queue's API answered {status}{words}")

    def _clean(self, text: str) -> str:
        return harmless(masked(" ".join(text[:2000].split()), (self._place.token,)), _WORDS_LIMIT)
