"""The doorman itself: plain ASGI around everything, because middleware that buffers would break the websocket."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_app.api.doorman.headers import PERSONAL, dressed, is_api
from monitor_app.api.doorman.names import OwnNames, request_problem
from monitor_app.api.doorman.page_gate import PageGate
from monitor_app.api.doorman.policy import Policies
from monitor_app.api.doorman.proxies import TrustedProxies
from monitor_app.api.problems import problem
from monitor_app.api.who import has_good_key
from monitor_app.log import get_logger
from monitor_app.security.permissions import NOBODY
from monitor_app.settings import Settings

# Load balancers and container engines ask here, by whatever name.
ANY_HOST = frozenset({"/livez"})
MISDIRECTED = 421
FORBIDDEN = 403
FAILED = 500
POLICY_VIOLATION = 1008

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket."""
        if scope["type"] == "http":
            await self._request(self._proxies.resolved(scope), receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(self._proxies.resolved(scope), receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        scope = {**scope, "scheme": self._scheme(scope, headers)}
        watched = _Watched(dressed(scope, send, self._policies.of, is_strict=self._is_strict(scope, headers)))
        try:
            if (refusal := self._refusal(scope, headers)) is not None:
                await refusal(scope, receive, watched)
            else:
                await self._app(scope, receive, watched)
        except Exception:
            # The last one who can: what is told to people never holds a traceback, and the log has it once.
            log.exception("a request failed", method=scope["method"], path=scope["path"])
            if not watched.has_started:
                await _failed(scope)(scope, receive, watched)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._names.is_own_host(headers):
            self._tell("Host", headers.get("host", ""))
        elif "origin" in headers and not self._names.is_own_origin(headers):
            self._tell("Origin", headers.get("origin", ""))
        elif "origin" not in headers and not has_good_key(scope, headers):
            self._tell("Origin", "")
        else:
            await self._app(scope, receive, send)
            return
        # Closing before accepting is answered with 403 by the server.
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "foreign origin"})

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered instead of what was asked for; None lets it through."""
        path = scope["path"]
        if path not in ANY_HOST and not self._names.is_own_host(headers):
            return PlainTextResponse(self._tell("Host", headers.get("host", "")), MISDIRECTED)
        if is_api(path):
            reason = request_problem(scope, headers, self._names)
            if reason is None:
                return None
            self._tell("Origin", headers.get("origin", ""))
            return problem(FORBIDDEN, f"This request was refused. {reason}.")
        if self._gate is None or (permission := self._gate.needed(path)) is None:
            return None
        refusal = self._gate.refusal(scope, headers, permission)
        # Who is asked for by name need not be forgotten: a board that everybody may read may be kept.
        scope[PERSONAL] = not NOBODY.may(permission)
        return refusal

    def _scheme(self, scope: Scope, headers: Headers) -> str:
        """A proxy speaks http to us where the browser speaks https; redirects must lead to what the browser speaks."""
        scheme, _, netloc = self._public_url.partition("://")
        is_public = bool(netloc) and headers.get("host", "").lower() == netloc
        return scheme if is_public else str(scope["scheme"])

    def _is_strict(self, scope: Scope, headers: Headers) -> bool:
        """Only under the public name: what holds for a host holds for all its ports, and localhost has many."""
        return scope["scheme"] == "https" and self._public_url.endswith(f"//{headers.get('host', '').lower()}")

    def _tell(self, header: str, value: str) -> str:
        if value not in self._told and len(self._told) < 100:  # once each: anybody can send these
            self._told.add(value)
            log.warning("refused a request that came under a foreign name", header=header, value=value)
        return (
            f"Lightbulb does not answer to this {header}. If this is its address behind a reverse proxy or a tunnel, "
            "set PUBLIC_URL to the address in your browser (scheme, name and port) and start it again."
        )


class _Watched:
    """A `send` that remembers whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        self.has_started = True
        await self._send(message)


def _failed(scope: Scope) -> Response:
    text = "Something went wrong here, and it is in the log. Try again."
    return problem(FAILED, text) if is_api(scope["path"]) else PlainTextResponse(text, FAILED)
