"""Gets a JSON document over https: a few redirects, one bounded body, no compression."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from monitor_app import __version__
from monitor_app.checks.domain_expiry.config import checked_base
from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.redact import harmless

REDIRECTS_LIMIT = 5
BODY_LIMIT_BYTES = 400 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SHOWN = 100
_PIECES_A_TURN = 256
_HEADERS = {
    "User-Agent": f"Lightbulb/{__version__}",
    # RFC 7480, section 4.2.
    "Accept": "application/rdap+json, application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """`document` is None unless the status is 200; `retry_seconds` is what Retry-After asks for, 0 when it does not."""

    status_code: int
    document: Any
    retry_seconds: float
    # Who answered, after redirects.
    host: str


async def fetch(network: Network, url: str, stopwatch: Stopwatch) -> Fetched:
    """Raises NetworkFailure and OutboundRefused."""
    for _ in range(REDIRECTS_LIMIT + 1):
        request = httpx.Request("GET", url, headers=_HEADERS)
        response = await network.exchange(request, stopwatch)
        try:
            location = response.headers.get("location", "")
            if response.status_code in _REDIRECTS and location:
                url = _next_url(request.url, location)
                continue
            document = await _document(response) if response.status_code == httpx.codes.OK else None
            return Fetched(
                response.status_code, document, _retry_seconds(response), request.url.raw_host.decode("ascii")
            )
        finally:
            await response.aclose()
    raise BadAnswer(f"the registry redirects more than {REDIRECTS_LIMIT} times")


def _next_url(url: httpx.URL, location: str) -> str:
    """Raises BadAnswer for what no registry should lead to: other schemes, from https to http, credentials."""
    try:
        following = url.join(location).copy_with(fragment=None)
        following.host  # noqa: B018 - decodes the name, which may not be one
        checked_base(str(following.copy_with(query=None)))
    except (httpx.InvalidURL, ValueError) as err:
        raise BadAnswer("the registry redirects to an address that is not valid") from err
    if url.scheme == "https" and following.scheme != "https":
        raise BadAnswer(f"the registry redirects to {harmless(following.host, _SHOWN)} without encryption")
    return str(following)


async def _document(response: httpx.Response) -> Any:
    body = bytearray()
    pieces = 0
    async for piece in response.aiter_raw():
        body += piece
        pieces += 1
        if pieces % _PIECES_A_TURN == 0:
            # They were read from the network together: nothing was waited for in between.
            await asyncio.sleep(0)
        if len(body) > BODY_LIMIT_BYTES:
            raise BadAnswer(f"the registry's answer is longer than {BODY_LIMIT_BYTES // 1024} KB")
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError) as err:
        raise BadAnswer("the registry's answer is not JSON") from err


def _retry_seconds(response: httpx.Response) -> float:
    """Seconds or a date (RFC 9110, section 10.2.3)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
