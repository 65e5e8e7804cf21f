"""POSTs with an Idempotency-Key: carried out once, and answered alike each time they are sent.

Only those paths are listed whose answers hold no secret: what is shown once, as a new key is, must not be kept.
"""

import asyncio
import hashlib
import re
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor_app.api.problems import RETRY_SECONDS, WHAT_TO_DO, ProblemResponse, problem
from monitor_app.errors import Conflict, DatabaseUnavailable, InvalidInput
from monitor_app.log import get_logger
from monitor_app.security.permissions import Identity
from monitor_app.state import runtime
from monitor_app.use_cases.idempotency import HEADER, IdempotentAnswers

CREATES: Final = frozenset(
    {
        "/api/admin/services",
        "/api/admin/services/bulk",
        "/api/admin/relations",
        "/api/admin/relations/bulk",
        "/api/websites",
    }
)
# The same of paths that name something.
_CREATES_OF: Final = re.compile(r"/api/admin/services/[^/]{1,63}/duplicate")
REPLAYED: Final = "Idempotent-Replayed"
# Larger answers are not kept: the same key is then as good as a new one.
BODY_LIMIT: Final = 65_536
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS: Final = ("content-type", "location", "etag")

log = get_logger(__name__)


class Idempotency:
    """Stands behind the Entrance, which says who asks and has read the whole body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
        elif not _KEY.fullmatch(key):
            text = "must be 1 to 200 printable characters without spaces"
            await problem(422, f"{HEADER}: {text}", errors={HEADER: text})(scope, receive, send)
        else:
            await self._once(key, scope, receive, send)

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        kept: IdempotentAnswers = runtime.current().idempotent_answers
        message = await receive()
        caller, request = _caller(scope), _request(scope, message.get("body", b""))
        answer = _Answer()
        async with kept.alone(caller, key):
            try:
                known = await kept.begin(caller, key, request)
            except (InvalidInput, Conflict, DatabaseUnavailable) as err:
                await _refusal(err)(scope, receive, send)
                return
            if known is not None:
                replay = Response(known.body, known.status, {**known.headers, REPLAYED: "true"})
                await replay(scope, receive, send)
                return
            try:
                await self._app(scope, _given_again(message, receive), answer.take)
            finally:
                # Whatever becomes of whoever asked: what was done must be known, or it is done twice.
                await asyncio.shield(_keep(kept, caller, key, answer))
        for part in answer.messages:
            await send(part)


class _Answer:
    """What is answered, held back until it is kept."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        """As an ASGI `send`."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """0 when there was none."""
        return int(self.messages[0]["status"]) if self.messages else 0

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    @property
    def headers(self) -> dict[str, str]:
        """Those that are given again."""
        given = Headers(raw=self.messages[0]["headers"])
        return {name: given[name] for name in _KEPT_HEADERS if name in given}


def _key(scope: Scope) -> str | None:
    """The key of a request that this is for."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    if scope["path"] not in CREATES and not _CREATES_OF.fullmatch(scope["path"]):
        return None
    identity: Identity = scope["state"]["identity"]
    return None if identity.via == "nothing" else Headers(scope=scope).get(HEADER)


def _caller(scope: Scope) -> str:
    """The credential with what it may do: whoever may less than before is judged anew."""
    identity: Identity = scope["state"]["identity"]
    may = hashlib.blake2s(",".join(sorted(identity.permissions)).encode(), digest_size=8).hexdigest()
    return f"{identity.via} {identity.credential}"[:60] + f" {may}"


def _request(scope: Scope, body: bytes) -> bytes:
    """All that makes a request another one."""
    parts = (scope["path"].encode(), scope["query_string"], body)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _given_again(message: Message, receive: Receive) -> Receive:
    first = [message]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


async def _keep(kept: IdempotentAnswers, caller: str, key: str, answer: _Answer) -> None:
    try:
        if answer.status // 100 == 2 and len(answer.body) <= BODY_LIMIT:
            await kept.complete(caller, key, answer.status, answer.body.decode(), answer.headers)
        else:
            await kept.drop(caller, key)
    except DatabaseUnavailable as err:
        log.error("what was answered to an Idempotency-Key could not be kept", reason=str(err))


def _refusal(err: InvalidInput | DatabaseUnavailable) -> ProblemResponse:
    if isinstance(err, InvalidInput):
        return problem(409 if isinstance(err, Conflict) else 422, str(err), errors=err.fields)
    return problem(503, WHAT_TO_DO[503], {"Retry-After": str(RETRY_SECONDS)})
