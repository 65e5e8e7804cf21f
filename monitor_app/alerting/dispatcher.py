"""Sends what is in the outbox: at least once, in order, no channel held up by another, for a day before it gives up."""

import asyncio
import os
import random
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting import dead_letters
from monitor_app.alerting.outcome import Outcome, fit, incident_key
from monitor_app.domain.alerting.delivery import next_attempt
from monitor_app.domain.alerting.message import SETTLED, has_arrived_in_part
from monitor_app.errors import DatabaseUnavailable, DeliveryFailed, InvalidInput, NotFound, SecretUnreadable
from monitor_app.log import get_logger
from monitor_app.models import ChannelRow
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.storage import notifications as outbox
from monitor_app.storage.database import Database
from monitor_app.storage.notification_log import purge
from monitor_app.storage.notifications import DEAD, PARTLY, SENT, WAITING, Claimed
from monitor_app.storage.services import raise_counter
from monitor_app.storage.settings import load_alerting_settings

# It is woken after each commit; this is for what other processes wrote, and for claims that ran out.
LOOK_SECONDS = 2.0
DEADLINE_SECONDS = 20.0
# A claim outlives the deadline, so that nobody else sends what is just being sent.
CLAIM_SECONDS = 35.0
# So many are sent to one channel at a time, of different incidents.
LANE_LIMIT = 4
RETRY_SECONDS = 1.0
PURGE_HOURS = 1.0
TIDY_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=365)
PURGE_LIMIT = 2000
RELEASE_SECONDS = 2.0
OVERTAKEN = "not to all: the others have a later one"

logger = get_logger(__name__)


class Clock(Protocol):
    """The wall clock, aware."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be delivered. `incident_key` is the same for all that is told of an incident; "" without one."""

    dedupe_key: str
    incident_key: str
    message: Mapping[str, Any]
    channel: ChannelRow


# Returns what the provider said; raises DeliveryFailed.
Deliver = Callable[[Parcel], Awaitable[str]]


class Dispatcher:
    """`run` it in a task; `wake` it after something was put into the outbox. Several processes may do the same."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        deliver: Deliver,
        *,
        chance: Callable[[], float] = random.random,
        deadline_seconds: float = DEADLINE_SECONDS,
        claim_seconds: float = CLAIM_SECONDS,
        on_change: Callable[[int], object] = lambda revision: None,
    ) -> None:
        """`on_change` is called after each commit, with the counter `alerting`."""
        self._database = database
        self._clock = clock
        self._deliver = deliver
        self._chance = chance
        self._deadline_seconds = deadline_seconds
        self._claim_seconds = claim_seconds
        self._on_change = on_change
        self._woken = asyncio.Event()
        self._name = f"{socket.gethostname()[:24]}:{os.getpid()}:{random.getrandbits(32):08x}"
        self._numbers = count(1)
        self._lanes: dict[int | None, set[asyncio.Task[None]]] = defaultdict(set)
        self._claims: dict[asyncio.Task[None], str] = {}
        # What this process sends, or has sent and could not write down yet: its claim may have run out meanwhile.
        self._under_way: set[int] = set()
        # Channels whose providers asked to be left alone.
        self._paused: dict[int | None, datetime] = {}

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def move(self, by: timedelta) -> None:
        """The wall clock was set by so much: providers wanted to be left alone for as long as before."""
        self._paused = {channel_pk: until + by for channel_pk, until in self._paused.items()}

    async def run(self) -> None:
        """Send what comes, for ever. What is under way when it ends is given back."""
        is_available = True
        purged_at: datetime | None = None
        tidied_at: datetime | None = None
        try:
            while True:
                self._woken.clear()
                wait = LOOK_SECONDS
                try:
                    wait = await self.look()
                    if purged_at is None or self._clock.now() - purged_at >= timedelta(hours=PURGE_HOURS):
                        purged_at = await self.purge()
                    if tidied_at is None or abs(self._clock.now() - tidied_at) >= TIDY_EVERY:
                        tidied_at = await self.tidy()
                    is_available = True
                except DatabaseUnavailable as err:
                    if is_available:
                        logger.error("notifications cannot be sent: the database is away", reason=str(err))
                    is_available = False
                await self._sleep(wait)
        finally:
            await self._end()

    async def look(self) -> float:
        """Begin to send all that may be sent now; returns for how many seconds nothing else is due.

        Raises DatabaseUnavailable.
        """
        now = self._clock.now()
        await self._divert(now)
        async with self._database.read() as conn:
            lanes = [pk for pk in await outbox.lanes_due(conn, now) if self._places(pk, now)]
            soonest = await outbox.next_due(conn, now)
        if lanes:
            async with self._database.write() as conn:
                taken = [one for pk in lanes for one in await self._claim(conn, pk, now)]
            for claimed, channel in taken:
                self._begin(claimed, channel)
        return LOOK_SECONDS if soonest is None else min(LOOK_SECONDS, max(0.0, (soonest - now).total_seconds()))

    async def idle(self) -> None:
        """Wait until nothing is being sent."""
        while tasks := [task for lane in self._lanes.values() for task in lane]:
            await asyncio.wait(tasks)

    async def purge(self) -> datetime:
        """Drop what is older than a year; returns when that was."""
        now = self._clock.now()
        async with self._database.write() as conn:
            await purge(conn, now - KEPT, PURGE_LIMIT)
        return now

    async def tidy(self) -> datetime:
        """Look after the alerts of channels that take nothing; returns when that was."""
        now = self._clock.now()
        async with self._database.read() as conn:
            pause = (await load_alerting_settings(conn)).pace.update
            is_needed = await dead_letters.has_work(conn, now, pause)
        if is_needed:
            async with self._database.write() as conn:
                revision = await raise_counter(conn, ALERTING_REVISION)
                await dead_letters.tidy(conn, now, revision, pause)
            self._on_change(revision)
            self.wake()
        return now

    async def _divert(self, now: datetime) -> None:
        """What waits for a channel that is used no more is told elsewhere."""
        async with self._database.read() as conn:
            if not await outbox.has_strays(conn):
                return
        async with self._database.write() as conn:
            revision = await raise_counter(conn, ALERTING_REVISION)
            await dead_letters.divert(conn, now, revision)
        self._on_change(revision)

    async def _claim(
        self, conn: AsyncConnection, channel_pk: int | None, now: datetime
    ) -> list[tuple[Claimed, ChannelRow | None]]:
        until = now + timedelta(seconds=self._claim_seconds)
        taken = await outbox.claim(
            conn,
            channel_pk,
            now,
            claim=f"{self._name}:{next(self._numbers)}",
            until=until,
            limit=self._places(channel_pk, now),
            but=self._under_way,
        )
        channel = None if channel_pk is None or not taken else await outbox.load_channel(conn, channel_pk)
        return [(claimed, channel) for claimed in taken if not await self._is_overtaken(conn, claimed, now)]

    async def _is_overtaken(self, conn: AsyncConnection, claimed: Claimed, now: datetime) -> bool:
        """Those who have not got it so far know what came later: that it was down is no news after it is up."""
        if not has_arrived_in_part(claimed.message) or not await outbox.is_overtaken(conn, claimed):
            return False
        await outbox.settle(conn, claimed, SENT, now, why=OVERTAKEN)
        return True

    def _places(self, channel_pk: int | None, now: datetime) -> int:
        paused = self._paused.get(channel_pk)
        if paused is not None and paused > now:
            return 0
        self._paused.pop(channel_pk, None)
        return LANE_LIMIT - len(self._lanes[channel_pk])

    def _begin(self, claimed: Claimed, channel: ChannelRow | None) -> None:
        task = asyncio.create_task(self._send(claimed, channel), name=f"notification {claimed.pk}")
        self._lanes[claimed.channel_pk].add(task)
        self._claims[task] = claimed.claim
        self._under_way.add(claimed.pk)
        task.add_done_callback(lambda done: self._finished(claimed, done))

    def _finished(self, claimed: Claimed, task: asyncio.Task[None]) -> None:
        self._under_way.discard(claimed.pk)
        lane = self._lanes[claimed.channel_pk]
        lane.discard(task)
        if not lane:
            del self._lanes[claimed.channel_pk]
        if task.cancelled():
            return
        self._claims.pop(task, None)
        if (err := task.exception()) is not None:  # its claim runs out, then it is tried again
            logger.error("a notification could not be dealt with", reason=repr(err), exc_info=err)
        self._woken.set()

    async def _send(self, claimed: Claimed, channel: ChannelRow | None) -> None:
        if channel is None or not channel.enabled:  # it is told elsewhere at the next look
            await self._settle(lambda conn, now: _put_back(conn, claimed, now))
        else:
            outcome = await self._attempt(claimed, channel)
            await self._settle(lambda conn, now: self._note(conn, claimed, channel, outcome, now))

    async def _attempt(self, claimed: Claimed, channel: ChannelRow) -> Outcome:
        parcel = Parcel(claimed.dedupe_key, incident_key(claimed), claimed.message, channel)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                answer = await self._deliver(parcel)
        except DeliveryFailed as err:
            return Outcome(fit(str(err)), err)
        except TimeoutError:
            text = f"no answer within {self._deadline_seconds:g} s: it may have arrived all the same"
            return Outcome(text, DeliveryFailed(text, is_ambiguous=True))
        except (SecretUnreadable, InvalidInput, NotFound) as err:
            return Outcome(fit(str(err)), DeliveryFailed(str(err), is_final=True))
        except Exception as err:
            logger.exception("a notifier has failed", kind=channel.kind, notification=claimed.pk)
            text = fit(f"this kind of channel has failed: {type(err).__name__}")
            return Outcome(text, DeliveryFailed(text, is_ambiguous=True))
        return Outcome(fit(answer))

    async def _note(
        self, conn: AsyncConnection, claimed: Claimed, channel: ChannelRow, outcome: Outcome, now: datetime
    ) -> int | None:
        assert claimed.channel_pk is not None
        failure = outcome.failure
        if failure is None:
            if not await outbox.settle(conn, claimed, SENT, now, answer=outcome.answer):
                return None
            await outbox.note_success(conn, claimed.channel_pk, now)
            revision = await raise_counter(conn, ALERTING_REVISION)
            await dead_letters.revive(conn, channel, now, revision)
            return revision
        settings = await load_alerting_settings(conn)
        give_up, wish = timedelta(hours=settings.give_up_hours), failure.retry_after_seconds
        again = next_attempt(now, claimed.created_at, claimed.attempts, self._chance(), wish, give_up)
        if again is not None and not failure.is_final:
            return await self._put_off(conn, claimed, channel, outcome, now, again)
        why = "refused for good" if failure.is_final else f"given up after {settings.give_up_hours} hours"
        if "" in failure.settled.values():  # the server has judged each by itself
            return await self._note_partial(conn, claimed, channel, outcome, now, why)
        return await self._bury(conn, claimed, channel, outcome, now, why, settings.pace.update)

    async def _note_partial(
        self, conn: AsyncConnection, claimed: Claimed, channel: ChannelRow, outcome: Outcome, now: datetime, why: str
    ) -> int | None:
        """Some receivers have it, the others do not get it any more."""
        assert claimed.channel_pk is not None
        if not await outbox.settle(conn, claimed, SENT, now, answer=outcome.answer, why=f"not to all: {why}"):
            return None
        await outbox.note_success(conn, claimed.channel_pk, now)
        await outbox.note_failure(conn, claimed.channel_pk, now, outcome.answer)
        revision = await raise_counter(conn, ALERTING_REVISION)
        await dead_letters.revive(conn, channel, now, revision, is_partial=True)
        await dead_letters.note_refused(conn, claimed, channel, outcome.answer, now, revision)
        logger.error("a notification was not delivered to all", channel=channel.name, reason=outcome.answer)
        return revision

    async def _put_off(
        self,
        conn: AsyncConnection,
        claimed: Claimed,
        channel: ChannelRow,
        outcome: Outcome,
        now: datetime,
        again: datetime,
    ) -> int | None:
        assert claimed.channel_pk is not None
        settled = outcome.failure.settled if outcome.failure is not None else {}
        message = {**claimed.message, SETTLED: settled} if settled else None
        why = PARTLY if has_arrived_in_part(message or claimed.message) else ""
        if not await outbox.settle(
            conn, claimed, WAITING, now, answer=outcome.answer, why=why, due_at=again, message=message
        ):
            return None
        await outbox.note_failure(conn, claimed.channel_pk, now, outcome.answer)
        if outcome.failure is not None and outcome.failure.retry_after_seconds:
            self._paused[claimed.channel_pk] = again
            await outbox.put_off(conn, claimed.channel_pk, again)
        revision = await raise_counter(conn, ALERTING_REVISION)
        if any(settled.values()) and "" in settled.values():  # while nobody has it nothing is known of the channel
            await dead_letters.note_refused(conn, claimed, channel, outcome.answer, now, revision)
        return revision

    async def _bury(
        self,
        conn: AsyncConnection,
        claimed: Claimed,
        channel: ChannelRow,
        outcome: Outcome,
        now: datetime,
        why: str,
        pause: timedelta,
    ) -> int | None:
        assert claimed.channel_pk is not None
        is_known = has_arrived_in_part(claimed.message)
        state, reason = (SENT, f"not to all: {why}") if is_known else (DEAD, why)
        if not await outbox.settle(conn, claimed, state, now, answer=outcome.answer, why=reason):
            return None
        await outbox.note_failure(conn, claimed.channel_pk, now, outcome.answer)
        untold = "nothing of this incident arrived there"
        for incident_pk in [] if is_known else await outbox.incidents_of(conn, claimed.pk):
            await outbox.hold_untold_ends(conn, claimed.channel_pk, incident_pk, untold, now)
        revision = await raise_counter(conn, ALERTING_REVISION)
        await dead_letters.bury(conn, claimed, channel, outcome.answer, now, revision, pause)
        logger.error("a notification was not delivered", channel=channel.name, reason=outcome.answer)
        return revision

    async def _settle(self, write: Callable[[AsyncConnection, datetime], Awaitable[int | None]]) -> None:
        """Write down what became of one, as soon as the database is there; before that nothing else knows of it."""
        while True:
            try:
                async with self._database.write() as conn:
                    revision = await write(conn, self._clock.now())
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                if revision is not None:
                    self._on_change(revision)
                return

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _end(self) -> None:
        """Cancel what is being sent and give it back."""
        tasks = [task for lane in self._lanes.values() for task in lane]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        claims = sorted(set(self._claims.values()))
        self._claims.clear()
        if not claims:
            return
        try:
            async with asyncio.timeout(RELEASE_SECONDS), self._database.write() as conn:
                await outbox.release(conn, claims, self._clock.now())
        except (DatabaseUnavailable, TimeoutError) as err:
            logger.warning("notifications that were being sent wait until their claims run out", reason=str(err))


async def _put_back(conn: AsyncConnection, claimed: Claimed, now: datetime) -> int | None:
    if not await outbox.settle(conn, claimed, WAITING, now, due_at=now):
        return None
    return await raise_counter(conn, ALERTING_REVISION)
