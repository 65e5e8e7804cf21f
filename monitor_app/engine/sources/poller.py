"""The life of one source: polled, watched for changes, doubted, waited for when it is away."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from monitor_app.domain.report import Report, document
from monitor_app.domain.result import CheckResult
from monitor_app.domain.source import (
    Observation,
    Observed,
    Reading,
    Source,
    SourceState,
    message_of,
    metrics_of,
    sections_of,
    standing_of,
)
from monitor_app.domain.status import Status
from monitor_app.engine.clock import Clock
from monitor_app.engine.sources.receiver import Engine
from monitor_app.engine.sources.sync import Sync, Synced, Wording, known_of
from monitor_app.errors import DatabaseUnavailable, LightbulbError
from monitor_app.log import get_logger
from monitor_app.plugins.source_kinds import SourceConfig, SourceContext, SourceKind
from monitor_app.storage.database import Database

# A poll has this long for all its answers together.
POLL_LIMIT_SECONDS = 120.0
# A source that is away is asked again after these pauses, then each time after the last of them, or its interval.
PAUSES_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
# After a change was seen, others wait so long: a restart of a hundred services shall not make a hundred polls.
CHANGE_GAP_SECONDS = 0.5
# And so many times as long as a poll takes, so that one that changes all the time costs a tenth of it; so far ahead may
# that be spent, so that a few changes one after the other are all seen at once.
CHANGE_GAP_POLLS = 10
CHANGE_AHEAD_SECONDS = 15.0
# A poll between two regular ones gives results of those services only that changed; of the others one is due when this
# share of the interval has passed.
DUE_SHARE = 0.8
AGAIN_SECONDS = 0.05
# So many results are recorded before checks have their turn again.
TURN = 50
WATCH_RETRY_SECONDS = 5.0
WATCH_RETRY_LIMIT_SECONDS = 60.0
# What is read while the database is away is held for services that are not in it yet; the oldest goes first.
HELD_READINGS = 60
# What there was in so many polls is remembered, so that a token that loses rights bit by bit is doubted, too.
LATELY_POLLS = 10
# Polls closer together than this share of the interval are no second witness that something is gone.
WITNESS_SHARE = 0.5

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading that was not wholly dealt with yet."""

    at: datetime
    reading: Reading


class Poller:
    """One connection. `soon(seconds)` has `poll` called after so long; it is never called while it runs."""

    def __init__(
        self,
        source: Source,
        kind: SourceKind,
        network: Any,
        database: Database,
        clock: Clock,
        engine: Engine,
        soon: Callable[[float], None],
    ) -> None:
        self.source = source
        self._kind = kind
        self._clock = clock
        self._engine = engine
        self._soon = soon
        self._context = SourceContext(network)
        model = kind.config_model
        self._sync = Sync(database, source, Wording(model.kind_title, model.check_kind, model.service_type))
        self._config: SourceConfig | None = None
        self._state = SourceState(source.pk, "ok", clock.now())
        self._read_at = clock.monotonic()
        self._counted_at = self._paid_at = float("-inf")
        self._missed: Mapping[str, int] = {}
        # How many services there were in each of the last polls that count.
        self._lately: deque[int] = deque(maxlen=LATELY_POLLS)
        self._held: deque[_Read] = deque(maxlen=HELD_READINGS)
        # The word and checks last written of each service.
        self._written: dict[int, tuple[str, tuple[Mapping[str, Any], ...]]] = {}
        self._is_polling = False
        self._is_wanted = False
        # A person wants results of all services, changed or not.
        self._is_ordered = False
        # When each service's last result was, and what it said.
        self._recorded: dict[int, tuple[datetime, Status, str]] = {}
        self._is_silenced = False
        self._is_stored = True
        self._answered = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    def load(
        self, state: SourceState | None, observations: Mapping[int, Observation], told: Collection[int] = ()
    ) -> None:
        """Go on from what an earlier engine has written: the time of grace, too, does not begin anew.

        `told` are services whose checks are kept as they were observed.
        """
        if state is not None:
            self._state = replace(state, failures=0)
            if state.read_at is not None:
                self._read_at -= max(0.0, (self._clock.now() - state.read_at).total_seconds())
        self._written = {pk: (each.word, each.checks) for pk, each in observations.items()}
        for pk in told:
            if (known := self._written.get(pk)) is not None:
                self._engine.know(pk, standing_of(*known))

    def start(self) -> None:
        """Begin to watch; the polls are made by who calls `poll`."""
        self._watching = asyncio.create_task(self._watch(), name=f"watch {self.source.slug}")

    async def stop(self) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def order(self) -> None:
        """A person wants to know: poll as soon as possible, and tell of every service."""
        self._is_ordered = True
        self.want()

    def want(self) -> None:
        """Poll as soon as possible; during a poll: once more after it."""
        if self._is_polling:
            self._is_wanted = True
        else:
            self._soon(0.0)

    async def poll(self) -> None:
        """Read everything, and record it. Never raises what a source or a database may raise."""
        self._is_polling = True
        try:
            await self._poll()
        except Exception as err:
            # A bug must not end the polls of this source.
            logger.exception("a source could not be polled", source=self.source.slug, reason=repr(err))
            await self._fail(f"the poll itself failed: {type(err).__name__}")
        finally:
            self._is_polling = False
            if self._is_wanted:
                self._is_wanted = False
                # Not at once: until this has returned it counts as running, and would not be run a second time.
                self._soon(AGAIN_SECONDS)

    def tend(self) -> None:
        """To be called every few seconds: a source that is away for too long makes its services UNKNOWN."""
        if self._state.state != "away":
            return
        services = [service for service in self._engine.services_of(self.source.pk) if service.gone_at is None]
        self._engine.hear(service.pk for service in services)
        away_seconds = self._clock.monotonic() - self._read_at
        if self._is_silenced or away_seconds < self.source.grace_seconds:
            return
        self._is_silenced = True
        at = self._clock.now() - timedelta(seconds=away_seconds - self.source.grace_seconds)
        for service in services:
            if service.enabled:
                self._engine.silence(service.pk, at, f"{self._kind.title} tells nothing: {self._state.error}")

    async def _poll(self) -> None:
        began, now = self._clock.monotonic(), self._clock.now()
        try:
            config = self._parsed()
            async with asyncio.timeout(POLL_LIMIT_SECONDS):
                reading = await self._kind.poller.poll(self._context, config)
        except TimeoutError:
            await self._fail(f"it did not answer everything within {POLL_LIMIT_SECONDS:g} s")
            return
        except LightbulbError as err:
            await self._fail(str(err))
            return
        self._back(now)
        self._held.append(_Read(now, reading))
        synced = await self._settle(reading, now)
        seconds = round(self._clock.monotonic() - began, 3)
        counts = {
            "services": len(reading.services),
            "checks": reading.check_count,
            "new": len(synced.new),
            "changed": len(synced.changed) + len(synced.returned),
            "gone": len(synced.gone),
        }
        logger.info("a source was polled", source=self.source.slug, seconds=seconds, **counts)
        self._state = replace(
            self._state,
            state="doubted" if synced.doubt else "ok",
            since=self._state.since if bool(synced.doubt) == (self._state.state == "doubted") else now,
            polled_at=now,
            read_at=now,
            seconds=seconds,
            doubt=synced.doubt,
            facts={**counts, **reading.facts},
        )
        if synced.doubt:
            logger.warning("a source's catalogue is doubted", source=self.source.slug, reason=synced.doubt)
        await self._store(self._observations(reading, now))
        self._answered.set()

    def _parsed(self) -> SourceConfig:
        """Raises InvalidInput and SecretUnreadable."""
        if self._config is None:
            self._config = self._kind.parse(self.source.config)
        return self._config

    def _back(self, now: datetime) -> None:
        self._read_at = self._clock.monotonic()
        self._is_silenced = False
        if self._state.failures or self._state.state == "away":
            logger.info("a source answers again", source=self.source.slug, failures=self._state.failures)
            self._state = replace(self._state, state="ok", since=now, error="", failures=0)

    async def _fail(self, error: str) -> None:
        """It is away: asked again after longer and longer pauses."""
        now, failures = self._clock.now(), self._state.failures + 1
        if failures == 1:
            logger.warning("a source does not answer", source=self.source.slug, reason=error)
        is_new = self._state.state != "away"
        self._state = replace(
            self._state,
            state="away",
            since=now if is_new else self._state.since,
            polled_at=now,
            error=error,
            failures=failures,
        )
        pause = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS)) - 1]
        self._soon(min(pause, max(self.source.interval_seconds, PAUSES_SECONDS[-1])))
        self.tend()
        await self._store([])

    async def _settle(self, reading: Reading, now: datetime) -> Synced:
        """Bring the table to what was read, then give all that was read and is not recorded yet to the engine."""
        known = [known_of(service) for service in self._engine.services_of(self.source.pk)]
        is_counted = self._clock.monotonic() - self._counted_at >= WITNESS_SHARE * self.source.interval_seconds
        synced = Synced(missed=self._missed)
        try:
            most = max(self._lately, default=0)
            synced = await self._sync.write(reading, known, self._missed, now, is_counted=is_counted, most=most)
            await self._engine.follow()
            self._is_stored = True
        except DatabaseUnavailable as err:
            self._complain(err)
        else:
            if self._missed and synced.gone:
                # Enough polls have agreed: from now on that is how many there are.
                self._lately.clear()
            self._missed = synced.missed
            if is_counted:
                self._counted_at = self._clock.monotonic()
                self._lately.append(len(reading.services) + len(synced.missed))
        await self._record(is_whole=self._is_stored)
        return synced

    async def _record(self, *, is_whole: bool) -> None:
        """Results of what was read, each at its own time; what belongs to no service yet waits for the database."""
        is_ordered, self._is_ordered = self._is_ordered, False
        pks = {service.source_key: service for service in self._engine.services_of(self.source.pk)}
        waiting: list[_Read] = []
        for read in self._held:
            left = []
            for number, observed in enumerate(read.reading.services):
                if number % TURN == TURN - 1:
                    await asyncio.sleep(0)
                service = pks.get(observed.key)
                if service is None:
                    left.append(observed)
                elif service.enabled:
                    result = self._result(service.pk, read.at, observed)
                    if is_ordered or self._is_due(result):
                        self._recorded[service.pk] = result.checked_at, result.status, result.message
                        self._engine.take(result)
                    else:
                        self._engine.hear([service.pk])
            if left and not is_whole:
                waiting.append(_Read(read.at, Reading(tuple(left))))
        self._held.clear()
        self._held.extend(waiting)

    def _is_due(self, result: CheckResult) -> bool:
        """Whether it says something else than the last one, or that was long enough ago."""
        known = self._recorded.get(result.service_pk)
        if known is None or known[1:] != (result.status, result.message):
            return True
        seconds = (result.checked_at - known[0]).total_seconds()
        return not 0 <= seconds < DUE_SHARE * self.source.interval_seconds

    def _result(self, service_pk: int, at: datetime, observed: Observed) -> CheckResult:
        secrets = self._config.repeatable_secrets if self._config is not None else ()
        build = partial(_document, observed, secrets)
        return CheckResult(
            service_pk,
            at,
            observed.status,
            message_of(observed),
            metrics=metrics_of(observed),
            check_id=f"{self.source.slug}-{int(at.timestamp())}",
            report=Report(build, standing_of(observed.word, [check.document() for check in observed.checks])),
        )

    def _observations(self, reading: Reading, now: datetime) -> list[Observation]:
        """What is not as it was written last."""
        pks = {service.source_key: service.pk for service in self._engine.services_of(self.source.pk)}
        found = []
        for observed in reading.services:
            pk = pks.get(observed.key)
            if pk is None:
                continue
            told = observed.word, tuple(check.document() for check in observed.checks)
            if self._written.get(pk) != told:
                found.append(Observation(pk, now, *told))
        return found

    async def _store(self, observations: Sequence[Observation]) -> None:
        try:
            await self._sync.store(self._state, observations)
        except DatabaseUnavailable as err:
            self._complain(err)
            return
        self._is_stored = True
        self._written |= {each.service_pk: (each.word, each.checks) for each in observations}

    def _complain(self, err: DatabaseUnavailable) -> None:
        if self._is_stored:
            logger.error("what a source told cannot be written yet", source=self.source.slug, reason=str(err))
        self._is_stored = False

    async def _watch(self) -> None:
        """Poll at once when the source tells of a change, for as long as it does."""
        pause = WATCH_RETRY_SECONDS
        while True:
            await self._answered.wait()
            try:
                async for _ in self._kind.poller.watch(self._context, self._parsed()):
                    pause = WATCH_RETRY_SECONDS
                    self.want()
                    await asyncio.sleep(self._gap_seconds())
                return
            except LightbulbError as err:
                logger.debug("a source cannot be watched for changes", source=self.source.slug, reason=str(err))
                # Whether it is away at all shows a poll.
                self.want()
            except Exception:
                logger.exception("a source cannot be watched for changes", source=self.source.slug)
            self._answered.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, WATCH_RETRY_LIMIT_SECONDS)

    def _gap_seconds(self) -> float:
        now = self._clock.monotonic()
        self._paid_at = max(self._paid_at, now) + CHANGE_GAP_POLLS * (self._state.seconds or 0.0)
        return max(CHANGE_GAP_SECONDS, self._paid_at - now - CHANGE_AHEAD_SECONDS)


def _document(observed: Observed, secrets: Sequence[str]) -> dict[str, Any]:
    return document(sections_of(observed), secrets)
