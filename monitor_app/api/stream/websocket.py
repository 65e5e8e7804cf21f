"""`/ws`: JSON messages about what one subscribes to; and what `/api/status/websocket` shares with it."""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send

from monitor_app.api.access import open_to_all
from monitor_app.api.entrance import note_wrong_key
from monitor_app.api.problems import problem
from monitor_app.api.stream import messages
from monitor_app.api.stream.client import Client, End, Kind, Proof
from monitor_app.api.stream.hub import StreamHub
from monitor_app.api.stream.limits import TooManyStreams
from monitor_app.api.stream.outbox import Batch, Frame
from monitor_app.api.stream.proof import has_key_in_query, proof_of, proof_of_key
from monitor_app.api.stream.sending import Sender
from monitor_app.api.stream.topics import UnknownTopic
from monitor_app.api.who import address_of
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state import runtime
from monitor_app.state.socket_server import Pace

# RFC 6455, 7.4.1.
POLICY, TOO_BIG, TRY_LATER, RESTARTS = 1008, 1009, 1013, 1012
UPGRADE_REQUIRED: Final = 426
GOODBYE_SECONDS: Final = 2.0
# So many topics of one client are answered each second.
TOPICS_A_SECOND: Final = 400
_ENDS: Final[dict[End, tuple[int, messages.Code, str]]] = {
    "revoked": (POLICY, "revoked", "What let you in has ended: the key, the session, or what it may do."),
    "slow": (TRY_LATER, "too_slow", "You do not read fast enough."),
    "silent": (POLICY, "silent", "Nothing was heard of you for too long: send a heartbeat now and then."),
    "stopping": (RESTARTS, "stopping", "Lightbulb stops or starts again. Come back in a moment."),
}


class Refused(Exception):
    """This connection must end, and is told why."""

    def __init__(self, code: messages.Code, text: str, close_code: int = POLICY) -> None:
        super().__init__(text)
        self.code: messages.Code = code
        self.close_code = close_code


def routes(path: str, socket: "StreamSocket") -> list[BaseRoute]:
    """Of a websocket, and of plain requests that go to its address by mistake."""
    return [WebSocketRoute(path, open_to_all(socket)), Route(path, open_to_all(socket))]


class StreamSocket:
    """Plain ASGI: one websocket a call. Who it is, is judged here, so the route itself is open to all."""

    kind: ClassVar[Kind] = "websocket"
    known: ClassVar[TypeAdapter[Any]] = messages.TO_SERVER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """From the handshake to the end."""
        if scope["type"] == "http":
            text = "This address is a websocket: docs/streams.md tells how to talk to it."
            await problem(UPGRADE_REQUIRED, text, {"Upgrade": "websocket"})(scope, receive, send)
            return
        await receive()  # websocket.connect
        if not runtime.is_running() or runtime.current().streams is None:
            await send({"type": "websocket.close", "code": TRY_LATER, "reason": "starting"})
            return
        await send({"type": "websocket.accept"})
        line = Line(scope, receive, send, self.known)
        try:
            await self._serve(line)
        except Refused as err:
            await line.goodbye(err.code, str(err), err.close_code)
        except Hangup:
            pass

    async def _serve(self, line: "Line") -> None:
        if has_key_in_query(line.scope):
            raise Refused(
                "unauthorized",
                "Keys must not stand in an address, where logs keep them. Send the header Authorization: Bearer "
                'lb_..., or {"type": "auth", "token": "lb_..."} as the first message.',
            )
        proof = proof_of(line.scope, line.access, line.streams.clock.now())
        if proof is None:
            note_wrong_key(line.scope, line.authorization)
            raise Refused("unauthorized", "This key is not known, has ended, or may not be used from here.")
        client = _seat(line.streams, self.kind, proof if proof.identity.may(BOARD_READ) else None)
        try:
            if client.proof is None:
                await line.authenticate(client, proof)
            await self._talk(line, client)
        finally:
            line.streams.leave(client)

    async def _talk(self, line: "Line", client: Client) -> None:
        reading = asyncio.create_task(self._listen(line, client), name="websocket reader")
        try:
            await line.deliver(client)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if line.refusal is not None:
            raise line.refusal
        if client.ended in _ENDS:
            code, short, text = _ENDS[client.ended]
            await line.goodbye(short, text, code)

    async def _listen(self, line: "Line", client: Client) -> None:
        """Take what the client says, in its task's own pace, until one side ends it."""
        try:
            while client.ended is None:
                message = await line.hear()
                client.heard_at = line.streams.clock.monotonic()
                if isinstance(message, InvalidInput):
                    line.say(client, messages.error("bad_message", message.fields["message"], line.now))
                else:
                    await self.answer(line, client, message)
                await line.rest(client)
        except Refused as err:
            line.refusal = err
            client.end("gone")
        except Hangup:
            client.end("gone")

    async def answer(self, line: "Line", client: Client, message: Any) -> None:
        """Do what a message asks for."""
        match message:
            case messages.Auth():
                await line.take_key(client, message.token)
            case messages.Subscribe():
                self._subscribe(line, client, _topics_of(message))
            case messages.Unsubscribe():
                topics = _topics_of(message)
                line.owe(len(topics) / TOPICS_A_SECOND)
                for topic in topics:
                    line.streams.topics.leave(client, [topic])
                    line.say(client, messages.subscription("unsubscribed", topic, client.topics, line.now))

    def _subscribe(self, line: "Line", client: Client, topics: list[str]) -> None:
        line.owe(len(topics) / TOPICS_A_SECOND)
        if not topics:
            line.say(client, messages.error("bad_message", "topic: is required", line.now))
        for topic in topics:
            if topic not in client.topics and len(client.topics) >= messages.TOPICS_LIMIT:
                text = f"At most {messages.TOPICS_LIMIT} topics at a time."
                line.say(client, messages.error("too_many_topics", text, line.now, topic))
                continue
            try:
                line.streams.topics.join(client, line.streams.topics.checked(topic))
            except UnknownTopic as err:
                line.say(client, messages.error("unknown_topic", str(err), line.now, topic))
            else:
                line.say(client, messages.subscription("subscribed", topic, client.topics, line.now))


class Hangup(Exception):
    """The client has gone."""


class Line:
    """One websocket: reads what comes in its pace, writes what waits."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, known: TypeAdapter[Any]) -> None:
        self.scope = scope
        self._receive, self._send, self._known = receive, send, known
        running = runtime.current()
        self.streams: StreamHub = running.streams
        self.access, self.denials = running.access, running.denials
        self._pace = Pace(time.monotonic)
        self._said = 0
        self._owed_seconds = 0.0
        # Why the reader wants an end; the writer says so.
        self.refusal: Refused | None = None

    @property
    def now(self) -> datetime:
        """The wall clock."""
        return self.streams.clock.now()

    @property
    def authorization(self) -> str:
        """The header of the handshake; "" without one."""
        headers = dict(self.scope["headers"])
        found: bytes = headers.get(b"authorization", b"")
        return found.decode("latin-1")

    async def hear(self) -> Any:
        """The next message, or the InvalidInput that says what is wrong with it. Raises Hangup, and Refused for what is
        too large.

        Who sends too much is not read from for a while.
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Hangup
        text = message.get("text")
        data: str | bytes = text if text is not None else message.get("bytes") or b""
        if len(data) > messages.MESSAGE_BYTES:
            raise Refused("bad_message", f"A message may have {messages.MESSAGE_BYTES} bytes.", TOO_BIG)
        if (wait := self._pace.wait_seconds()) > 0:
            await asyncio.sleep(wait)
        try:
            return messages.read_message(data, self._known)
        except InvalidInput as err:
            return err

    def say(self, client: Client, text: str) -> None:
        """Put an answer behind what waits already; answers never give way to one another."""
        self._said += 1
        client.put(Batch([Frame(f"answer {self._said}", text)]))

    def owe(self, seconds: float) -> None:
        """What was asked for costs more than other messages: nothing is heard for so long."""
        self._owed_seconds += seconds

    async def rest(self, client: Client) -> None:
        """Hear no more until what was asked for is paid, and the client has read what waits for it.

        Answers give way to nothing, so who asks and does not read would fill the memory.
        """
        owed, self._owed_seconds = self._owed_seconds, 0.0
        await asyncio.sleep(owed)
        await client.outbox.has_room()

    async def authenticate(self, client: Client, before: Proof) -> None:
        """Wait for the first message, which must be a good key. Raises Refused and Hangup."""
        seconds = self.streams.limits.auth_seconds
        try:
            async with asyncio.timeout(seconds):
                message = await self.hear()
        except TimeoutError:
            raise Refused("unauthorized", f"Say who you are within {seconds:.0f} s.") from None
        if not isinstance(message, messages.Auth):
            if self.denials is not None and before.identity.via != "nothing":
                self.denials.note(before.identity, f"WS {self.scope['path']}")
            raise Refused("unauthorized", 'The first message must be {"type": "auth", "token": "lb_..."}.')
        await self.take_key(client, message.token)

    async def take_key(self, client: Client, token: str) -> None:
        """Somebody says who it is. Raises Refused."""
        authorization = f"Bearer {token}"
        proof = proof_of_key(authorization, address_of(self.scope), self.access, self.now)
        if proof is None:
            note_wrong_key(self.scope, authorization)
            raise Refused("unauthorized", "This key is not known, has ended, or may not be used from here.")
        if not proof.identity.may(BOARD_READ):
            if self.denials is not None:
                self.denials.note(proof.identity, f"WS {self.scope['path']}")
            raise Refused("forbidden", f"This key may not see the board: it lacks the permission {BOARD_READ}.")
        try:
            self.streams.introduce(client, proof)
        except TooManyStreams as err:
            raise Refused("too_many_streams", str(err), TRY_LATER) from None
        limits = self.streams.limits
        name = proof.identity.name
        self.say(client, messages.authenticated(name, limits.beat_seconds, limits.silence_seconds, self.now))

    async def deliver(self, client: Client) -> None:
        """Write what waits until the stream ends."""
        sender = Sender(client, self.streams.limits, self.streams.clock, self._send)
        async for batches, missed in sender.batches():
            if missed and client.kind == "websocket":
                await sender.write(_text(messages.missed(missed, self.now)))
            for batch in batches:
                for frame in batch.frames:
                    if not await sender.write(_text(frame.data)):
                        return

    async def goodbye(self, code: messages.Code, text: str, close_code: int) -> None:
        """Say why, and hang up; who does not read will not hear it."""
        with suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._send(_text(messages.error(code, text, self.now)))
                await self._send({"type": "websocket.close", "code": close_code, "reason": text[:120]})


def _text(text: str) -> Message:
    return {"type": "websocket.send", "text": text}


def _seat(streams: StreamHub, kind: Kind, proof: Proof | None) -> Client:
    try:
        return streams.enter(kind, proof)
    except TooManyStreams as err:
        raise Refused("too_many_streams", str(err), TRY_LATER) from None


def _topics_of(message: messages.Subscribe | messages.Unsubscribe) -> list[str]:
    return list(dict.fromkeys([*([message.topic] if message.topic else []), *message.topics]))
