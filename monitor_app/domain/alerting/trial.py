"""What a rule would have done in the past: the times in which what it waits for was there."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor_app.domain.alerting import judging
from monitor_app.domain.alerting.condition import BurnCondition, ResponseCondition, ShareCondition
from monitor_app.domain.alerting.judging import RESPONSES_MIN, Judged
from monitor_app.domain.alerting.past import StatusPast
from monitor_app.domain.sketch import Sketch, merge_into, quantiles
from monitor_app.domain.status import Status

# What changes with time alone is tried so often.
STEP_MS = 300_000


@dataclass(frozen=True, slots=True)
class Held:
    """What a rule waits for was there; `until` None: it still is. Times are ms since 1970."""

    since: int
    until: int | None
    cause: str

    def fired_at(self, for_seconds: int, now: int) -> int | None:
        """When the rule would have fired; None: it was over before."""
        at = self.since + for_seconds * 1000
        return at if at <= (now if self.until is None else self.until) else None


def held_statuses(changes: Iterable[tuple[int, Status, str]], statuses: Sequence[Status], since: int) -> Iterator[Held]:
    """By changes of the status in order: when, to what, why. One that began before `since` begins with it."""
    begun: tuple[int, str] | None = None
    for at, status, why in changes:
        if status in statuses:
            begun = begun or (max(at, since), why)
        elif begun is not None:
            if at > since:
                yield Held(begun[0], at, begun[1])
            begun = None
    if begun is not None:
        yield Held(begun[0], None, begun[1])


def held_samples(samples: Iterable[tuple[int, Judged]]) -> Iterator[Held]:
    """By judgements in order of time; where nothing is known, nothing changes."""
    begun: tuple[int, str] | None = None
    for at, judged in samples:
        if judged.holds and begun is None:
            begun = (at, judged.cause)
        elif judged.holds is False and begun is not None:
            yield Held(begun[0], at, begun[1])
            begun = None
    if begun is not None:
        yield Held(begun[0], None, begun[1])


def over_time(
    condition: ShareCondition | BurnCondition, changes: Iterable[tuple[int, Status, str]], since: int, until: int
) -> Iterator[tuple[int, Judged]]:
    """What a rule over shares of time says every five minutes."""
    past, waiting = StatusPast(), deque((at, status) for at, status, _ in changes)
    longest = condition.span_minutes * 60_000 if isinstance(condition, ShareCondition) else 72 * 3_600_000
    for now in range(since, until + 1, STEP_MS):
        while waiting and waiting[0][0] <= now:
            past.add(*waiting.popleft())
        past.forget(now - longest)
        if isinstance(condition, ShareCondition):
            yield now, judging.judge_share(condition, past, now)
        else:
            yield now, judging.judge_burn(condition, past, now)


def over_responses(
    condition: ResponseCondition, sketches: Mapping[int, Sketch], since: int, until: int
) -> Iterator[tuple[int, Judged]]:
    """What a rule on a percentile says every five minutes, from sketches of five minutes by their start in ms."""
    span = condition.span_minutes * 60_000
    held: deque[tuple[int, Sketch]] = deque()
    merged: Sketch = {}
    for now in range(since - since % STEP_MS, until + 1, STEP_MS):
        if (sketch := sketches.get(now - STEP_MS)) is not None:
            held.append((now - STEP_MS, sketch))
            merge_into(merged, sketch)
        while held and held[0][0] < now - span:
            for bucket, count in held.popleft()[1].items():
                merged[bucket] -= count
        yield now, _response(condition, {bucket: count for bucket, count in merged.items() if count})


def _response(condition: ResponseCondition, sketch: Sketch) -> Judged:
    if sum(sketch.values()) < RESPONSES_MIN:
        return judging.UNKNOWN
    value = quantiles(sketch, [condition.percentile / 100])[0] / 1000
    return judging.judged_response(condition, value)
