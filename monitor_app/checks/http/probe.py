"""Asks a web address, follows redirects, judges the answer.

With redirects the phases are sums over all requests, so response_ms is what a visitor waits; the certificate told is
the one that expires first.
"""

from datetime import UTC, datetime
from functools import partial

import httpx

from monitor_app import tracing
from monitor_app.checks.http import expiry
from monitor_app.checks.http.auth import bearer
from monitor_app.checks.http.body import Body, BrokenBody, read_body
from monitor_app.checks.http.config import Config
from monitor_app.checks.http.judge import NotAsExpected, judged
from monitor_app.checks.http.oauth2 import Grant, Token, tokens_of
from monitor_app.checks.http.redirects import REDIRECTS, BadRedirect, Question
from monitor_app.checks.http.report import SAMPLE_BYTES, Seen, told
from monitor_app.checks.http.url import shown_url
from monitor_app.domain.days import days_found
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.certificate import Certificate
from monitor_app.net.failures import NetworkFailure, TlsFailed
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless, masked

# So many a redirect may set.
_COOKIES_LIMIT = 50


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when the answer is as expected, DEGRADED when its certificate is about to expire, else FAILED and why.

    UNKNOWN when this machine or its name server failed.
    """
    visit = _Visit(context.network, config)
    try:
        status, message = visit.with_expiry(await visit.run())
    except (NetworkFailure, OutboundRefused) as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
        if isinstance(err, TlsFailed) and err.session is not None:
            visit.note_refused(err.session.chain)
    except (BadRedirect, BrokenBody, NotAsExpected) as err:
        message, status = str(err), Status.FAILED
    return visit.result(status, message)


class _TokenRejected(Exception):
    """The service does not take the token any more."""


class _Visit:
    """One check: the requests it makes and what they showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._token: Token | None = None
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._begin()

    def _begin(self) -> None:
        self._tls = self._config.tls
        self._certificate: Certificate | None = None
        self._redirects = 0
        # What a redirect sets is sent back within this check.
        self._cookies: httpx.Cookies | None = None
        self._is_answered = False
        self._seen = Seen()

    async def run(self) -> str:
        """The message of a good answer; otherwise raises."""
        config = self._config
        if config.proxy is not None:
            self._details["proxy"] = config.proxy.place
        if config.grant is None:
            return await self._walk(config.question, config.request)
        return await self._run_with_token(config.grant)

    async def _run_with_token(self, grant: Grant) -> str:
        """A kept token that is refused is fetched anew once; what the refused try took does not count as response."""
        token = tokens_of(self._network).kept(grant)
        if token is not None:
            try:
                return await self._walk_with(token, is_kept=True)
            except _TokenRejected:
                tokens_of(self._network).forget(grant, token)
                self._begin()
        return await self._walk_with(await self._fetched(grant), is_kept=False)

    async def _fetched(self, grant: Grant) -> Token:
        """A new token. Its time counts for the deadline, but is not the service's, and neither is what came before."""
        asking = Stopwatch(self._stopwatch.left_seconds)
        token = await tokens_of(self._network).fetch(self._network, grant, asking)
        self._metrics["token_ms"] = round(asking.total_seconds * 1000, 3)
        self._details["token"] = f"fetched in {asking.total_seconds * 1000:.0f} ms, which do not count"
        self._stopwatch = Stopwatch(asking.left_seconds)
        return token

    async def _walk_with(self, token: Token, *, is_kept: bool) -> str:
        """Raises _TokenRejected when a kept token is refused."""
        self._token = token
        question = self._config.question.with_header("Authorization", bearer(token.text))
        return await self._walk(question, question.request(), is_token_kept=is_kept)

    async def _walk(self, question: Question, request: httpx.Request, *, is_token_kept: bool = False) -> str:
        """From the first address to where redirects lead."""
        config = self._config
        if config.send_traceparent:
            question = question.with_header("traceparent", tracing.traceparent())
            request = question.request()
        while True:
            response = await self._network.exchange(request, self._stopwatch, tls=self._tls, proxy=config.proxy)
            try:
                self._note(response, question)
                if is_token_kept and response.status_code == 401 and "Authorization" in question.headers:
                    raise _TokenRejected
                location = response.headers.get("location", "")
                if not (location and config.follow_redirects and response.status_code in REDIRECTS):
                    return await self._judged(response, question)
                question = self._next(question, response.status_code, location)
                self._keep_cookies(response)
                request = question.request(self._cookies)
            finally:
                await response.aclose()

    def _keep_cookies(self, response: httpx.Response) -> None:
        """Thousands of them take long to be read, and nobody means them."""
        self._cookies = self._cookies or httpx.Cookies()
        if len(response.headers.get_list("set-cookie")) <= _COOKIES_LIMIT:
            self._cookies.extract_cookies(response)

    def _next(self, question: Question, status_code: int, location: str) -> Question:
        following = question.after(status_code, location)
        if self._redirects >= self._config.max_redirects:
            limit = self._config.max_redirects
            raise BadRedirect(f"too many redirects: more than {limit}, the last to {shown_url(str(following.url))}")
        self._redirects += 1
        if following.is_elsewhere(question):
            self._tls = self._config.tls_elsewhere
        return following

    def note_refused(self, chain: tuple[bytes, ...]) -> None:
        """Write down the certificates for which there is no answer."""
        self._seen = Seen(chain=chain)

    def _note(self, response: httpx.Response, question: Question) -> None:
        self._seen = Seen(f"{question.method} {shown_url(str(question.url))}", response)
        self._metrics["status_code"] = response.status_code
        self._details["address"] = response.extensions["address"]
        certificate: Certificate | None = response.extensions["certificate"]
        if certificate is not None and (
            self._certificate is None or certificate.not_after < self._certificate.not_after
        ):
            self._certificate = certificate

    def _note_body(self, body: Body) -> None:
        self._metrics["body_bytes"] = body.wire_bytes
        # No more than that: it may be held for a while.
        self._seen.body = body.content[:SAMPLE_BYTES]
        self._seen.is_body_cut = len(body.content) > SAMPLE_BYTES or not body.is_whole
        if body.cut:
            self._details["body"] = body.cut

    async def _judged(self, response: httpx.Response, question: Question) -> str:
        body = await read_body(response)
        self._note_body(body)
        self._is_answered = True
        if self._redirects:
            self._details["redirects"] = str(self._redirects)
            self._details["final_url"] = shown_url(str(question.url))
        return await judged(self._config, response, body, question.url if self._redirects else None)

    def with_expiry(self, message: str) -> tuple[Status, str]:
        """A good answer may come with a certificate that has to be renewed; only one that was verified matters."""
        certificate, now = self._certificate, datetime.now(UTC)
        if certificate is None or not self._config.verify_tls:
            return Status.OK, message
        status = expiry.status_of(certificate, self._config, now)
        return status, message if status is Status.OK else f"{message}, but {expiry.words(certificate, now)}"

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of a whole answer."""
        phases = self._stopwatch.phases_ms()
        if self._certificate is not None:
            self._metrics["certificate_days"] = days_found(self._certificate.days_left(datetime.now(UTC)))
            self._details |= _certificate_details(self._certificate)
        response_ms = round(sum(phases.values()), 3) if self._is_answered else None
        # Other servers wrote parts of these texts; they end up in terminals.
        message = harmless(self._without_secrets(message), MESSAGE_LIMIT)
        details = {name: harmless(self._without_secrets(text), MESSAGE_LIMIT) for name, text in self._details.items()}
        if self._token is not None:
            self._seen.tokens = (self._token.text,)
        tell = partial(told, self._seen)
        return ProbeResult(status, message, response_ms, phases, self._metrics, details, tell)

    def _without_secrets(self, text: str) -> str:
        """A server may repeat what it was sent."""
        return masked(text, (*self._config.secrets, *((self._token.text,) if self._token else ())))


def _certificate_details(certificate: Certificate) -> dict[str, str]:
    return {
        "certificate_expires": f"{certificate.not_after:%Y-%m-%d %H:%M} UTC",
        "certificate_issuer": certificate.issuer,
        "certificate_subject": certificate.subject,
    }
