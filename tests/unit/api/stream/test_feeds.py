"""What a client of events gets at first."""

from monitor_app.api.stream.client import Proof
from monitor_app.api.stream.feeds import PORTION
from monitor_app.domain.status import Status
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
