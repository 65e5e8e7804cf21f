"""What people hear of outages: pages and messages, false ones, missed ones, how soon.

A database that goes down with 200 dependents, simulated check by check; the corpus of noise of `bench noise`, and
flapping, through the whole of alerting, where nothing happens skipped; how soon a message arrives at a real mail server
and a real webhook beside 1000 services; how many rules are judged a second. See docs/benchmarks.md.
"""

import argparse
import asyncio
import heapq
import math
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor_app.bench import alert_delivery, alert_rules
from monitor_app.bench.alert_noise import corpus
from monitor_app.bench.alert_stage import Stage
from monitor_app.bench.noise_month import EPOCH
from monitor_app.domain.changes import Change, DowntimeClosed
from monitor_app.domain.evaluate import evaluate, half_opened
from monitor_app.domain.result import CheckResult
from monitor_app.domain.rules import Rules
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status

INTERVAL_SECONDS = 60.0
DEPENDENTS = 200
DATABASE = 1
DOWN_AT, UP_AT, END_AT = 300.0, 1500.0, 2400.0
ANSWER_SECONDS = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench alerts`."""
    parser.add_argument("--months", type=int, default=20, help="target-months of each class of noise (20)")
    parser.add_argument("--dependents", type=int, default=DEPENDENTS, help="of the database that goes down (200)")
    parser.add_argument("--services", type=int, default=1000, help="checked beside deliveries, 0: measure none (1000)")
    parser.add_argument("--failures", type=int, default=6, help="that are delivered, at most 11 (6)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same figures (7)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """All parts, one after the other."""
    began = time.perf_counter()
    figures = asyncio.run(outage(args.dependents, args.seed))
    figures |= asyncio.run(corpus(args.months, args.seed))
    figures |= alert_rules.run(argparse.Namespace(services=1000, rounds=20, failing=2))
    if args.services:
        figures |= alert_delivery.run(argparse.Namespace(services=args.services, failures=args.failures))
    return figures | {"seconds": round(time.perf_counter() - began, 1)}


async def outage(dependents: int, seed: int) -> dict[str, Any]:
    """A database goes down, and all that need it with it; later it comes back, and they do."""
    labels = ["Database", *(f"Service {number}" for number in range(1, dependents + 1))]
    depends = {number: [DATABASE] for number in range(2, dependents + 2)}
    async with Stage.open(labels, depends) as stage:
        plant = Plant(stage, random.Random(f"{seed} outage"), depends)
        await plant.run()
        told = stage.told
        pages = [one for one in told if one.message.kind in ("fired", "escalated", "flapping")]
        first = pages[0].message if pages else None
        return {
            "dependents": dependents,
            "pages": len(pages),
            "messages": len(told),
            "names": "" if first is None else first.root_label,
            "affected": 0 if first is None else first.affected_count,
            "told_after_s": round((pages[0].at - EPOCH).total_seconds() - DOWN_AT, 1) if pages else None,
        }


class Plant:
    """Checks of services a minute apart, by the engine's rules, and what fails in it."""

    def __init__(self, stage: Stage, chance: random.Random, depends: dict[int, list[int]]) -> None:
        self._stage = stage
        self._depends = depends
        self._rules = {
            pk: Rules(retry_seconds=chance.uniform(10, 15)) for pk in (service.pk for service in stage.services())
        }
        self._states: dict[int, ServiceState] = {}
        self._phase = {pk: chance.uniform(0, INTERVAL_SECONDS) for pk in self._rules}
        # When each is checked next; what was planned before is passed over.
        self._next_at = dict(self._phase)
        self._due = [(at, pk) for pk, at in self._phase.items()]
        heapq.heapify(self._due)
        self._number = 0
        stage.on_check_now = self._check_now

    async def run(self) -> None:
        """Until all is well again."""
        look_at = 0.0
        while look_at < END_AT:
            look_at += 1.0
            steps: list[tuple[ServiceState, tuple[Change, ...]]] = []
            results: list[CheckResult] = []
            while self._due and self._due[0][0] <= look_at:
                at, pk = heapq.heappop(self._due)
                if at == self._next_at[pk]:
                    self._check(at, pk, steps, results)
            if steps:
                await self._stage.write(steps)
            if results:
                await self._stage.heard(results)
            await self._stage.look(_moment(look_at))

    def _check(
        self, at: float, pk: int, steps: list[tuple[ServiceState, tuple[Change, ...]]], results: list[CheckResult]
    ) -> None:
        state = self._states.get(pk)
        if state is not None and state.breaker.phase == "open":
            if state.breaker.until is not None and _moment(at) < state.breaker.until:
                self._plan(pk, (state.breaker.until - EPOCH).total_seconds())
                return
            outcome = half_opened(state, _moment(at), self._next(), "the pause is over")
            state = self._states[pk] = outcome.state
            steps.append((state, outcome.changes))
        is_down = DOWN_AT <= at < UP_AT
        result = CheckResult(pk, _moment(at), Status.FAILED if is_down else Status.OK, "no database" if is_down else "")
        outcome = evaluate(state, result, self._next(), self._rules[pk])
        self._states[pk] = outcome.state
        self._stage.states[pk] = outcome.state
        steps.append((outcome.state, outcome.changes))
        results.append(result)
        if any(isinstance(change, DowntimeClosed) for change in outcome.changes) and pk == DATABASE:
            for other in self._depends:
                self._plan(other, at + ANSWER_SECONDS)
                waiting = self._states[other]
                if waiting.breaker.phase == "open":
                    breaker = replace(waiting.breaker, until=_moment(at))
                    self._states[other] = replace(waiting, breaker=breaker)
        turns = math.floor((at - self._phase[pk]) / INTERVAL_SECONDS + 1e-6) + 1
        slot = self._phase[pk] + turns * INTERVAL_SECONDS
        retry = outcome.retry_in_seconds
        self._plan(pk, slot if retry is None else min(slot, at + ANSWER_SECONDS + retry))

    def _plan(self, pk: int, at: float) -> None:
        self._next_at[pk] = at
        heapq.heappush(self._due, (at, pk))

    def _check_now(self, pk: int) -> None:
        now = (self._stage.clock.at - EPOCH).total_seconds()
        self._plan(pk, min(self._next_at[pk], now + ANSWER_SECONDS))

    def _next(self) -> int:
        self._number += 1
        return self._number


def _moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
