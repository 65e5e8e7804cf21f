"""People who change services at the same moment, on both databases."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.storage.database import Database
from monitor_app.use_cases.services import ServiceUseCases


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


@pytest.fixture
def services(database: Database) -> ServiceUseCases:
    return ServiceUseCases(database, KindRegistry(), SystemClock(), Bus())


def web(**more: Any) -> dict[str, Any]:
    return {"label": "Shop", "status_config": {"url": "https://example.org/"}} | more


async def test_of_five_changes_of_one_service_exactly_one_wins(services: ServiceUseCases) -> None:
    shown = await services.create(SYSTEM, web())
    changes = [
        services.update(SYSTEM, "shop", {"label": f"Shop {number}"}, expected_revision=shown.revision)
        for number in range(5)
    ]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(outcome, ServiceDefinition) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4


async def test_of_five_that_want_the_same_id_exactly_one_gets_it(services: ServiceUseCases) -> None:
    outcomes = await asyncio.gather(
        *(services.create(SYSTEM, web(service_id="shop")) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert len(await services.list_all(SYSTEM)) == 1


async def test_derived_ids_never_collide(services: ServiceUseCases) -> None:
    await asyncio.gather(*(services.create_many(SYSTEM, [web()] * 3) for _ in range(4)))
    found = await services.list_all(SYSTEM)
    assert len({service.service_id for service in found}) == len(found) == 12


async def test_what_was_entered_comes_back_the_same(services: ServiceUseCases) -> None:
    values = web(
        label="Läden ☂",
        group="Ö",
        tags=["ä"],
        metric_config={"thresholds": [{"metric": "response_ms", "comparison": ">", "value": 1.5, "results": 1}]},
    )
    created = await services.create(SYSTEM, values)
    assert await services.get(SYSTEM, "laden") == created
    assert (created.label, created.group, created.tags) == ("Läden ☂", "Ö", ("ä",))
    assert created.metric_config == values["metric_config"]
