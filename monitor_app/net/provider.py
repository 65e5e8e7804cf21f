"""One message handed to a provider over HTTP, and what its answer means for whether to try again.

| what happened | final | ambiguous |
|---|---|---|
| no connection (name, refused, TLS, this machine) | no | no |
| sent, but no answer came: time-out, cut connection, not HTTP | no | yes |
| 2xx | taken | |
| 408, 425, 429, 5xx | no, after Retry-After | no |
| other 3xx and 4xx, and our own outbound rules | yes | no |
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from monitor_app.errors import DeliveryFailed, OutboundRefused
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.network import DEFAULT_HEADERS, Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.redact import harmless, masked, redact

GOOD = range(200, 300)
ANSWER_LIMIT = 300
# A provider that wants more patience than this is asked again all the same.
RETRY_AFTER_MAX_SECONDS = 3600.0
# The stopwatch counts waits only; this cuts off what it does not see.
GRACE_SECONDS = 1.0
_READ_LIMIT_BYTES = 16 * 1024
_AGAIN = frozenset({408, 425, 429})
# Phases in which the request may have been read.
_SENT = ("first_byte", "body")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `secrets` are masked in what is told of the answer; the URL may hold one, so it is never told."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    tls: TlsOptions = field(default_factory=TlsOptions)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: the beginning of it, fit to be shown; `body` is not, and has no more than 16 KB."""

    status: int
    text: str
    body: str = field(default="", repr=False)

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.status}: {self.text}" if self.text else str(self.status)


def posted(
    url: str, document: Any, *, secrets: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> Message:
    """A JSON document for an address."""
    body = json.dumps(document).encode()
    return Message("POST", url, body, {"Content-Type": "application/json", **(headers or {})}, secrets)


def told_in(body: str) -> dict[str, Any]:
    """The JSON object that a provider answered; empty when it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


async def deliver(
    network: Network, message: Message, seconds: float, *, wait_told_in: Callable[[str], str] | None = None
) -> Answer:
    """Hand it over once. Raises DeliveryFailed unless the answer is a 2xx; redirects are not followed.

    `wait_told_in` finds how long to wait in the body of a refusal, for providers that send no Retry-After.
    """
    stopwatch = Stopwatch(seconds)
    try:
        async with asyncio.timeout(seconds + GRACE_SECONDS):
            return await _exchange(network, message, stopwatch, wait_told_in)
    except OutboundRefused as err:
        raise DeliveryFailed(str(err), is_final=True) from err
    except NetworkFailure as err:
        raise DeliveryFailed(_clean(str(err), message), is_ambiguous=stopwatch.phase in _SENT) from err
    except TimeoutError as err:
        text = f"no answer within {seconds:g} s"
        raise DeliveryFailed(text, is_ambiguous=stopwatch.phase in _SENT) from err


async def _exchange(
    network: Network, message: Message, stopwatch: Stopwatch, wait_told_in: Callable[[str], str] | None
) -> Answer:
    # Nothing is asked for packed, and nothing is unpacked: what a provider says is short.
    headers = {**DEFAULT_HEADERS, "Accept-Encoding": "identity", **message.headers}
    try:
        request = httpx.Request(message.method, message.url, headers=headers, content=message.body)
    except (httpx.InvalidURL, UnicodeEncodeError) as err:
        raise DeliveryFailed("the address or a header cannot be sent: it is not valid", is_final=True) from err
    response = await network.exchange(request, stopwatch, tls=message.tls)
    try:
        body = await _beginning(response)
    finally:
        await response.aclose()
    answer = Answer(response.status_code, _clean(body, message), body)
    if answer.status in GOOD:
        return answer
    wait = response.headers.get("retry-after", "") or (wait_told_in(body) if wait_told_in else "")
    raise refused(answer, wait)


def refused(answer: Answer, retry_after: str = "", now: datetime | None = None) -> DeliveryFailed:
    """What an answer that is no 2xx means."""
    is_final = answer.status < 500 and answer.status not in _AGAIN
    text = f"the provider answered {answer.words}"
    if 300 <= answer.status < 400:
        text += " (a redirect, which is not followed: enter the address that it leads to)"
    wait = None if is_final else retry_after_seconds(retry_after, now or datetime.now(UTC))
    return DeliveryFailed(text, is_final=is_final, retry_after_seconds=wait)


def retry_after_seconds(text: str, now: datetime) -> float | None:
    """Seconds of a Retry-After (RFC 9110, section 10.2.3), at most an hour; None where there is none."""
    text = text.strip()
    try:
        seconds = float(text) if text.replace(".", "", 1).isdigit() else _until(text, now)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, seconds), RETRY_AFTER_MAX_SECONDS)


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


async def _beginning(response: httpx.Response) -> str:
    """The first of the body, also of one that breaks off: the status tells enough."""
    found = bytearray()
    with contextlib.suppress(NetworkFailure):
        async for piece in response.aiter_raw():
            found += piece
            if len(found) >= _READ_LIMIT_BYTES:
                break
    return bytes(found[:_READ_LIMIT_BYTES]).decode("utf-8", "replace")


def _clean(text: str, message: Message) -> str:
    text = " ".join(masked(text, message.secrets).split())
    return harmless(redact(text), ANSWER_LIMIT)
