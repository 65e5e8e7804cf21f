"""Asks a Consul agent: one bounded answer of JSON a call (https://developer.hashicorp.com/consul/api-docs)."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer
from monitor_app.net.network import DEFAULT_HEADERS
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.redact import harmless, masked
from monitor_app.sources.consul.config import Config

# A thousand services with five checks each make about 4 MB.
BODY_LIMIT_BYTES = 16 * 1024 * 1024
_REFUSAL_BYTES = 2048
_SHOWN = 160
_PIECES_A_TURN = 64
# What takes longer than about 5 ms to be taken apart is taken apart beside the event loop.
_LARGE_BYTES = 256 * 1024
# Consul waits a sixteenth longer than it is told, so that not all ask again at once.
_WAIT_MORE = 1 / 16


class Refused(BadAnswer):
    """Consul answered, and said no; `status_code` is how."""

    def __init__(self, message: str, status_code: int) -> None:
        self.status_code = status_code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, the index that blocking queries go on from, and whether the token lets us see all of it."""

    document: Any
    index: int
    is_filtered: bool


class Client:
    """One connection's way to ask. Raises NetworkFailure (Refused and BadAnswer are such) and OutboundRefused."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._headers = {**DEFAULT_HEADERS, "Accept": "application/json", "Accept-Encoding": "identity"}
        if config.token:
            self._headers["X-Consul-Token"] = config.token
        named = {"dc": config.datacentre, "ns": config.namespace, "partition": config.partition}
        self._parameters = {name: value for name, value in named.items() if value}

    async def get(self, path: str) -> Answer:
        """The document at a path."""
        response = await self._ask(path, {}, Stopwatch(self._config.deadline_seconds))
        try:
            body = await self._body(response)
            if len(body) > _LARGE_BYTES:
                document = await asyncio.to_thread(_parsed, body)
            else:
                document = _parsed(body)
            is_filtered = response.headers.get("x-consul-results-filtered-by-acls", "").lower() == "true"
            return Answer(document, _index(response), is_filtered)
        finally:
            await response.aclose()

    async def wait(self, path: str, index: int, seconds: int) -> int:
        """A blocking query: the index when something has changed, or when so much time has passed.

        The answer itself is not read. 0 where Consul tells none.
        """
        patience = seconds * (1 + _WAIT_MORE) + self._config.deadline_seconds
        asked = {"index": str(index), "wait": f"{seconds}s"} if index else {}
        response = await self._ask(path, asked, Stopwatch(patience))
        try:
            return _index(response)
        finally:
            await response.aclose()

    async def _ask(self, path: str, parameters: Mapping[str, str], stopwatch: Stopwatch) -> httpx.Response:
        url = httpx.URL(self._config.address + path, params={**self._parameters, **parameters})
        request = httpx.Request("GET", url, headers=self._headers)
        response = await self._network.exchange(
            request, stopwatch, tls=self._config.tls, body_limit_bytes=2 * BODY_LIMIT_BYTES
        )
        if response.status_code == httpx.codes.OK:
            return response
        try:
            said = await self._said(response)
        finally:
            await response.aclose()
        raise Refused(_refusal(path, response.status_code, said), response.status_code)

    async def _said(self, response: httpx.Response) -> str:
        """The beginning of what a refusal says, on one line."""
        said = b""
        async for piece in response.aiter_raw():
            said += piece
            if len(said) > _REFUSAL_BYTES:
                break
        text = " ".join(said[:_REFUSAL_BYTES].decode("utf-8", "replace").split())
        return harmless(masked(text, self._config.repeatable_secrets), _SHOWN)

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        pieces = 0
        async for piece in response.aiter_raw():
            body += piece
            pieces += 1
            if len(body) > BODY_LIMIT_BYTES:
                raise BadAnswer(f"the answer is longer than {BODY_LIMIT_BYTES // (1024 * 1024)} MB")
            if pieces % _PIECES_A_TURN == 0:
                await asyncio.sleep(0)
        return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as err:
        raise BadAnswer("the answer is not JSON: is this the address of a Consul agent?") from err


def _index(response: httpx.Response) -> int:
    text = response.headers.get("x-consul-index", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _refusal(path: str, status_code: int, said: str) -> str:
    if status_code in (401, 403):
        return f"Consul does not let this token read {path} ({status_code}{f': {said}' if said else ''})"
    if "No cluster leader" in said:
        return "Consul has no leader at present, so it cannot tell"
    return f"Consul answered {status_code} to {path}{f': {said}' if said else ''}"
