"""Trying an alert rule against the past: when it would have fired, by what is kept of the history.

Dependencies, maintenance that was announced, silences and flapping are not part of it: what they would have held is
told as if it had fired.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from monitor_app.domain.alerting import judging
from monitor_app.domain.alerting.condition import (
    BurnCondition,
    ExpiryCondition,
    MetricCondition,
    NoDataCondition,
    ResponseCondition,
    ShareCondition,
    StatusCondition,
)
from monitor_app.domain.alerting.judging import RESPONSE_MS, Judged
from monitor_app.domain.alerting.trial import Held, held_samples, held_statuses, over_responses, over_time
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.given import given_number
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.sketch import Sketch
from monitor_app.domain.status import Status
from monitor_app.errors import Busy
from monitor_app.models.types import from_millis, to_millis
from monitor_app.security.permissions import ALERT_RULE_WRITE, Identity
from monitor_app.storage.alert_rules import load_last_status, load_status_changes
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.alert_rules import AlertRules, Draft
from monitor_app.use_cases.services import Clock

DAYS_MAX: Final = 90
DAYS: Final = 30
# Of results one by one, and of summaries, so many are looked at, of so many services; of changes of the status all.
SERVICES_LIMIT: Final = 500
RESULTS_LIMIT: Final = 500_000
SUMMARIES_LIMIT: Final = 432_000
FIRINGS_LIMIT: Final = 200
_SUMMARY_SECONDS: Final = 300
# More than one at a time would keep everybody else waiting.
_AT_ONCE: Final = 1


@dataclass(frozen=True, slots=True)
class Firing:
    """The rule would have fired at `at`, and been over at `until`; None: it would still be open."""

    service_id: str
    label: str
    at: datetime
    until: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done. `tried` of `services` were looked at, `since` then.

    `firings` are the latest of all `count`. `too_short` is how often it held, but not for long enough.
    """

    since: datetime
    until: datetime
    count: int
    too_short: int
    firings: Sequence[Firing]
    services: int
    tried: int
    # There were too many results to look at those of all of them.
    is_cut: bool = False


class AlertTrials:
    """For who may keep rules."""

    def __init__(self, database: Database, clock: Clock, rules: AlertRules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules
        self._history = SqlHistory(database)
        self._running = 0

    async def run(self, identity: Identity, values: Mapping[str, Any], days: Any = DAYS) -> Trial:
        """Try a rule that somebody thinks of. Raises InvalidInput with a message for each wrong field, Busy."""
        identity.require(ALERT_RULE_WRITE)
        draft = await self._rules.checked(identity, values)
        span = timedelta(days=given_number("days", days, 1, DAYS_MAX))
        if self._running >= _AT_ONCE:
            raise Busy("another rule is being tried just now; try again in a moment")
        self._running += 1
        try:
            return await self._run(draft, span)
        finally:
            self._running -= 1

    async def _run(self, draft: Draft, span: timedelta) -> Trial:
        until = self._clock.now()
        since = until - span
        held, tried, is_cut = await self._held(draft, since, until)
        now = to_millis(until)
        labels = {service.pk: service for service in draft.services}
        fired: list[tuple[int, ServiceDefinition, Held]] = []
        short = 0
        for pk, spans in held.items():
            for each in spans:
                at = each.fired_at(draft.for_seconds, now)
                if at is None:
                    short += 1
                else:
                    fired.append((at, labels[pk], each))
        fired.sort(key=lambda firing: firing[0], reverse=True)
        firings = [
            Firing(
                service.service_id,
                service.label,
                from_millis(at),
                None if each.until is None else from_millis(each.until),
                each.cause,
            )
            for at, service, each in fired[:FIRINGS_LIMIT]
        ]
        return Trial(since, until, len(fired), short, firings, len(draft.services), tried, is_cut)

    async def _held(self, draft: Draft, since: datetime, until: datetime) -> tuple[dict[int, list[Held]], int, bool]:
        condition = draft.condition
        pks = [service.pk for service in draft.services]
        match condition:
            case StatusCondition():
                return await self._by_status(pks, condition.statuses, since, until), len(pks), False
            case NoDataCondition():
                # A service that is silent is UNKNOWN from when it was; it may be so for other reasons as well.
                found = await self._by_status(pks, (Status.UNKNOWN,), since, until)
                least = condition.minutes * 60_000
                now = to_millis(until)
                return (
                    {
                        pk: [each for each in spans if (each.until or now) - each.since >= least]
                        for pk, spans in found.items()
                    },
                    len(pks),
                    False,
                )
            case ShareCondition() | BurnCondition():
                return await self._by_time(pks, condition, since, until), len(pks), False
            case ResponseCondition():
                few = pks[: _services_of(span=until - since)]
                return await self._by_summaries(few, condition, since, until), len(few), False
            case _:
                return await self._by_results(pks[:SERVICES_LIMIT], condition, since, until)

    async def _changes(
        self, pks: Sequence[int], since: datetime, until: datetime
    ) -> dict[int, list[tuple[int, Status, str]]]:
        """Of each service in order: when, to what, why; the first is what it was before."""
        async with self._database.read() as conn:
            events = await load_status_changes(conn, pks, since, until)
            quiet = [pk for pk in pks if pk not in events]
            last = await load_last_status(conn, quiet)
        found: dict[int, list[tuple[int, Status, str]]] = {}
        for pk, own in events.items():
            found[pk] = [
                *_before(own[0], since),
                *((to_millis(e.at), e.after, e.reason) for e in own if e.after is not None),
            ]
        for pk, (at, status, why) in last.items():
            if at <= since:
                found[pk] = [(to_millis(at), status, why)]
        return found

    async def _by_status(
        self, pks: Sequence[int], statuses: Sequence[Status], since: datetime, until: datetime
    ) -> dict[int, list[Held]]:
        changes = await self._changes(pks, since, until)
        begin = to_millis(since)
        return {pk: list(held_statuses(own, statuses, begin)) for pk, own in changes.items()}

    async def _by_time(
        self, pks: Sequence[int], condition: ShareCondition | BurnCondition, since: datetime, until: datetime
    ) -> dict[int, list[Held]]:
        statuses = condition.statuses if isinstance(condition, ShareCondition) else (Status.FAILED,)
        changes = await self._changes(pks, since, until)
        # Of one that was never so there is nothing to find out.
        some = {pk: own for pk, own in changes.items() if any(status in statuses for _, status, _ in own)}
        ends = to_millis(since), to_millis(until)
        found = {}
        for pk, own in some.items():
            found[pk] = await asyncio.to_thread(_held_over_time, condition, own, *ends)
        return found

    async def _by_summaries(
        self, pks: Sequence[int], condition: ResponseCondition, since: datetime, until: datetime
    ) -> dict[int, list[Held]]:
        ends = to_millis(since), to_millis(until)
        found = {}
        for pk in pks:
            summaries = await self._history.summaries(
                pk, _SUMMARY_SECONDS, int(since.timestamp()), int(until.timestamp())
            )
            sketches = {start * 1000: summary.sketch for start, summary in summaries.items()}
            found[pk] = await asyncio.to_thread(_held_over_responses, condition, sketches, *ends)
        return found

    async def _by_results(
        self, pks: Sequence[int], condition: Any, since: datetime, until: datetime
    ) -> tuple[dict[int, list[Held]], int, bool]:
        found: dict[int, list[Held]] = {}
        left = RESULTS_LIMIT
        for pk in pks:
            if left <= 0:
                return found, len(found), True
            samples: list[tuple[int, Judged]] = []
            async for columns in self._history.columns(pk, since, until):
                left -= len(columns)
                for at, answer_ms, metrics in zip(
                    columns.checked_at, columns.response_ms, columns.metrics, strict=True
                ):
                    samples.append((at, _judged(condition, answer_ms, metrics)))
                await asyncio.sleep(0)
            samples.sort(key=lambda sample: sample[0])
            found[pk] = list(held_samples(samples))
        return found, len(found), False


def _services_of(span: timedelta) -> int:
    """How many services can be looked at by their summaries."""
    return min(SERVICES_LIMIT, SUMMARIES_LIMIT // (span // timedelta(seconds=_SUMMARY_SECONDS)))


def _judged(condition: MetricCondition | ExpiryCondition, answer_ms: float | None, metrics: Any) -> Judged:
    measured: dict[str, float] = dict(metrics or {})
    if answer_ms is not None:
        measured[RESPONSE_MS] = answer_ms
    if isinstance(condition, MetricCondition):
        return judging.judge_metric(condition, measured)
    return judging.judge_expiry(condition, measured)


def _held_over_time(
    condition: ShareCondition | BurnCondition, changes: Sequence[tuple[int, Status, str]], since: int, until: int
) -> list[Held]:
    return list(held_samples(over_time(condition, changes, since, until)))


def _held_over_responses(
    condition: ResponseCondition, sketches: Mapping[int, Sketch], since: int, until: int
) -> list[Held]:
    return list(held_samples(over_responses(condition, sketches, since, until)))


def _before(first: ServiceEvent, since: datetime) -> list[tuple[int, Status, str]]:
    return [] if first.before is None else [(to_millis(since), first.before, "")]
