"""The doorman itself: plain ASGI around everything, because middleware that buffers would break the websocket."""

from collections import Counter
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor_app.api.doorman.answer_watch import AnswerWatch
from monitor_app.api.doorman.headers import METRICS, dressed, is_api
from monitor_app.api.doorman.names import OwnNames, request_problem
from monitor_app.api.doorman.page_gate import PageGate
from monitor_app.api.doorman.policy import Policies
from monitor_app.api.doorman.proxies import TrustedProxies
from monitor_app.api.problems import WHAT_TO_DO, problem
from monitor_app.api.rates import MemoryRates, network_of
from monitor_app.api.status_pages.own_host import page_scope
from monitor_app.api.who import address_of, has_good_key
from monitor_app.log import correlation_id, get_logger, new_correlation_id
from monitor_app.settings import Settings

# Load balancers and container engines ask here, by whatever name.
ANY_HOST = frozenset({"/livez", "/readyz"})
# Programs may open these without Origin and key: they say who they are in their first message.
FIRST_MESSAGE = frozenset({"/ws", "/api/status/websocket"})
MISDIRECTED = 421
NOT_FOUND = 404
FORBIDDEN = 403
FAILED = 500
POLICY_VIOLATION = 1008
# Open at the same time from one address: everybody in an office may have a tab or five.
SOCKETS_LIMIT = 500
# Opened by one address: all its tabs at once after a restart, then ten a second. Each new one may send a burst.
SOCKETS_A_MINUTE = 600
TOLD_LIMIT, TOLD_LENGTH = 100, 200

log = get_logger(__name__)


class Doorman:
    """Refuses what foreign names, pages and sites send; hands pages to who may see them; dresses all answers."""

    def __init__(
        self, app: ASGIApp, settings: Settings, gate: PageGate | None = None, policies: Policies | None = None
    ) -> None:
        self._app = app
        self._proxies = TrustedProxies(settings.proxies)
        self._names = OwnNames(settings)
        self._public_url = settings.public_url
        self._gate = gate
        self._policies = policies or Policies()
        self._told: set[str] = set()
        self._sockets: Counter[str] = Counter()
        self._openings = MemoryRates({"address": SOCKETS_A_MINUTE})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket."""
        # Each is answered in a task, so in a context, of its own.
        correlation_id.set(new_correlation_id())
        if scope["type"] == "http":
            await self._request(self._proxies.resolved(scope), receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(self._proxies.resolved(scope), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        scope = {**scope, "scheme": self._scheme(scope, headers)}
        refusal: Response | None = None
        is_own_page = False
        if not self._names.is_own_host(headers) and (found := page_scope(scope, headers)) is not None:
            # The host of a status page: there is that page, and nothing else of this program.
            is_own_page = True
            refusal, scope = (found, scope) if isinstance(found, Response) else (None, found)
        watched = AnswerWatch(dressed(scope, send, self._policies.of, is_strict=self._is_strict(scope, headers)))
        try:
            if not is_own_page:
                refusal = self._refusal(scope, headers)
            if refusal is not None:
                await refusal(scope, receive, watched)
            else:
                await self._app(scope, receive, watched)
            watched.note(scope, is_refused=refusal is not None)
        except Exception:
            # The last one who can: what is told to people never holds a traceback, and the log has it once.
            log.exception("a request failed", method=scope["method"], path=scope["path"])
            if not watched.has_started:
                await _failed(scope)(scope, receive, watched)
            watched.note(scope, is_refused=refusal is not None, is_bug=True)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._names.is_own_host(headers):
            self._tell("Host", headers.get("host", ""))
        elif "origin" in headers and not self._names.is_own_origin(headers):
            self._tell("Origin", headers.get("origin", ""))
        elif "origin" not in headers and scope["path"] not in FIRST_MESSAGE and not has_good_key(scope, headers):
            self._tell("Origin", "")
        elif self._sockets[sender := network_of(address_of(scope))] >= SOCKETS_LIMIT:
            self._log_once("refused a websocket: this address has too many open", address=sender, limit=SOCKETS_LIMIT)
        elif await self._openings.wait("address", sender):
            self._log_once(
                "refused a websocket: this address opens too many", address=sender, a_minute=SOCKETS_A_MINUTE
            )
        else:
            self._sockets[sender] += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._sockets[sender] -= 1
                if not self._sockets[sender]:
                    del self._sockets[sender]
            return
        # Closing before accepting is answered with 403 by the server.
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "refused"})

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered instead of what was asked for; None lets it through."""
        path = scope["path"]
        # Prometheus comes under the name that it finds us by. No page can send a key along, which is what this is for.
        is_any_host = path in ANY_HOST or (path == METRICS and "authorization" in headers)
        if not is_any_host and not self._names.is_own_host(headers):
            return PlainTextResponse(self._tell("Host", headers.get("host", "")), MISDIRECTED)
        if is_api(path):
            if not path.isprintable():  # no route has line breaks in its path, and routers stumble over them
                return problem(NOT_FOUND, WHAT_TO_DO[NOT_FOUND])
            reason = request_problem(scope, headers, self._names)
            if reason is None:
                return None
            self._tell("Origin", headers.get("origin", ""))
            return problem(FORBIDDEN, f"This request was refused. {reason}.")
        return self._gate.answer(scope, headers) if self._gate is not None else None

    def _scheme(self, scope: Scope, headers: Headers) -> str:
        """A proxy speaks http to us where the browser speaks https; redirects must lead to what the browser speaks."""
        scheme, _, netloc = self._public_url.partition("://")
        is_public = bool(netloc) and headers.get("host", "").lower() == netloc
        return scheme if is_public else str(scope["scheme"])

    def _is_strict(self, scope: Scope, headers: Headers) -> bool:
        """Only under the public name: what holds for a host holds for all its ports, and localhost has many."""
        return scope["scheme"] == "https" and self._public_url.endswith(f"//{headers.get('host', '').lower()}")

    def _tell(self, header: str, value: str) -> str:
        self._log_once("refused a request that came under a foreign name", header=header, value=value[:TOLD_LENGTH])
        return (
            f"Lightbulb does not answer to this {header}. If this is its address behind a reverse proxy or a tunnel, "
            "set PUBLIC_URL to the address in your browser (scheme, name and port) and start it again."
        )

    def _log_once(self, text: str, **fields: Any) -> None:
        """Once each, and not for ever: anybody can cause these."""
        what = repr(fields)
        if what not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add(what)
            log.warning(text, **fields)


def _failed(scope: Scope) -> Response:
    text = "Something went wrong here, and it is in the log. Try again."
    return problem(FAILED, text) if is_api(scope["path"]) else PlainTextResponse(text, FAILED)
