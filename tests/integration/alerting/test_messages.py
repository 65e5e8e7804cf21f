"""From results to messages: alerting's own incidents, told by the real rules of telling."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.alerting import one_pass
from monitor_app.alerting.companion import AlertingCompanion
from monitor_app.alerting.telling import Telling
from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.errors import DatabaseUnavailable
from monitor_app.models import ChannelRow, IncidentRow
from tests.alerting_world import World
from tests.telling import Stage, table


class Faltering(Telling):
    """Breaks off once, when all is written and nothing is committed."""

    is_broken = False

    async def tell(
        self, conn: AsyncConnection, now: datetime, news: Sequence[IncidentNews], *, is_part: bool = False
    ) -> None:
        await super().tell(conn, now, news, is_part=is_part)
        if self.is_broken:
            self.is_broken = False
            raise DatabaseUnavailable("away")


@pytest.fixture
async def stage(world: World) -> Stage:
    """Its channels; the world tells for real."""
    made = Stage(world.database)
    made.telling = Faltering()
    world.companion = AlertingCompanion(world.desk, telling=made.telling)
    await made.channel()
    return made


async def titles(stage: Stage) -> list[tuple[str, str]]:
    return [(row["kind"], row["message"]["title"]) for row in await stage.rows()]


async def test_a_database_with_200_dependents_is_one_page_and_one_end(world: World, stage: Stage) -> None:
    (database,) = await world.add("database")
    apps = await world.add(*(f"app-{number}" for number in range(200)))
    await world.depend([(app, database) for app in apps])
    await world.look()
    await world.fail(*apps[:100])
    await world.fail(database)
    await world.wait(3)
    await world.fail(*apps[100:])
    await world.wait(30, 5)
    await world.recover(database)
    await world.wait(2)
    await world.recover(*apps)
    await world.wait(600, 60)
    assert await titles(stage) == [("fired", "Database is down"), ("resolved", "Database is down")]
    message = (await stage.rows())[0]["message"]
    assert (message["affected_count"], len(message["affected"])) == (200, 10)


async def test_a_transaction_that_comes_to_nothing_tells_nothing_and_the_next_one_tells_once(
    world: World, stage: Stage
) -> None:
    assert isinstance(stage.telling, Faltering)
    (shop,) = await world.add("shop")
    await world.look()
    await world.fail(shop)
    stage.telling.is_broken = True
    with pytest.raises(DatabaseUnavailable):
        await world.wait(3)
    assert await titles(stage) == []
    await world.wait(3)
    assert await titles(stage) == [("fired", "Shop is down")]


async def test_incidents_that_somebody_merged_end_once_for_all_who_were_told(world: World, stage: Stage) -> None:
    first, second = await world.add("first", "second")
    await world.look()
    await world.fail(first, message="one thing")
    await world.wait(90, 5)
    await world.fail(second, message="another thing")
    await world.wait(5)
    assert await titles(stage) == [("fired", "First is down"), ("fired", "Second is down")]
    one, other = [incident.pk for incident in await world.incidents()]
    incidents = table(IncidentRow)
    await world.execute(update(incidents).where(incidents.c.pk == other).values(merged_into_pk=one))
    await world.wait(3)
    await world.recover(second)
    await world.wait(20)
    await world.recover(first)
    await world.wait(20)
    assert [kind for kind, _ in await titles(stage) if kind == "resolved"] == ["resolved"]


async def test_who_makes_the_first_channel_while_something_is_down_hears_of_it(world: World) -> None:
    stage = Stage(world.database)
    world.companion = AlertingCompanion(world.desk, telling=stage.telling)
    shop, blog = await world.add("shop", "blog")
    await world.look()
    await world.fail(shop)
    await world.wait(60, 5)
    assert await titles(stage) == []
    await world.fail(blog, message="another cause")
    await world.wait(600, 60)
    await world.recover(blog)
    await world.wait(5)
    mail = await stage.channel(enabled=False)
    await world.execute(update(table(ChannelRow)).values(name="Mail"))
    await world.wait(60, 5)
    assert await titles(stage) == []  # it is switched off
    await world.execute(update(table(ChannelRow)).where(table(ChannelRow).c.pk == mail).values(enabled=True))
    await world.wait(60, 5)
    # Whatever else somebody changes tells nobody again, in the time of an update neither.
    await world.execute(update(table(ChannelRow)).values(name="Letters"))
    await world.wait(400, 20)
    assert await titles(stage) == [("fired", "Shop is down")]
    await world.recover(shop)
    await world.wait(5)
    assert await titles(stage) == [("fired", "Shop is down"), ("resolved", "Shop is down")]


@pytest.mark.parametrize("is_killed", [False, True], ids=["on", "killed"])
@pytest.mark.parametrize("limit", [500, 3])
async def test_many_at_once_are_written_in_parts_and_told_as_one(world, stage, monkeypatch, limit, is_killed):
    """What is written at a time is small; whom to tell of it is written with it, and told when all is known."""
    monkeypatch.setattr(one_pass, "EVENTS_LIMIT", limit)
    services = await world.add(*(f"s{number}" for number in range(8)))

    async def look_on(parts: int) -> None:
        for number in range(parts):
            waiting = [row for row in await stage.rows() if row["state"] == "waiting"]
            assert len(waiting) == told or limit == 500
            await world.look()
            if is_killed and number == 1:
                world.companion = AlertingCompanion(world.desk, telling=stage.telling)
        assert not world.companion._is_behind

    told = 0
    await look_on(4)
    passes = world.companion.passes
    for service in services:
        await world.fail(service, message=f"{service.service_id} is out of paper")
    came_and_went = services[0]
    await world.recover(came_and_went)
    await look_on(4)
    assert is_killed or world.companion.passes - passes == {500: 1, 3: 4}[limit]
    assert len([one for one in await world.alerts() if one.fired_at is not None]) == 8
    await world.wait(11)
    assert [(row["kind"], row["state"], row["message"]["other_incidents"]) for row in await stage.rows()] == [
        ("fired", "held", 0),
        ("fired", "waiting", 6),
    ]
    told = 1
    await world.look(600)
    await world.recover(*services[1:])
    await look_on(3)
    assert [(row["kind"], row["message"]["other_incidents"]) for row in await stage.rows()][2:] == [("resolved", 6)]
    assert all(one.resolved_at is not None for one in await world.incidents())
