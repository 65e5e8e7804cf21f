"""`GET /api/status/stream`: the present status of services, then each change, as Server-Sent Events (WHATWG HTML)."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from monitor_app.api.access import requires
from monitor_app.api.described import PROBLEMS
from monitor_app.api.problems import problem
from monitor_app.api.stream.buffer import Filter
from monitor_app.api.stream.client import Client, Proof
from monitor_app.api.stream.hub import StreamHub
from monitor_app.api.stream.limits import RETRY_SECONDS, TooManyStreams
from monitor_app.api.stream.messages import schemas
from monitor_app.api.stream.proof import ends_at_of
from monitor_app.api.stream.sending import Sender
from monitor_app.domain.group_tree import GroupTree
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime

PATH: Final = "/status/stream"
MEDIA_TYPE: Final = "text/event-stream"
NAMES_LIMIT: Final = 100
# So that the line is open for all on the way when there is nothing else to say.
GREETING: Final = b": what follows are events\n\n"
# A large piece would be one write, which may only take so long.
PIECE_BYTES: Final = 64 * 1024
GOODBYE_SECONDS: Final = 1.0
HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx hands on each event at once
]
_EXAMPLE: Final = """\
event: snapshot
data: {"service_id": "shop", "status_code": 0, "status": "OK", ...}

id: 5f0c93d1-41
event: ready
data: {"services": 1}

id: 5f0c93d1-42
event: status
data: {"service_id": "shop", "status_code": 2, "status": "FAILED", ...}
"""

router = APIRouter(responses=PROBLEMS, tags=["streams"])
Text = Annotated[str, Field(max_length=4000)]


class StreamQuery(BaseModel):
    """Which services. Names of one sort with commas between; those that fit all sorts are told."""

    model_config = ConfigDict(extra="forbid")

    service: Text = Field("", description="Service ids.", examples=["shop,checkout"])
    service_id: Text = Field("", description="The same as `service`.")
    group: Text = Field("", description="Groups, with all groups in them.", examples=["online shop"])
    environment: Text = Field("", description="Environments.", examples=["production"])
    tag: Text = Field("", description="Tags; one of them is enough.", examples=["production"])
    last_event_id: str = Field("", max_length=100, description="For who cannot send the header Last-Event-ID.")

    def wanted(self, tree: GroupTree) -> Filter:
        """As the hub knows it, with the groups that are now in those that are named.

        Raises InvalidInput for too many names.
        """
        services = _names("service", self.service) | _names("service_id", self.service_id)
        environments = _names("environment", self.environment)
        groups = tree.below_all(_names("group", self.group))
        return Filter(services, groups, _names("tag", self.tag), environments)


class EventStreamResponse(Response):
    """For the description of the API."""

    media_type = MEDIA_TYPE


@router.get(
    PATH,
    summary="Follow the status of services",
    response_class=EventStreamResponse,
    responses={
        200: {"description": "Events, until one side hangs up.", "content": {MEDIA_TYPE: {"example": _EXAMPLE}}}
    },
)
async def stream(
    request: Request, wanted: Annotated[StreamQuery, Query()], identity: Annotated[Identity, requires(BOARD_READ)]
) -> Response:
    """First an event `snapshot` for each service, with its status object, and an event `ready`; then an event `status`
    for each change, and `removed` for a service that is gone or fits no more. Who comes back with `Last-Event-ID` gets
    what it missed, or, when that is not kept any more, a new snapshot. A comment comes every 15 seconds.
    """
    running = runtime.current()
    header = request.headers.get("authorization", "")
    streams: StreamHub = running.streams
    proof = Proof(identity, ends_at_of(identity, header, running.access, streams.clock.now()))
    last_id = request.headers.get("last-event-id", "") or wanted.last_event_id
    return EventStream(streams, proof, wanted.wanted(running.board.group_tree()), last_id)


@router.get("/stream/schema", summary="The messages of the websockets")
async def schema(identity: Annotated[Identity, requires(BOARD_READ)]) -> dict[str, Any]:
    """JSON Schema of every message of `/ws` and `/api/status/websocket`, and which way each of them goes."""
    return schemas()


def add_routes(app: FastAPI) -> None:
    """Take part in the API; before the routes of single services, whose ids stand where `stream` does."""
    app.include_router(router)


class EventStream(Response):
    """The events of one client, for as long as it listens."""

    media_type = MEDIA_TYPE

    def __init__(self, streams: StreamHub, proof: Proof, wanted: Filter, last_id: str) -> None:
        super().__init__()
        self._streams = streams
        self._proof, self._wanted, self._last_id = proof, wanted, last_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until one side ends it."""
        try:
            client = self._streams.enter("sse", self._proof, self._wanted)
        except TooManyStreams as err:
            await problem(429, str(err), {"Retry-After": str(RETRY_SECONDS)})(scope, receive, send)
            return
        watch = asyncio.create_task(_watch(client, receive), name="event stream")
        try:
            await self._send(client, send)
        finally:
            watch.cancel()
            self._streams.leave(client)

    async def _send(self, client: Client, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        sender = Sender(client, self._streams.limits, self._streams.clock, send)
        for opening in chain([GREETING], self._streams.feeds.join(client, self._last_id)):
            for piece in _pieces(opening):
                await sender.write(_body(piece))
        async for batches, missed in sender.batches():
            comment = f": {missed} events gave way to later ones\n\n".encode() if missed else b""
            for piece in _pieces(comment + b"".join(batch.joined for batch in batches)):
                await sender.write(_body(piece))
        if client.ended in ("revoked", "stopping"):
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _watch(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end("gone")


def _body(piece: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": True}


def _pieces(data: bytes) -> Iterator[bytes]:
    if len(data) <= PIECE_BYTES:
        yield data
        return
    for start in range(0, len(data), PIECE_BYTES):
        yield data[start : start + PIECE_BYTES]


def _names(field: str, text: str) -> frozenset[str]:
    found = frozenset(name for part in text.split(",") if (name := part.strip()))
    if len(found) > NAMES_LIMIT:
        raise InvalidInput({field: f"must hold at most {NAMES_LIMIT} names"})
    return found
