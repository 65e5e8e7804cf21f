"""Tokens for OAuth 2.0 client credentials (RFC 6749, section 4.4), kept until shortly before their end."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary, WeakValueDictionary

import httpx

from monitor_app.checks.http.auth import basic
from monitor_app.checks.http.body import BrokenBody, read_body
from monitor_app.checks.http.url import shown_url
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.network import DEFAULT_HEADERS
from monitor_app.net.proxy import Proxy
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.redact import harmless, masked

KEPT_LIMIT = 1000
# When the server does not say how long a token is good. A token that ends earlier is noticed by the 401 that it earns.
UNTOLD_SECONDS = 300.0
KEPT_MAX_SECONDS = 86_400.0
# Renewed so long before its end, or a tenth of its life where that is less.
EARLY_SECONDS = 30.0
TOKEN_LIMIT = 16 * 1024
_SHOWN_LIMIT = 120

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is asked for with; equal grants share one."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    audience: str
    tls: TlsOptions
    proxy: Proxy | None

    @property
    def authorization(self) -> str:
        """How we say who we are, unless the server wants it in the body (RFC 6749, section 2.3.1)."""
        return basic(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))


@dataclass(frozen=True, slots=True)
class Token:
    """`renew_at` is on the clock of the Tokens that keep it."""

    text: str = field(repr=False)
    renew_at: float


class TokenFailed(NetworkFailure):
    """No token could be had; `is_ours` as of the failure behind it."""

    def __init__(self, reason: str, *, is_ours: bool = False) -> None:
        self.is_ours = is_ours
        super().__init__(f"could not get a token: {reason}")


class Tokens:
    """The tokens of one Network's checks. Whoever needs one that is being fetched waits for it."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Grant, Token] = {}
        # There while somebody holds or awaits it.
        self._locks: WeakValueDictionary[Grant, asyncio.Lock] = WeakValueDictionary()
        # Servers that want the secret in the body and not in the Authorization header.
        self._in_body: set[Grant] = set()

    def kept(self, grant: Grant) -> Token | None:
        """A token that is good for a while yet."""
        token = self._kept.get(grant)
        return token if token is not None and token.renew_at > self._clock() else None

    def forget(self, grant: Grant, token: Token) -> None:
        """The service refused it. Another one that came meanwhile stays."""
        if self._kept.get(grant) is token:
            del self._kept[grant]

    async def fetch(self, network: Network, grant: Grant, stopwatch: Stopwatch) -> Token:
        """A kept one when somebody else was faster. Raises TokenFailed."""
        lock = self._locks.setdefault(grant, asyncio.Lock())
        began = time.perf_counter()
        try:
            async with asyncio.timeout(stopwatch.left_seconds):
                await lock.acquire()
        except TimeoutError:
            raise TokenFailed(f"another check waits for it for more than {stopwatch.deadline_seconds:g} s") from None
        stopwatch.add(min(time.perf_counter() - began, stopwatch.left_seconds))
        try:
            return self.kept(grant) or await self._fetch(network, grant, stopwatch)
        finally:
            lock.release()

    async def _fetch(self, network: Network, grant: Grant, stopwatch: Stopwatch) -> Token:
        asked_at = self._clock()
        ways = (True,) if grant in self._in_body else (False, True)
        for is_in_body in ways:
            status, answer = await _answer(network, grant, stopwatch, is_in_body=is_in_body)
            if status == 200:
                break
            # RFC 6749, section 5.2: the client is unknown, or said who it is in a way that this server does not read.
            if status not in (400, 401) or answer.get("error") not in ("invalid_client", "invalid_request"):
                break
        token = _token(grant, status, answer, asked_at)
        self._keep(grant, token, is_in_body=is_in_body)
        return token

    def _keep(self, grant: Grant, token: Token, *, is_in_body: bool) -> None:
        self._kept.pop(grant, None)
        while len(self._kept) >= KEPT_LIMIT:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            self._in_body.discard(oldest)
        self._kept[grant] = token
        if is_in_body:
            self._in_body.add(grant)


_of_networks: WeakKeyDictionary[Network, Tokens] = WeakKeyDictionary()


def tokens_of(network: Network) -> Tokens:
    """The tokens that checks over this network share."""
    tokens = _of_networks.get(network)
    if tokens is None:
        tokens = _of_networks[network] = Tokens()
    return tokens


async def _answer(
    network: Network, grant: Grant, stopwatch: Stopwatch, *, is_in_body: bool
) -> tuple[int, dict[str, object]]:
    """Status and JSON of the answer. Raises TokenFailed."""
    try:
        response = await network.exchange(
            _request(grant, is_in_body=is_in_body), stopwatch, tls=grant.tls, proxy=grant.proxy
        )
        try:
            body = await read_body(response)
        finally:
            await response.aclose()
    except (NetworkFailure, OutboundRefused) as err:
        raise TokenFailed(str(err), is_ours=err.is_ours) from err
    except BrokenBody as err:
        raise TokenFailed(str(err)) from err
    return response.status_code, _object(body.content)


def _request(grant: Grant, *, is_in_body: bool) -> httpx.Request:
    form = {"grant_type": "client_credentials"}
    form |= {name: text for name, text in (("scope", grant.scope), ("audience", grant.audience)) if text}
    headers = DEFAULT_HEADERS | {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if is_in_body:
        form |= {"client_id": grant.client_id, "client_secret": grant.client_secret}
    else:
        headers["Authorization"] = grant.authorization
    return httpx.Request("POST", grant.token_url, headers=headers, content=urlencode(form).encode())


def _object(content: bytes) -> dict[str, object]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _token(grant: Grant, status: int, answer: dict[str, object], asked_at: float) -> Token:
    """Raises TokenFailed."""
    place = shown_url(grant.token_url)
    if status != 200:
        raise TokenFailed(f"{place} answers {status}{_reason(grant, answer)}")
    text, kind = answer.get("access_token"), answer.get("token_type", "bearer")
    if not isinstance(text, str) or not text or len(text) > TOKEN_LIMIT or not text.isascii() or not text.isprintable():
        raise TokenFailed(f"the answer of {place} holds no access_token that can be used")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenFailed(f"{place} gives tokens of the type {harmless(str(kind), 20)}, only bearer tokens can be used")
    return Token(text, asked_at + _seconds(answer.get("expires_in")))


def _seconds(told: object) -> float:
    try:
        life = float(told) if isinstance(told, int | float | str) else UNTOLD_SECONDS
    except (ValueError, OverflowError):
        life = UNTOLD_SECONDS
    if not 0 < life < float("inf"):
        return 0.0
    return min(life - min(EARLY_SECONDS, life / 10), KEPT_MAX_SECONDS)


def _reason(grant: Grant, answer: dict[str, object]) -> str:
    """The server's own words, without our secret should it repeat that."""
    words = [text for name in ("error", "error_description") if isinstance(text := answer.get(name), str) and text]
    if not words:
        return ""
    said = masked(": ".join(words), (grant.client_secret, grant.authorization.partition(" ")[2]))
    return f" ({harmless(said, _SHOWN_LIMIT)})"
