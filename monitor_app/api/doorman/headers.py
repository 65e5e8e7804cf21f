"""What every answer tells the browser: what it may do with it, and how long it may keep it."""

from collections.abc import Callable
from typing import Final

from starlette.types import Message, Scope, Send

from monitor_app.log import correlation_id

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
# The build gives these files names that change with their content; everything else is asked for again each time.
NAMED_BY_CONTENT: Final = "/assets/"
KEPT_FOR_EVER: Final = b"public, max-age=31536000, immutable"
ASKED_AGAIN: Final = b"no-cache"
NEVER_KEPT: Final = b"no-store"
API: Final = "/api"
# Data that lies outside of it, under the names that other programs look for.
METRICS: Final = "/metrics"
OWN_HEALTH: Final = frozenset(
    {
        "/readyz",
        "/health/detailed",
        "/health/polling",
        METRICS,
        "/metrics/performance",
        "/monitoring/dashboard",
    }
)
CORRELATION: Final = b"x-correlation-id"
NOT_MODIFIED: Final = 304
# In a scope: the answer is for who is logged in and shall not be found in a browser's memory after log-out.
PERSONAL: Final = "lightbulb.personal"

_RAW: Final = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def is_api(path: str) -> bool:
    """Whether a path is one of the API, or of those beside it that answer with data as well."""
    return path == API or path.startswith(f"{API}/") or path in OWN_HEALTH


def dressed(scope: Scope, send: Send, policy_of: Callable[[str, bytes], str], *, is_strict: bool) -> Send:
    """`send`, which adds the headers of `SECURITY_HEADERS` and others to the answer, unless it brings them itself.

    `policy_of` gives the Content-Security-Policy for a path and a content type; `is_strict` has browsers come by https
    alone for a year.
    """
    path: str = scope["path"]

    async def send_dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            names = {name for name, _ in headers}
            headers += [header for header in _RAW if header[0] not in names]
            if current := correlation_id.get():
                headers.append((CORRELATION, current.encode()))
            if is_strict:
                headers.append(HSTS)
            # With a 304 a browser takes over what it says for what it has kept, and it says no content type.
            if b"content-security-policy" not in names and message["status"] != NOT_MODIFIED:
                content_type = next((value for name, value in headers if name == b"content-type"), b"")
                headers.append((b"content-security-policy", policy_of(path, content_type).encode()))
            if is_api(path):  # whatever it says itself
                headers = [header for header in headers if header[0] != b"cache-control"]
                headers.append((b"cache-control", NEVER_KEPT))
            elif b"cache-control" not in names:
                headers.append((b"cache-control", _kept(scope, path, message["status"])))
            message["headers"] = headers
        await send(message)

    return send_dressed


def _kept(scope: Scope, path: str, status: int) -> bytes:
    if scope.get(PERSONAL):
        return NEVER_KEPT
    return KEPT_FOR_EVER if path.startswith(NAMED_BY_CONTENT) and status in (200, 206, 304) else ASKED_AGAIN
