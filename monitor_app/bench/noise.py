"""How often noise is taken for an outage, and how soon a real outage is noticed, by the rules that the engine uses.

A seeded simulation of target-months at one check a minute, through domain/evaluate.py. See docs/benchmarks.md.
"""

import argparse
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from monitor_app.bench.noise_month import Confirmed, Month
from monitor_app.bench.noise_world import CLASSES, Noise, World
from monitor_app.bench.spread import spread
from monitor_app.domain.rules import Rules

# A burst that has been on for so long when the failure is confirmed is a failure: hardly anybody gets through.
TRUE_BURST_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """What a class of targets came to."""

    months: int = 0
    checks: int = 0
    confirmed: int = 0
    bursts: int = 0
    false: int = 0
    outages: int = 0
    detected: int = 0
    hidden: int = 0
    refused_seconds: list[float] = field(default_factory=list)
    timeout_seconds: list[float] = field(default_factory=list)
    recovery_seconds: list[float] = field(default_factory=list)

    def add(self, world: World, month: Month) -> None:
        """Judge a month by what really happened."""
        self.months += 1
        self.checks += month.checks
        for failure in month.confirmed:
            self.confirmed += 1
            if is_outage(world, failure):
                continue
            if is_burst(world, failure):
                self.bursts += 1
            else:
                self.false += 1
        self._add_outage(world, month.confirmed)

    def _add_outage(self, world: World, confirmed: Iterable[Confirmed]) -> None:
        outage = world.outages.all[0]
        if any(loss.start < outage.end and outage.start < loss.end for loss in world.own_losses.all):
            self.hidden += 1
            return
        self.outages += 1
        told = [failure for failure in confirmed if is_outage(world, failure)]
        was_down = any(failure.known_at <= outage.start < failure.recovered_at for failure in confirmed)
        self.detected += bool(told) or was_down
        if not told:
            return
        seconds = self.refused_seconds if world.is_refused else self.timeout_seconds
        seconds.append(told[0].known_at - outage.start)
        self.recovery_seconds.append(told[0].recovered_at - outage.end)

    def figures(self) -> dict[str, Any]:
        """Per target and month, and seconds."""
        return {
            "confirmed_per_month": round(self.confirmed / self.months, 4),
            "false_per_month": round(self.false / self.months, 4),
            "bursts_per_month": round(self.bursts / self.months, 4),
            "recall": round(self.detected / self.outages, 4) if self.outages else None,
            "hidden_outages": self.hidden,
            "detect_s": _spread(self.refused_seconds),
            "detect_timeout_s": _spread(self.timeout_seconds),
            "recover_s": _spread(self.recovery_seconds),
            "checks_simulated": self.checks,
        }


def is_outage(world: World, failure: Confirmed) -> bool:
    """The target was really down during the checks that confirmed it."""
    return any(outage.start <= failure.last and failure.first < outage.end for outage in world.outages.all)


def is_burst(world: World, failure: Confirmed) -> bool:
    """A burst was on at the last of the failed checks, and had been for long enough when they were believed."""
    burst = world.bursts.at(failure.last)
    return burst is not None and failure.known_at - burst.start >= TRUE_BURST_SECONDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench noise`."""
    parser.add_argument("--months", type=int, default=1000, help="target-months of each class (1000)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same figures (7)")
    parser.add_argument("--failures-to-fail", type=int, default=3, help="failed results in a row (3)")
    parser.add_argument("--successes-to-recover", type=int, default=2, help="good results in a row (2)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """All classes, and the mix of them."""
    rules = Rules(failures_to_fail=args.failures_to_fail, successes_to_recover=args.successes_to_recover)
    began = time.perf_counter()
    tallies = {noise: simulate(noise, rules, args.months, args.seed) for noise in CLASSES}
    return {
        "target_months": args.months * len(CLASSES),
        "failures_to_fail": rules.failures_to_fail,
        "successes_to_recover": rules.successes_to_recover,
        "mix": mixed(tallies),
        **{noise.name: tally.figures() for noise, tally in tallies.items()},
        "seconds": round(time.perf_counter() - began, 1),
    }


def simulate(noise: Noise, rules: Rules, months: int, seed: int) -> Tally:
    """Target-months of one class; each has its own chance, so that one rule can be compared with another."""
    tally = Tally()
    for number in range(months):
        chance = random.Random(f"{seed} {noise.name} {number}")
        world = World.draw(noise, chance)
        month = Month(world, rules, chance)
        month.run()
        tally.add(world, month)
    return tally


def mixed(tallies: dict[Noise, Tally]) -> dict[str, Any]:
    """The figures of the mix: each class counts by its share."""

    def rate(name: str) -> float:
        return float(sum(noise.share * getattr(tally, name) / tally.months for noise, tally in tallies.items()))

    parts = {noise: tally for noise, tally in tallies.items() if noise.share}
    outages, detected = rate("outages"), rate("detected")
    confirmed, false, bursts = rate("confirmed"), rate("false"), rate("bursts")
    return {
        "false_share": round(false / confirmed, 5) if confirmed else None,
        "false_share_without_bursts": round(false / (confirmed - bursts), 5) if confirmed > bursts else None,
        "burst_share": round(bursts / confirmed, 5) if confirmed else None,
        "false_per_month": round(false, 5),
        "recall": round(detected / outages, 5) if outages else None,
        "detect_p95_s": _weighted_p95({noise: tally.refused_seconds for noise, tally in parts.items()}),
        "detect_p95_timeout_s": _weighted_p95({noise: tally.timeout_seconds for noise, tally in parts.items()}),
    }


def _weighted_p95(seconds: dict[Noise, list[float]]) -> float | None:
    """The 95th percentile when each class's values weigh as much as its share."""
    weighed = sorted((value, noise.share / len(values)) for noise, values in seconds.items() for value in values)
    left = 0.95 * sum(weight for _, weight in weighed)
    for value, weight in weighed:
        left -= weight
        if left <= 0:
            return round(value, 1)
    return None


def _spread(seconds: list[float]) -> dict[str, float] | None:
    return spread(seconds, 1) if seconds else None
