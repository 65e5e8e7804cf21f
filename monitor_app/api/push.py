"""`/push/TOKEN`: where services report that they are well, begin, end or fail. For scripts, so a URL is all it takes.

Bare ASGI: this is asked more often than everything else together, by those who can read no cookie and no JSON.
"""

import math
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from monitor_app.domain.heartbeat import Signal
from monitor_app.domain.status import Status
from monitor_app.errors import DatabaseUnavailable, InvalidInput, NotFound
from monitor_app.redact import harmless
from monitor_app.state import runtime
from monitor_app.use_cases.heartbeats import Busy, Report
from monitor_app.use_cases.push_address import PATH

BODY_LIMIT = 10_000
PING_MAX_MS = 86_400_000
TOKEN_LIMIT = 200
RETRY_AFTER_SECONDS = 2

_METHODS = frozenset({"GET", "POST", "HEAD"})
_SIGNALS: dict[str, Signal] = {"start": "start", "fail": "fail", "log": "log", "success": "success"}
_STATUSES: dict[str, Status] = {
    "up": Status.OK,
    "ok": Status.OK,
    "degraded": Status.DEGRADED,
    "down": Status.FAILED,
    "failed": Status.FAILED,
}


async def push(scope: Scope, receive: Receive, send: Send) -> None:
    """One report; answered when it is stored."""
    if scope["method"] not in _METHODS:
        await _answer(send, 405, b"must be GET, POST or HEAD\n", allow=b"GET, POST, HEAD")
        return
    try:
        token, signal = _parts(scope["path"])
        report = _report(signal, scope["query_string"], await _body(scope, receive))
        await runtime.current().heartbeats.report(token, report)
    except InvalidInput as err:
        await _answer(send, 400, f"{err}\n".encode())
    except NotFound as err:
        await _answer(send, 404, f"{err}\n".encode())
    except (Busy, DatabaseUnavailable, RuntimeError):
        text = b"cannot be stored just now: try again\n"
        await _answer(send, 503, text, retry_after=str(RETRY_AFTER_SECONDS).encode())
    else:
        await _answer(send, 200, b"OK\n")


class Push:
    """The same for a router, which takes anything that is no function for an ASGI app."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See push."""
        await push(scope, receive, send)


def _parts(path: str) -> tuple[str, Signal | None]:
    """Token and signal. Raises NotFound for a path that can be none."""
    token, _, name = path.removeprefix(PATH).partition("/")
    if not token or len(token) > TOKEN_LIMIT or (name and name not in _SIGNALS):
        raise NotFound("no service has this address")
    return token, _SIGNALS.get(name)


def _report(signal: Signal | None, query: bytes, body: bytes) -> Report:
    """Raises InvalidInput with a message for each wrong parameter; parameters with other names are passed over."""
    values = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
    wrong: dict[str, str] = {}
    name = values.get("status", "").strip().lower()
    status = _STATUSES.get(name)
    if name and status is None:
        wrong["status"] = f"must be up, degraded or down, got {harmless(name, 40)!r}"
    elif status is not None and signal not in (None, "success"):
        wrong["status"] = f"must be left out with /{signal}"
    ping_ms = None
    if text := values.get("ping", "").strip():
        ping_ms = _number(text)
        if ping_ms is None:
            wrong["ping"] = f"must be milliseconds, 0 to {PING_MAX_MS}, got {harmless(text, 40)!r}"
    if wrong:
        raise InvalidInput(wrong)
    if signal is None:
        signal = "fail" if status is Status.FAILED else "success"
    message = body.decode(errors="replace").strip() or values.get("msg", "").strip()
    return Report(signal, status, harmless(message, BODY_LIMIT), ping_ms)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= PING_MAX_MS else None


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The first BODY_LIMIT bytes; what is longer is cut."""
    if scope["method"] != "POST":
        return b""
    parts: list[bytes] = []
    size, has_more = 0, True
    while has_more and size < BODY_LIMIT:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        has_more = message.get("more_body", False)
    return b"".join(parts)[:BODY_LIMIT]


async def _answer(send: Send, status: int, body: bytes, **headers: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *((name.replace("_", "-").encode(), value) for name, value in headers.items()),
            ],
        }
    )
    # The server leaves the body of an answer to HEAD out.
    await send({"type": "http.response.body", "body": body})
