"""What every request to the API passes: how often, how large, and by whom. Then the route asks whether that one may."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_app.api.doorman.names import JSON_TYPE, SAFE_METHODS, media_type
from monitor_app.api.problems import ProblemResponse, problem, unauthorized
from monitor_app.api.rates import Rates, counted_as
from monitor_app.api.who import address_of, who
from monitor_app.errors import InvalidInput
from monitor_app.log import correlation_id, new_correlation_id
from monitor_app.security.documents import BODY, IMPORT, Limits, parse_json
from monitor_app.security.permissions import CONFIG_APPLY, NOBODY, Identity
from monitor_app.security.tokens import parse_key
from monitor_app.state import runtime

IMPORTS = ("/api/import", "/api/configuration/")
# What is made of the largest file takes hundreds of megabytes: so many at a time, of one account so many.
IMPORTS_AT_ONCE, IMPORTS_OF_ONE = 4, 2
IMPORT_RETRY_SECONDS = 5
# A client that sends its body more slowly than this is not waited for.
BODY_SECONDS = 30.0
# Larger documents are looked through beside the event loop.
QUICK_BYTES = 65_536
TOO_LARGE, TOO_SLOW, TOO_MANY, STARTING, BUSY = 413, 408, 429, 503, 503
POLICY_VIOLATION = 1008


class Entrance:
    """Refuses early what no route should see, and leaves in `scope["state"]` who asks."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app = app
        self._rates = rates
        self._imports: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = await self._admit(scope)
        if refusal is None:
            await self._go_on(scope, receive, send)
        elif scope["type"] == "http":
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})

    async def _go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        try:
            with self._turn(scope):
                await self._app(scope, await _whole_body(scope, receive), send)
        except _Refused as err:
            await err.answer(scope, receive, send)

    @contextmanager
    def _turn(self, scope: Scope) -> Iterator[None]:
        """The time that a large file takes, body and answer included. Raises _Refused."""
        if not _is_import(scope):
            yield
            return
        identity: Identity = scope["state"]["identity"]
        caller = str(identity.account_pk or identity.credential)
        if self._imports[caller] >= IMPORTS_OF_ONE or self._imports.total() >= IMPORTS_AT_ONCE:
            text = "Other files are being taken in. Come again in a moment."
            raise _Refused(problem(BUSY, text, {"Retry-After": str(IMPORT_RETRY_SECONDS)}))
        self._imports[caller] += 1
        try:
            yield
        finally:
            self._imports[caller] -= 1
            self._imports += Counter()  # who has none is forgotten

    async def _admit(self, scope: Scope) -> ProblemResponse | None:
        """Count the request and find out who sends it; what is answered when it may not go on."""
        try:
            identity = who(scope, Headers(scope=scope))
        except RuntimeError:
            return problem(STARTING, "Lightbulb is starting. Try again in a moment.", {"Retry-After": "2"})
        if seconds := await self._rates.wait(*counted_as(identity, address_of(scope))):
            return _too_often(seconds)
        if identity is None:
            note_wrong_key(scope, Headers(scope=scope)["authorization"])
            return unauthorized()
        scope.setdefault("state", {})["identity"] = _of_this_request(identity, scope)
        return None


class _Refused(Exception):
    def __init__(self, answer: ProblemResponse) -> None:
        self.answer = answer


def note_wrong_key(scope: Scope, authorization: str) -> None:
    """A key that is unknown, revoked or used from elsewhere is a denial like any other.

    Only the id of one that there is stands with it: ids that somebody makes up must not become a line each.
    """
    running = runtime.current()
    if running.denials is not None:
        key = parse_key(authorization.strip().partition(" ")[2])
        is_known = key is not None and running.access.has_key(key[0])
        running.denials.note(_of_this_request(NOBODY, scope), "key.use", key[0] if key and is_known else "")


def _of_this_request(identity: Identity, scope: Scope) -> Identity:
    current = correlation_id.get() or new_correlation_id()
    return replace(identity, address=address_of(scope), correlation_id=current)


def _too_often(seconds: float) -> ProblemResponse:
    whole = math.ceil(seconds)
    return problem(TOO_MANY, f"Too many requests. Come again in {whole} s.", {"Retry-After": str(whole)})


async def _whole_body(scope: Scope, receive: Receive) -> Receive:
    """Read all of the body, look through it when it is JSON, and give a `receive` that hands it on."""
    limits = IMPORT if _is_import(scope) else BODY
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 12 or int(length) > limits.size_bytes:
        raise _Refused(_too_large(limits))
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _read(receive, limits)
    except TimeoutError:
        raise _Refused(problem(TOO_SLOW, f"The body must arrive within {BODY_SECONDS:.0f} s.")) from None
    if body and media_type(headers) == JSON_TYPE:
        try:
            await _look_through(body, limits)
        except InvalidInput as err:
            raise _Refused(problem(422, str(err), errors=err.fields)) from err
    is_given = False

    async def receive_whole() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_whole


def _is_import(scope: Scope) -> bool:
    """Whether a large file may come: only of who may bring one in."""
    path: str = scope["path"]
    identity: Identity = scope["state"]["identity"]
    return path.startswith(IMPORTS) and identity.may(CONFIG_APPLY)


async def _read(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size, has_more = 0, True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Refused(problem(400, "The connection ended before the body did."))
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limits.size_bytes:
            raise _Refused(_too_large(limits))
        has_more = message.get("more_body", False)
    return b"".join(parts)


async def _look_through(body: bytes, limits: Limits) -> None:
    """Raises InvalidInput for JSON that is broken, too deep, or of too many parts."""
    if len(body) <= QUICK_BYTES:
        parse_json(body, limits=limits)
    else:
        await asyncio.to_thread(parse_json, body, limits=limits)


def _too_large(limits: Limits) -> ProblemResponse:
    return problem(TOO_LARGE, f"The body must be at most {limits.size_bytes:,} bytes.", {"Connection": "close"})
