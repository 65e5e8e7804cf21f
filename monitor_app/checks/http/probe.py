"""Asks a web address, follows redirects, judges the answer.

With redirects the phases are sums over all requests, so response_ms is what a visitor waits; the certificate told is
the one that expires first.
"""

from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from monitor_app.checks.http.body import Body, BrokenBody, read_body
from monitor_app.checks.http.config import Config
from monitor_app.checks.http.redirects import REDIRECTS, BadRedirect, Question
from monitor_app.checks.http.url import shown_url
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.certificate import Certificate
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when the answer is accepted; UNKNOWN when this machine or its name server failed; else FAILED and why."""
    visit = _Visit(context.network, config)
    try:
        message, status = await visit.run(), Status.OK
    except NetworkFailure as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
    except (OutboundRefused, BadRedirect, BrokenBody, _Unexpected) as err:
        message, status = str(err), Status.FAILED
    return visit.result(status, message)


class _Unexpected(Exception):
    """There is an answer, but not one that is accepted."""


class _Visit:
    """One check: the requests it makes and what they showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._certificate: Certificate | None = None
        self._redirects = 0
        # What a redirect sets is sent back within this check.
        self._cookies: httpx.Cookies | None = None
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._is_answered = False

    async def run(self) -> str:
        """The message of a good answer; otherwise raises."""
        config = self._config
        question, request = config.question, config.request
        while True:
            response = await self._network.exchange(request, self._stopwatch, is_verifying=config.verify_tls)
            try:
                self._note(response)
                location = response.headers.get("location", "")
                if not (location and config.follow_redirects and response.status_code in REDIRECTS):
                    self._note_body(await read_body(response))
                    return self._judged(response, question)
                question = self._next(question, response.status_code, location)
                self._cookies = self._cookies or httpx.Cookies()
                self._cookies.extract_cookies(response)
                request = question.request(self._cookies)
            finally:
                await response.aclose()

    def _next(self, question: Question, status_code: int, location: str) -> Question:
        following = question.after(status_code, location)
        if self._redirects >= self._config.max_redirects:
            limit = self._config.max_redirects
            raise BadRedirect(f"too many redirects: more than {limit}, the last to {shown_url(str(following.url))}")
        self._redirects += 1
        return following

    def _note(self, response: httpx.Response) -> None:
        self._metrics["status_code"] = response.status_code
        self._details["address"] = response.extensions["address"]
        certificate: Certificate | None = response.extensions["certificate"]
        if certificate is not None and (
            self._certificate is None or certificate.not_after < self._certificate.not_after
        ):
            self._certificate = certificate

    def _note_body(self, body: Body) -> None:
        self._metrics["body_bytes"] = body.wire_bytes
        if body.cut:
            self._details["body"] = body.cut

    def _judged(self, response: httpx.Response, question: Question) -> str:
        self._is_answered = True
        answer = _status_line(response)
        if self._redirects:
            self._details["redirects"] = str(self._redirects)
            self._details["final_url"] = shown_url(str(question.url))
        if self._config.accepts(response.status_code):
            return answer
        led = f" (after a redirect to {shown_url(str(question.url))})" if self._redirects else ""
        raise _Unexpected(f"{answer}, expected {self._config.accepted_statuses}{led}")

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of a whole answer."""
        phases = self._stopwatch.phases_ms()
        if self._certificate is not None:
            days = self._certificate.days_left(datetime.now(UTC))
            self._metrics["certificate_days"] = round(days, 2)
            self._details |= _certificate_details(self._certificate)
        response_ms = round(sum(phases.values()), 3) if self._is_answered else None
        # Other servers wrote parts of these texts; they end up in terminals.
        message = harmless(message, MESSAGE_LIMIT)
        details = {name: harmless(text, MESSAGE_LIMIT) for name, text in self._details.items()}
        return ProbeResult(status, message, response_ms, phases, self._metrics, details)


def _status_line(response: httpx.Response) -> str:
    """`503 Service Unavailable`; the standard's words, because a server may send any text."""
    try:
        return f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
    except ValueError:
        return str(response.status_code)


def _certificate_details(certificate: Certificate) -> dict[str, str]:
    return {
        "certificate_expires": f"{certificate.not_after:%Y-%m-%d %H:%M} UTC",
        "certificate_issuer": certificate.issuer,
        "certificate_subject": certificate.subject,
    }
