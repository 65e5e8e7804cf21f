"""Watches what rules wait for beyond a plain status: metrics, percentiles, expiry, silence, shares of time, budgets.

All of it is judged from memory. What memory has to hold is read from the history when the first rule asks for it; from
then on the engine's batches keep it. After a start, spans of response times begin with the last 60 results.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from monitor_app.alerting.desk import Desk, Verdict
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
from monitor_app.domain.alerting.judging import RESPONSE_MS, UNKNOWN, Judged
from monitor_app.domain.alerting.past import ResponsePast, StatusPast
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.result import CheckResult, StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.groups import load_groups
from monitor_app.storage.history import SqlHistory

# What changes with time alone is looked at so often.
LOOK_SECONDS: Final = 15.0
# The longest span of a rule, and of a burn rate.
STATUS_SPAN: Final = timedelta(days=7, hours=1)
CHANGES_LIMIT: Final = 200_000
RECENT: Final = 60
_COUNTING: Final = frozenset({Status.OK, Status.DEGRADED, Status.FAILED})
_OVER_STATUSES: Final = (ShareCondition, BurnCondition)
# Of these only a result makes another judgement.
_BY_RESULT: Final = (MetricCondition, ExpiryCondition)

Matches = Callable[[ServiceDefinition], bool]


@dataclass(slots=True)
class _Life:
    """What is remembered of a service."""

    statuses: StatusPast = field(default_factory=StatusPast)
    # By the span in minutes.
    responses: dict[int, ResponsePast] = field(default_factory=dict)
    # The last value of each metric.
    metrics: dict[str, float] = field(default_factory=dict)
    heard_at: int | None = None
    result_id: int = 0


class Watch:
    """Judges all rules but those on a plain status. `take` costs next to nothing while there are no such rules."""

    def __init__(self, desk: Desk, history: SqlHistory | None = None) -> None:
        self._desk = desk
        self._history = history or SqlHistory(desk.database)
        self._began_at = to_millis(desk.clock.now())
        self._rules: dict[int, tuple[AlertRule, Matches]] = {}
        # The pks of the rules about each service, as of the last time that rules or services changed.
        self._of_service: dict[int, tuple[int, ...]] = {}
        self._spans: dict[int, frozenset[int]] = {}
        self._lives: dict[int, _Life] = {}
        self._told: dict[tuple[int, int], bool | None] = {}
        self._batches: list[Batch] = []
        self._fresh: set[int] = set()
        self._looked_at: float | None = None
        self._knows_statuses = False

    async def follow(self, rules: Sequence[AlertRule]) -> None:
        """These are the rules now; what changed of them is judged anew. Raises DatabaseUnavailable."""
        wanted = [rule for rule in rules if not isinstance(rule.condition, StatusCondition)]
        before = {pk: rule.document() for pk, (rule, _) in self._rules.items()}
        services = list(self._desk.services())
        tree = GroupTree()
        if wanted:
            async with self._desk.database.read() as conn:
                tree = GroupTree(await load_groups(conn), {service.group for service in services})
        new = {rule.pk: (rule, rule.scope.matcher(tree)) for rule in wanted}
        of_service = {
            service.pk: tuple(pk for pk, (_, matches) in new.items() if matches(service)) for service in services
        }
        spans = {pk: frozenset(_spans(new[rule_pk][0] for rule_pk in pks)) for pk, pks in of_service.items()}
        await self._learn(new, of_service, spans)
        self._rules, self._spans = new, spans
        self._of_service = {pk: pks for pk, pks in of_service.items() if pks}
        kept = {pk for pk, (rule, _) in new.items() if before.get(pk) == rule.document()}
        self._told = {
            key: holds
            for key, holds in self._told.items()
            if key[0] in kept and key[0] in self._of_service.get(key[1], ())
        }
        for pk in self._lives.keys() - of_service.keys():
            del self._lives[pk]
        self._looked_at = None

    def take(self, batch: Batch) -> None:
        """What was found out; dealt with at the next look."""
        if self._of_service or self._knows_statuses:
            self._batches.append(batch)

    def forget(self, service_pks: Collection[int]) -> None:
        """Nobody watches these now: when somebody does again, they are judged by what is found out then."""
        for pk in service_pks:
            if (life := self._lives.get(pk)) is not None:
                life.metrics.clear()
            for rule_pk in self._of_service.get(pk, ()):
                self._told.pop((rule_pk, pk), None)

    def move(self, by: timedelta) -> None:
        """The wall clock was set by so much: what is remembered was as long ago as before."""
        self._take_batches()
        millis = round(by.total_seconds() * 1000)
        self._began_at += millis
        for life in self._lives.values():
            life.statuses.move(millis)
            for past in life.responses.values():
                past.move(millis)
            if life.heard_at is not None:
                life.heard_at += millis

    def _take_batches(self) -> None:
        batches, self._batches = self._batches, []
        for batch in batches:
            self._remember(batch)

    def look(self, now: datetime) -> Iterable[Verdict]:
        """What has changed since the last look."""
        self._take_batches()
        fresh, self._fresh = self._fresh, set()
        monotonic, millis = self._desk.clock.monotonic(), to_millis(now)
        is_time = self._looked_at is None or monotonic - self._looked_at >= LOOK_SECONDS
        if is_time:
            self._looked_at = monotonic
        return list(self._verdicts(self._of_service if is_time else fresh, millis, is_time=is_time))

    def _verdicts(self, pks: Iterable[int], now: int, *, is_time: bool) -> Iterable[Verdict]:
        for pk in pks:
            life = self._lives.get(pk)
            if life is None:
                life = self._lives[pk] = _Life()
            if is_time and self._knows_statuses:
                life.statuses.forget(now - int(STATUS_SPAN.total_seconds() * 1000))
            for rule_pk in self._of_service.get(pk, ()):
                condition = self._rules[rule_pk][0].condition
                key = rule_pk, pk
                if not is_time and not isinstance(condition, _BY_RESULT):
                    continue
                judged = self._judge(condition, pk, life, now)
                if judged.holds is None or judged.holds is self._told.get(key):
                    continue
                self._told[key] = judged.holds
                since = _since(condition, judged, life, now)
                yield Verdict(rule_pk, pk, judged.holds, from_millis(since), judged.cause, judged.facts)

    def _judge(self, condition: Any, pk: int, life: _Life, now: int) -> Judged:
        match condition:
            case MetricCondition():
                return judging.judge_metric(condition, life.metrics)
            case ExpiryCondition():
                return judging.judge_expiry(condition, life.metrics)
            case ResponseCondition():
                return judging.judge_response(condition, life.responses.get(condition.span_minutes), now)
            case ShareCondition():
                return judging.judge_share(condition, life.statuses, now)
            case BurnCondition():
                return judging.judge_burn(condition, life.statuses, now)
            case NoDataCondition():
                return self._judge_no_data(condition, pk, life, now)
        return UNKNOWN

    def _judge_no_data(self, condition: NoDataCondition, pk: int, life: _Life, now: int) -> Judged:
        state = self._desk.state(pk)
        if state is None or state.status is Status.STOPPED:
            return UNKNOWN
        if state.breaker.phase == "open":
            # Not checked because it is known to be down: that is no silence.
            return judging.NO
        since = to_millis(state.since)
        heard_at = since if life.heard_at is None else life.heard_at
        patience = int(self._desk.patience_seconds(pk) * 1000)
        judged = judging.judge_no_data(condition, heard_at, patience, now)
        if not judged.holds and life.heard_at is None and state.status not in _COUNTING:
            return UNKNOWN  # it has begun to be waited for, which is no sign of it
        # While nobody listened, because the monitor was off or the service was paused, silence says nothing.
        listens_since = max(self._began_at, since if state.status is Status.STARTING else 0)
        if judged.holds and not judging.judge_no_data(condition, max(heard_at, listens_since), patience, now).holds:
            return UNKNOWN
        return judged

    def _remember(self, batch: Batch) -> None:
        for number, result in batch.results:
            pk = result.service_pk
            if pk in self._of_service:
                self._take_result(self._lives.setdefault(pk, _Life()), number, result)
                self._fresh.add(pk)
        if self._knows_statuses:
            for change in batch.changes:
                if isinstance(change, ServiceEvent) and change.kind == "status_changed" and change.after is not None:
                    life = self._lives.setdefault(change.service_pk, _Life())
                    life.statuses.add(to_millis(change.at), change.after)

    def _take_result(self, life: _Life, number: int, result: CheckResult | StoredResult) -> None:
        if number <= life.result_id:
            return
        life.result_id = number
        at = to_millis(result.checked_at)
        if result.status in _COUNTING:
            life.heard_at = at
        if result.metrics:
            life.metrics.update(result.metrics)
        if result.response_ms is None:
            return
        life.metrics[RESPONSE_MS] = result.response_ms
        for span in self._spans.get(result.service_pk, ()):
            past = life.responses.get(span)
            if past is None:
                past = life.responses[span] = ResponsePast(span * 60_000)
            past.add(at, int(result.response_ms * 1000))

    async def _learn(
        self,
        rules: dict[int, tuple[AlertRule, Matches]],
        of_service: dict[int, tuple[int, ...]],
        spans: dict[int, frozenset[int]],
    ) -> None:
        """Read what is asked for the first time."""
        if not self._knows_statuses and any(isinstance(rule.condition, _OVER_STATUSES) for rule, _ in rules.values()):
            await self._learn_statuses()
        new = [
            pk
            for pk, pks in of_service.items()
            if pks and (pk not in self._of_service or spans[pk] - self._spans.get(pk, frozenset()))
        ]
        if not new:
            return
        recent = await self._history.recent(RECENT, None if len(new) > RECENT else new)
        self._spans = spans
        wanted = set(new)
        for number, (pk, results) in enumerate(recent.items()):
            if pk in wanted:
                life = self._lives.setdefault(pk, _Life())
                life.result_id, life.responses = 0, {}
                for result in results:
                    self._take_result(life, result.id, result)
            if number % 500 == 0:
                await asyncio.sleep(0)

    async def _learn_statuses(self) -> None:
        now = self._desk.clock.now()
        self._knows_statuses = True
        changes = await self._history.status_changes(now - STATUS_SPAN, CHANGES_LIMIT)
        for change in reversed(changes):
            life = self._lives.setdefault(change.service_pk, _Life())
            if life.statuses.status is None and change.before is not None:
                life.statuses.add(to_millis(now - STATUS_SPAN), change.before)
            if change.after is not None:
                life.statuses.add(to_millis(change.at), change.after)
        for service in self._desk.services():
            state = self._desk.state(service.pk)
            if state is not None:
                self._lives.setdefault(service.pk, _Life()).statuses.add(to_millis(state.since), state.status)


def _spans(rules: Iterable[AlertRule]) -> set[int]:
    return {rule.condition.span_minutes for rule in rules if isinstance(rule.condition, ResponseCondition)}


def _since(condition: Any, judged: Judged, life: _Life, now: int) -> int:
    """From when on it holds, or no longer does."""
    if isinstance(condition, NoDataCondition) and judged.holds:
        return int(judged.facts["heard_at"])
    if isinstance(condition, _BY_RESULT) and life.heard_at is not None:
        return life.heard_at
    return now
