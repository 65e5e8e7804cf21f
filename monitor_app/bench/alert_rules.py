"""How many rules alerting holds against services a second, on one core.

`--services` services with ten rules on all of them, one of each sort and some with other numbers: a status, a share of
time, metrics, percentiles of the response time over 5 and 60 minutes, days of certificates and domains, silence, and
the burn rate of an error budget. In each of `--rounds` every service has a new result, `--failing` of a hundred become
another status, and time has gone on so far that everything is looked at: that is what happens each 15 s, with the
results of that time. `evaluations_per_s` counts rules times services, by the processor's own time: results taken in,
judged, and what came of it put into alerts; nothing is written.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor_app.alerting.book import Book
from monitor_app.alerting.desk import Verdict
from monitor_app.alerting.holding import Holding, Waits
from monitor_app.alerting.turn import Turn
from monitor_app.alerting.watch import LOOK_SECONDS, Watch
from monitor_app.bench.many_services import add_many
from monitor_app.domain.alerting.condition import StatusCondition, parse_condition
from monitor_app.domain.alerting.dependency import Dependencies
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.models import AlertRuleRow
from monitor_app.storage.alert_rules import load_rules
from monitor_app.storage.alerting_position import StatusChange
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
CONDITIONS: Final[tuple[dict[str, Any], ...]] = (
    {"type": "status", "statuses": ["failed"]},
    {"type": "status", "statuses": ["degraded", "unknown"]},
    {"type": "share", "statuses": ["failed"], "share": 0.2, "span_minutes": 60},
    {"type": "metric", "metric": "response_ms", "comparison": ">", "value": 2, "unit": "s"},
    {"type": "response", "percentile": 95, "above_ms": 1500, "span_minutes": 5},
    {"type": "response", "percentile": 99, "above_ms": 1900, "span_minutes": 60},
    {"type": "certificate_days", "days": 14},
    {"type": "domain_days", "days": 30},
    {"type": "no_data", "minutes": 10},
    {"type": "burn", "target": 0.999, "window_days": 30},
)
rules = AlertRuleRow.__table__  # type: ignore[attr-defined]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--failing", type=int, default=2, help="of a hundred services, in each round")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """See the module."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), args.services, args.rounds, args.failing))


class _Clock:
    """Goes on when it is told to."""

    at = BEGIN

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - BEGIN).total_seconds()


@dataclass
class _Engine:
    """What alerting asks of an engine."""

    database: Database
    all: dict[int, ServiceDefinition]
    states: dict[int, ServiceState]
    clock: _Clock = field(default_factory=_Clock)
    offline_since: datetime | None = None
    stopped: str = ""

    def services(self) -> Iterator[ServiceDefinition]:
        return iter(self.all.values())

    def service(self, pk: int) -> ServiceDefinition | None:
        return self.all.get(pk)

    def state(self, pk: int) -> ServiceState | None:
        return self.states.get(pk)

    def patience_seconds(self, pk: int) -> float:
        return 130.0

    def deadline_seconds(self, pk: int) -> float:
        return 10.0

    def kin(self, pk: int) -> tuple[int, ...]:
        return ()

    def check_now(self, pk: int) -> None:
        """Nobody checks here."""

    def trouble(self) -> str:
        return ""


async def _measure(folder: Path, count: int, rounds: int, failing: int) -> dict[str, Any]:
    url = f"sqlite+aiosqlite:///{folder / 'l.db'}"
    database = Database(url)
    try:
        await add_many(database, url, count)
        await _make_rules(database)
        async with database.read() as conn:
            services = {service.pk: service for service in await load_services(conn)}
            known = await load_rules(conn)
            states = {pk: ServiceState(pk, Status.OK, BEGIN, BEGIN, 20.0, "", 0) for pk in services}
            engine: Any = _Engine(database, services, states)
            book = await Book.load(conn, services.values(), BEGIN)
        began = time.process_time()
        watch = Watch(engine)
        await watch.follow(known)
        learned = time.process_time() - began
        course = _Course(engine, book, watch, failing)
        watch.look(engine.clock.now())
        took = sum(course.round(number) for number in range(rounds))
    finally:
        await database.close()
    watched = sum(not isinstance(rule.condition, StatusCondition) for rule in known)
    # A rule on a status is held against a service when that has changed, the others each time.
    evaluations = rounds * count * watched + course.status_rules * course.changes
    return {
        "services": count,
        "rules": len(known),
        "rounds": rounds,
        "evaluations": evaluations,
        "evaluations_per_s": round(evaluations / took),
        "round_cpu_ms": round(took / rounds * 1000, 1),
        "learn_cpu_ms": round(learned * 1000, 1),
        "verdicts": course.verdicts,
        "open_alerts": len(book.alerts),
    }


async def _make_rules(database: Database) -> None:
    async with database.write() as conn:
        await conn.execute(rules.delete())
        for number, condition in enumerate(CONDITIONS):
            parse_condition(condition)
            values = {"name": f"rule {number}", "enabled": True, "severity": "warning", "condition": condition}
            rest = {"scope": {}, "for_seconds": 60, "is_default": False, "created_at": BEGIN, "updated_at": BEGIN}
            await conn.execute(rules.insert().values(**values, **rest))


class _Course:
    """Results and changes come, and are judged."""

    def __init__(self, engine: Any, book: Book, watch: Watch, failing: int) -> None:
        self._engine, self._book, self._watch = engine, book, watch
        self._failing = failing
        self._dependencies = Dependencies({})
        self._waits = Waits()
        self._number = 0
        self._statuses = dict.fromkeys(engine.all, Status.OK)
        self.verdicts = self.changes = 0
        self.status_rules = sum(active.statuses is not None for active in book.rules.values())

    def round(self, number: int) -> float:
        """Seconds of the processor that it took; making up what happens is not counted."""
        self._engine.clock.at += timedelta(seconds=LOOK_SECONDS)
        now = self._engine.clock.at
        batch, changes = self._news(number, now)
        began = time.process_time()
        self._watch.take(batch)
        found = list(self._watch.look(now))
        holding = Holding(self._book, self._engine, self._waits, self._dependencies, now)
        verdicts: dict[tuple[int, int], Verdict] = {}
        turn = Turn(self._book, self._engine, self._waits, holding, verdicts, now)
        for change in changes:
            turn.take(change)
        for verdict in found:
            turn.take_verdict(verdict)
        for key in list(self._book.alerts):
            turn.advance(key)
        took = time.process_time() - began
        self.verdicts += len(found)
        self.changes += len(changes)
        return took

    def _news(self, number: int, now: datetime) -> tuple[Batch, list[StatusChange]]:
        results, events, changes = [], [], []
        for place, pk in enumerate(self._engine.all):
            self._number += 1
            is_down = (place * 37 + number // 8 * 11) % 100 < self._failing
            status = Status.FAILED if is_down else Status.OK
            ms = 20.0 + (place * 7 + number * 13) % 200 + (2000.0 if (place + number) % 97 == 0 else 0.0)
            metrics = {"certificate_days": 5.0 + place % 90, "domain_days": 20.0 + place % 300, "status_code": 200.0}
            results.append((self._number, CheckResult(pk, now, status, "", ms, metrics=metrics)))
            before = self._statuses[pk]
            if before is not status:
                self._statuses[pk] = status
                events.append(ServiceEvent(pk, now, "status_changed", "", "refused", before, status))
                changes.append(StatusChange(self._number, pk, now, "refused", before, status))
        return Batch(results, [], events, self._number), changes
