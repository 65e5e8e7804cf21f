"""Stands before everything that is served: who may ask, and what each answer tells the browser."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_app.log import get_logger
from monitor_app.settings import Settings

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# The build gives these files names that change with their content; everything else is asked for again each time.
NAMED_BY_CONTENT = "/assets/"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"
# Load balancers and container engines ask here, by whatever name.
ANY_HOST = frozenset({"/livez"})
MISDIRECTED = 421
FORBIDDEN = 403
POLICY_VIOLATION = 1008

log = get_logger(__name__)


class Doorman:
    """Refuses requests under a foreign name and websockets from foreign pages; dresses all answers.

    A page of another site can make a browser connect to this machine, also by a name of its own that points here. Host
    and Origin give both away. Plain ASGI, because middleware that buffers would break the websocket.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._origins = frozenset(settings.allowed_origins)
        self._hosts = frozenset(_host_name(urlsplit(origin).netloc) for origin in settings.allowed_origins)
        # A proxy speaks http to us where the browser speaks https; redirects must lead to what the browser speaks.
        self._schemes = {netloc: scheme for scheme, netloc, *_ in map(urlsplit, settings.allowed_origins)}
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if (refusal := self._refusal(scope)) is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        scheme = self._schemes.get(Headers(scope=scope).get("host", "").lower(), scope["scheme"])
        await self._app({**scope, "scheme": scheme}, receive, _dressed(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] not in ANY_HOST and _host_name(host) not in self._hosts:
            return MISDIRECTED, self._tell("Host", host)
        origin = headers.get("origin")
        if origin is not None and scope["type"] == "websocket" and origin.lower() not in self._origins:
            return FORBIDDEN, self._tell("Origin", origin)
        return None

    def _tell(self, header: str, value: str) -> str:
        if value not in self._told and len(self._told) < 100:  # once each: anybody can send these
            self._told.add(value)
            log.warning("refused a request that came under a foreign name", header=header, value=value)
        return (
            f"Lightbulb does not answer to this {header}. If this is its address behind a reverse proxy or a tunnel, "
            "set PUBLIC_URL to the address in your browser (scheme, name and port) and start it again."
        )


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        # Closing before accepting is answered with 403 by the server.
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "foreign origin"})
        return
    await PlainTextResponse(text, status_code=status, headers=SECURITY_HEADERS)(scope, receive, send)


def _dressed(scope: Scope, send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            is_kept = scope["path"].startswith(NAMED_BY_CONTENT) and message["status"] in (200, 206, 304)
            headers.setdefault("Cache-Control", KEPT_FOR_EVER if is_kept else ASKED_AGAIN)
        await send(message)

    return dressed
