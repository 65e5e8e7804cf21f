"""A channel that has taken nothing for minutes is shown, and who else can be told hears of it; on both databases."""

from datetime import timedelta

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.delivery import FAILING_AFTER
from monitor_app.errors import DeliveryFailed
from monitor_app.models import AlertRow
from monitor_app.use_cases.alert_following import AlertFollowing
from tests.accounts import on_sqlite
from tests.dispatching import World
from tests.receivers import failing
from tests.samples import NOON

BUSY = failing(DeliveryFailed("503 busy"))


async def go_on(world: World, seconds: float) -> None:
    """Time goes by, and what is due is done each minute."""
    until = world.clock.now() + timedelta(seconds=seconds)
    while world.clock.now() < until:
        await world.later(min(60.0, (until - world.clock.now()).total_seconds()))
        await world.send()
        await world.dispatcher.tidy()
        await world.send()


def said(world: World) -> list[tuple[str, str, str]]:
    return [(one.channel.name, one.message["kind"], one.message["note"]) for one in world.receivers.parcels]


async def failing_channels(world: World) -> list[tuple[str, str]]:
    following = AlertFollowing(world.database, Bus())
    await following.read_now()
    return [(one.name, one.answer) for one in following.standing.failing]


async def page(world: World, name: str = "shop", severity: str = "critical") -> int:
    """A page that a policy sends to Chat alone."""
    chat = await world.channel("Chat", is_default=False)
    world.receivers.on("Chat", BUSY)
    incident = await world.incident(name, severity)  # type: ignore[arg-type]
    await world.tell("fired", incident, policy_pk=await world.policy((0, "channel", chat)))
    await world.send()
    return incident


async def test_a_critical_page_that_reaches_nobody_for_minutes_is_told_elsewhere_once(world: World) -> None:
    await world.channel("Mail")
    await page(world)
    await go_on(world, FAILING_AFTER.total_seconds() - 1)
    assert said(world) == []
    await go_on(world, 61)
    note = "Could not be told through Chat so far: Shop is down"
    assert said(world) == [("Mail", "delivery", note)]
    assert world.receivers.parcels[0].message["cause"] == "Chat takes no notifications so far: it is tried again"
    await go_on(world, 600)
    assert len(said(world)) == 1
    # Delivered at last it is told once, and that it works again is told where it was said that it did not.
    world.receivers.on("Chat", None)
    await go_on(world, 600)
    assert [entry[:2] for entry in said(world)] == [("Mail", "delivery"), ("Chat", "fired"), ("Mail", "resolved")]
    assert [row["state"] for row in await world.rows(AlertRow) if row["subject"] == "delivery"] == ["resolved"]
    assert await failing_channels(world) == []


@on_sqlite
async def test_given_up_it_is_not_told_elsewhere_again(world: World) -> None:
    await world.channel("Mail")
    await page(world)
    await go_on(world, 600)
    world.receivers.on("Chat", failing(DeliveryFailed("404", is_final=True)))
    await go_on(world, 400)
    assert [row["state"] for row in await world.rows() if row["channel_name"] == "Chat"] == ["dead"]
    assert len(said(world)) == 1


@pytest.mark.parametrize("reason", ["warning", "known", "acknowledged", "held", "over", "nobody else"])
@on_sqlite
async def test_it_is_told_elsewhere_only_where_that_is_of_use(world: World, reason: str) -> None:
    mail = 0
    if reason != "nobody else":
        mail = await world.channel("Mail")
    shop = await page(world, severity="warning" if reason == "warning" else "critical")
    if reason == "known":
        await world.tell("fired", shop, policy_pk=await world.policy((0, "channel", mail), name="Other"))
    if reason == "acknowledged":
        await world.change(shop, acknowledged_at=NOON, acknowledged_by="ada")
    if reason == "held":
        await world.hold(shop, "silence")
    if reason == "over":
        await world.tell("resolved", shop)
    await go_on(world, 480)
    assert [entry for entry in said(world) if entry[1] == "delivery"] == []
    assert [row for row in await world.rows(AlertRow) if row["subject"] == "delivery"] == []
    # The screens say so all the same.
    assert await failing_channels(world) == [("Chat", "503 busy")]


@on_sqlite
async def test_it_is_not_told_on_a_channel_that_fails_itself(world: World) -> None:
    await world.channel("Mail", is_default=False)
    await world.channel("Spare", is_default=False)
    await page(world)
    world.receivers.on("Mail", BUSY)
    incident = await world.incident("till")
    await world.tell("fired", incident, policy_pk=await world.policy((0, "channel", 1), name="Other"))
    await go_on(world, 420)
    assert {entry[0] for entry in said(world)} == {"Spare"}


@on_sqlite
async def test_a_channel_of_a_person_is_called_by_nothing_but_the_person(world: World) -> None:
    ada = await world.person("ada")
    await world.channel("My phone", account_pk=ada, is_default=False)
    world.receivers.on("My phone", BUSY)
    await world.tell("fired", await world.incident(), policy_pk=await world.policy((0, "account", ada)))
    await world.send()
    assert await failing_channels(world) == [("a channel of ada", "503 busy")]
