"""Fills a fresh database with services in groups and relations between them, and lets services change their status."""

import random
from datetime import datetime

from monitor_app.bench.board_data import AT_ONCE, BoardData
from monitor_app.bus.local import Bus
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.use_cases.relations import RelationUseCases

GROUP_SIZE = 15
TYPES = ("dependency", "dependency", "dependency", "communication", "data-flow")


class MapData(BoardData):
    """A board with relations between its services."""

    async def fill_map(self, services: int, relations: int) -> None:
        """Make the board, groups of 15, and as many relations as there is room for without a circle."""
        await self.fill(services, GROUP_SIZE)
        database, registry = self.database, KindRegistry()
        use_cases = RelationUseCases(database, registry, SystemClock(), Bus())
        rows = [
            {
                "source_service_id": self.services[source].service_id,
                "target_service_id": self.services[target].service_id,
                "relation_type": TYPES[(source + target) % len(TYPES)],
            }
            for source, target in without_circle(services, relations)
        ]
        for start in range(0, len(rows), AT_ONCE):
            await use_cases.create_many(SYSTEM, rows[start : start + AT_ONCE])

    async def flip(self, numbers: range, at: datetime) -> None:
        """Let these services go down where they are up, and come up where they are down."""
        results = []
        for number in numbers:
            pk = self.services[number % len(self.services)].pk
            is_down = self.status_of(pk) is Status.FAILED
            status, message = (Status.OK, "200 OK") if is_down else (Status.FAILED, "connection refused")
            results.append(CheckResult(pk, at, status, message, 20.0 if is_down else None, {}))
        await self.record(results)


def without_circle(services: int, relations: int) -> list[tuple[int, int]]:
    """Pairs of numbers, each leading from a smaller to a larger one, mostly to one near by; no pair twice."""
    chance = random.Random(7)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < min(relations, services * (services - 1) // 2):
        source = chance.randrange(services - 1)
        reach = services - 1 if chance.random() < 0.2 else min(services - 1, source + 20)
        pairs.add((source, chance.randint(source + 1, reach)))
    return sorted(pairs)
