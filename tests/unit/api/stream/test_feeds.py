"""What a client of events gets at first."""

import json

from monitor_app.api.stream.buffer import Filter
from monitor_app.api.stream.client import Proof
from monitor_app.api.stream.feeds import PORTION
from monitor_app.domain.status import Status
from tests.board_rows import service
from tests.unit.api.stream.test_hub import ADA, BOB, Stage


async def test_what_was_missed_is_put_together_piece_by_piece() -> None:
    async with Stage().running() as stage:
        await stage.define(1)
        hub = stage.hub
        first = hub.enter("sse", Proof(ADA))
        b"".join(hub.feeds.join(first, ""))
        seen = hub.feeds.buffer.seq
        for turn in range(PORTION * 2 + 1):
            await stage.find(1, Status.OK if turn % 2 else Status.FAILED)

        pieces = list(hub.feeds.join(hub.enter("sse", Proof(BOB)), hub.feeds.buffer.id_of(seen)))

        assert [piece.count(b"event: status") for piece in pieces] == [PORTION, PORTION, 1]
        assert b"".join(pieces).decode().rpartition("id: ")[2].startswith(hub.feeds.buffer.id_of(hub.feeds.buffer.seq))


async def test_everything_is_the_same_bytes_for_all_of_a_filter() -> None:
    async with Stage().running() as stage:
        await stage.define(1, 2)
        one, other = (list(stage.hub.feeds.join(stage.hub.enter("sse", Proof(who)), "")) for who in (ADA, BOB))
        assert one[0] is other[0]


async def test_renamed_service_goes_under_its_old_id_and_comes_under_its_new_one() -> None:
    """Else a client would keep the old one for ever."""
    async with Stage().running() as stage:
        await stage.define(1, 2)
        hub, buffer = stage.hub, stage.hub.feeds.buffer
        b"".join(hub.feeds.join(hub.enter("sse", Proof(ADA)), ""))
        listener = hub.enter("websocket", Proof(BOB))
        hub.topics.join(listener, "services.service-1")
        seen = buffer.id_of(buffer.seq)

        # One takes the name that the other had: what was called so before goes first.
        renamed = [service(2, service_id="service-1"), service(1, service_id="new")]
        await hub.on_board_changed(stage.board.apply_services(renamed))

        def told(wanted: Filter) -> list[tuple[str, str]]:
            frames = [frame for entry in buffer.since(seen) or () if (frame := entry.seen_by(wanted)) is not None]
            return [(frame.key, frame.data.split("event: ")[1].split("\n")[0]) for frame in frames]

        everything = told(Filter())
        assert sorted(everything[:2]) == [("service-1", "removed"), ("service-2", "removed")]
        assert sorted(everything[2:]) == [("new", "status"), ("service-1", "status")]
        assert told(Filter(frozenset({"service-2"}))) == [("service-2", "removed")]
        batches, _ = await listener.outbox.take() or ([], 0)
        said = [json.loads(frame.data)["event"] for batch in batches for frame in batch.frames]
        assert said == ["service_removed"]
