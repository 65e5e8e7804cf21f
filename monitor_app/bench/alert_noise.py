"""The corpus of noise through the whole of alerting: which pages are false, which outages nobody was told of."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor_app.bench.alert_stage import Stage, Told
from monitor_app.bench.noise import is_burst, is_outage
from monitor_app.bench.noise_month import EPOCH, Confirmed, Month
from monitor_app.bench.noise_world import CLASSES, MONTH_SECONDS, Episode, Episodes, Noise, World
from monitor_app.domain.changes import Change
from monitor_app.domain.rules import Rules
from monitor_app.domain.state import ServiceState
from monitor_app.domain.transition import Outcome

# Months of one service follow each other, a day apart: nothing of one is left in the next.
APART = timedelta(seconds=MONTH_SECONDS) + timedelta(days=1)
# A page belongs to the failure that was confirmed so long before at most.
SAME_SECONDS = 120.0
FLAPPING = Noise("flapping")
FLAP_HOURS = 6.0
FLAP_SECONDS = 300.0
_HOUR = 3600.0


class RecordedMonth(Month):
    """A month that remembers what an engine would have written, and when."""

    def __init__(self, world: World, rules: Rules, chance: random.Random, begins: datetime) -> None:
        super().__init__(world, rules, chance, begins)
        self.steps: list[tuple[float, ServiceState, tuple[Change, ...]]] = []

    def _step(self, outcome: Outcome, known_at: float) -> None:
        super()._step(outcome, known_at)
        if outcome.changes:
            self.steps.append((known_at, outcome.state, outcome.changes))


@dataclass(slots=True)
class Tally:
    """What people heard of a class of targets."""

    months: int = 0
    pages: int = 0
    false: int = 0
    messages: int = 0
    outages: int = 0
    told: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """Per target and month."""
        return {
            "pages_per_month": round(self.pages / self.months, 4),
            "false_per_month": round(self.false / self.months, 4),
            "messages_per_month": round(self.messages / self.months, 4),
            "recall": round(self.told / self.outages, 4) if self.outages else None,
            **{f"kind_{name}": count for name, count in sorted(self.kinds.items())},
        }


async def corpus(months: int, seed: int) -> dict[str, Any]:
    """All classes, the mix of them by their shares, and targets that flap for hours."""
    tallies: dict[Noise, Tally] = {}
    async with Stage.open(["Target"]) as stage:
        begins = EPOCH
        for noise in CLASSES:
            tally = tallies[noise] = Tally()
            for number in range(months):
                chance = random.Random(f"{seed} {noise.name} {number}")
                begins = await _month(stage, World.draw(noise, chance), chance, begins, tally)
        flapping = Tally()
        for number in range(max(1, months // 10)):
            chance = random.Random(f"{seed} flapping {number}")
            begins = await _month(stage, _flapping(chance), chance, begins, flapping)
    pages = sum(noise.share * tally.pages / tally.months for noise, tally in tallies.items())
    false = sum(noise.share * tally.false / tally.months for noise, tally in tallies.items())
    outages = sum(noise.share * tally.outages / tally.months for noise, tally in tallies.items())
    told = sum(noise.share * tally.told / tally.months for noise, tally in tallies.items())
    return {
        "target_months": months * len(CLASSES),
        "false_share": round(false / pages, 5) if pages else None,
        "recall": round(told / outages, 5) if outages else None,
        "flap_messages_per_h": round(flapping.messages / flapping.months / FLAP_HOURS, 3),
        "flapping": {f"kind_{name}": count for name, count in sorted(flapping.kinds.items())},
        **{noise.name: tally.figures() for noise, tally in tallies.items()},
    }


async def _month(stage: Stage, world: World, chance: random.Random, begins: datetime, tally: Tally) -> datetime:
    """One target-month; when the next one begins."""
    month = RecordedMonth(world, Rules(failures_to_fail=3, successes_to_recover=2), chance, begins)
    month.run()
    first = len(stage.told)
    for known_at, state, changes in month.steps:
        moment = begins + timedelta(seconds=known_at)
        await stage.pass_time(moment)
        stage.clock.at = max(stage.clock.at, moment)
        await stage.write([(state, changes)])
        await stage.look(moment)
    ends = begins + APART
    await stage.pass_time(ends)
    _count(tally, world, month.confirmed, stage.told[first:], begins)
    return ends


def _count(tally: Tally, world: World, confirmed: list[Confirmed], told: list[Told], begins: datetime) -> None:
    tally.months += 1
    tally.messages += len(told)
    tally.kinds.update(one.message.kind for one in told)
    pages = [(one.at - begins).total_seconds() for one in told if one.message.kind in ("fired", "flapping")]
    tally.pages += len(pages)
    paged: set[int] = set()
    for at in pages:
        known = [index for index, failure in enumerate(confirmed) if -1 <= at - failure.known_at <= SAME_SECONDS]
        paged.update(known[-1:])
        if not known or not (is_outage(world, confirmed[known[-1]]) or is_burst(world, confirmed[known[-1]])):
            tally.false += 1
    for outage in world.outages.all:
        if any(loss.start < outage.end and outage.start < loss.end for loss in world.own_losses.all):
            continue
        tally.outages += 1
        covered = (confirmed[index] for index in paged)
        tally.told += any(failure.first < outage.end and outage.start < failure.recovered_at for failure in covered)


def _flapping(chance: random.Random) -> World:
    """Down for five minutes and up for five, for hours."""
    start = chance.uniform(_HOUR, MONTH_SECONDS - (FLAP_HOURS + 2) * _HOUR)
    outages, moment = [], start
    while moment < start + FLAP_HOURS * _HOUR:
        outages.append(Episode(moment, moment + FLAP_SECONDS))
        moment += 2 * FLAP_SECONDS
    return World(FLAPPING, Episodes.of(outages), Episodes(), Episodes(), is_refused=True)
