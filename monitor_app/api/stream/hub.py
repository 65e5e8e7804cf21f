"""All open streams: tells them what changes on the board, and ends those that may not listen any more."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from monitor_app.api.stream.buffer import Facts, Filter
from monitor_app.api.stream.client import KINDS, Client, Kind, Proof
from monitor_app.api.stream.feeds import Change, Feeds
from monitor_app.api.stream.limits import NOBODY_YET, Seats, StreamLimits, TooManyStreams, owner_of
from monitor_app.api.stream.messages import heartbeat
from monitor_app.api.stream.outbox import Batch, Frame, Outbox
from monitor_app.api.stream.topics import TopicBook
from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.events import AccessChanged, BoardChanged
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ, Identity

TICK_SECONDS = 1.0

logger = get_logger(__name__)


class Access(Protocol):
    """As far as streams need it: use_cases/access.py."""

    def of_same_proof(self, identity: Identity) -> Identity:
        """Who comes with the same proof now."""
        ...


@dataclass(frozen=True, slots=True)
class StreamStats:
    """How many are `open` of each kind, and, since the start: refused, events handed out, events that gave way to
    later ones, and clients that were cut off because they did not read.
    """

    open: Mapping[str, int]
    refused: int
    sent: int
    dropped: int
    slow_cut: int


class StreamHub:
    """Belongs to one event loop. `start` and `close` are called once."""

    def __init__(
        self,
        board: Board,
        bus: Bus,
        access: Access,
        clock: Clock,
        limits: StreamLimits | None = None,
    ) -> None:
        self.board, self.clock = board, clock
        self.limits = limits or StreamLimits()
        self.feeds = Feeds(board, clock)
        self.topics = TopicBook(board)
        self._bus, self._access = bus, access
        self._seats = Seats(self.limits)
        self._clients: set[Client] = set()
        # What was told last of each service.
        self._known: dict[int, Facts] = {}
        self._last_result_id = 0
        self._beat_at = 0.0
        self._is_stopping = False
        self._refused = self._sent = self._dropped = self._slow_cut = 0
        self._subscriptions: list[Subscription] = []
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, on the running loop."""
        self._known = {row.pk: Facts(row.definition, row.status) for row in self.board}
        self._last_result_id = self.board.last_result_id
        self._beat_at = self.clock.monotonic()
        self._subscriptions = [
            self._bus.subscribe(BoardChanged, self.on_board_changed, "streams"),
            self._bus.subscribe(AccessChanged, self.judge, "streams' access"),
        ]
        self._ticker = asyncio.create_task(self._tick(), name="streams")

    async def close(self) -> None:
        """End all streams and listen no more."""
        self.end_all()
        for subscription in self._subscriptions:
            await self._bus.unsubscribe(subscription)
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)

    def end_all(self) -> None:
        """The program stops: end every stream at once and take no new one."""
        self._is_stopping = True
        for client in list(self._clients):
            client.end("stopping")

    def stats(self) -> StreamStats:
        """The figures as they are now."""
        kinds = Counter(client.kind for client in self._clients)
        counts: dict[str, int] = {kind: kinds[kind] for kind in KINDS}
        return StreamStats(counts, self._refused, self._sent, self._dropped, self._slow_cut)

    def enter(self, kind: Kind, proof: Proof | None, wanted: Filter | None = None) -> Client:
        """A new stream, of somebody or (None) of who still has to say who it is. Raises TooManyStreams."""
        owner = NOBODY_YET if proof is None else owner_of(proof.identity)
        self._take_seat(owner)
        heard_at = self.clock.monotonic()
        client = Client(kind, Outbox(self.limits.waiting), heard_at, proof, owner, wanted or Filter())
        self._clients.add(client)
        return client

    def introduce(self, client: Client, proof: Proof) -> None:
        """A client has said who it is. Raises TooManyStreams."""
        owner = owner_of(proof.identity)
        if owner != client.owner:
            self._take_seat(owner)
            self._seats.give_back(client.owner)
        client.owner, client.proof = owner, proof

    def leave(self, client: Client) -> None:
        """A stream has ended, for whatever reason."""
        if client not in self._clients:
            return
        self._clients.discard(client)
        client.end("gone")
        self.feeds.leave(client)
        self.topics.leave(client, client.topics)
        self._seats.give_back(client.owner)
        if client.ended == "slow":
            self._slow_cut += 1
            identity = client.proof.identity if client.proof is not None else None
            logger.warning(
                "a stream was cut off that is not read fast enough",
                kind=client.kind,
                who=identity.name if identity is not None else "",
                peer=identity.address if identity is not None else "",
            )

    async def on_board_changed(self, event: BoardChanged) -> None:
        """Tell everybody."""
        for result in event.results:
            row = self.board.get(result.service_pk)
            # A service whose deletion was undone brings its past along.
            if row is not None and result.id > self._last_result_id:
                self.topics.measured(result, row)
        self._last_result_id = max([self._last_result_id, *(result.id for result in event.results)])
        gone = [*event.removed, *filter(self._is_renamed, event.service_pks)]
        changes = [*map(self._gone, gone), *map(self._changed, event.service_pks)]
        now = self.clock.now()
        told = [change for change in changes if change is not None]
        for before, after, row in told:
            self.topics.changed(before, after, row, now)
        for handed, dropped in (self.topics.hand_out(), self.feeds.tell(told)):
            self._sent += handed
            self._dropped += dropped

    async def judge(self, _event: AccessChanged | None = None) -> None:
        """Look anew at who may listen, and end the streams of who may not any more."""
        for client in list(self._clients):
            if client.proof is not None and not self._may_stay(client.proof):
                client.end("revoked")

    def _take_seat(self, owner: str) -> None:
        try:
            if self._is_stopping:
                raise TooManyStreams("Lightbulb is stopping.")
            self._seats.take(owner)
        except TooManyStreams:
            self._refused += 1
            raise

    def _gone(self, pk: int) -> Change | None:
        before = self._known.pop(pk, None)
        return None if before is None else (before, None, None)

    def _is_renamed(self, pk: int) -> bool:
        """Whether clients know the service by another id: for them that one goes and a new one comes."""
        before, row = self._known.get(pk), self.board.get(pk)
        return before is not None and row is not None and before.definition.service_id != row.definition.service_id

    def _changed(self, pk: int) -> Change | None:
        row = self.board.get(pk)
        if row is None:  # it went meanwhile, and that is told next
            return None
        before = self._known.get(pk)
        if before is None or before.definition is not row.definition or before.status is not row.status:
            self._known[pk] = Facts(row.definition, row.status)
        return before, self._known[pk], row

    def _may_stay(self, proof: Proof) -> bool:
        if proof.ends_at is not None and self.clock.now() >= proof.ends_at:
            return False
        before = proof.identity
        now = self._access.of_same_proof(before)
        is_same = (now.via, now.credential, now.account_pk) == (before.via, before.credential, before.account_pk)
        return is_same and now.may(BOARD_READ)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                self._look()
            except Exception:
                logger.exception("the streams could not be looked after")

    def _look(self) -> None:
        """What is due each second: heartbeats, clients that neither read nor say anything, tokens that have ended."""
        now, moment = self.clock.monotonic(), self.clock.now()
        is_due = now >= self._beat_at + self.limits.beat_seconds
        if is_due:
            self._beat_at = now
            self.feeds.beat()
        beat = Batch([Frame("heartbeat", heartbeat(moment))])
        for client in list(self._clients):
            if client.writing_since is not None and now >= client.writing_since + self.limits.slow_seconds:
                client.give_up()
            if client.kind == "websocket" and client.proof is not None:
                if is_due:
                    client.put(beat)
                if now > client.heard_at + self.limits.silence_seconds:
                    client.end("silent")
            ends_at = client.proof.ends_at if client.proof is not None else None
            if ends_at is not None and moment >= ends_at:
                client.end("revoked")
