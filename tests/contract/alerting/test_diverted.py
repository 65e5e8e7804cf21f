"""What waits for a channel that somebody switches off, or deletes, is told elsewhere; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from monitor_app.bus.local import Bus
from monitor_app.errors import Conflict, DeliveryFailed
from monitor_app.models import AccountRow, AlertRow, ChannelRow
from monitor_app.security.permissions import SYSTEM
from monitor_app.use_cases.alert_following import AlertFollowing
from monitor_app.use_cases.notifications import Notifications
from tests.accounts import on_sqlite
from tests.dispatching import World
from tests.receivers import failing
from tests.samples import NOON
from tests.telling import table

BUSY = failing(DeliveryFailed("503 busy"))
OFF = "the channel is switched off"


async def switch(world: World, channel_pk: int, **values: Any) -> None:
    """What somebody does with a channel; {} deletes it."""
    channels = table(ChannelRow)
    change = update(channels).values(**values) if values else delete(channels)
    async with world.database.write() as conn:
        await conn.execute(change.where(channels.c.pk == channel_pk))


async def log(world: World) -> list[tuple[str, str, str, str]]:
    return [(row["channel_name"], row["kind"], row["state"], row["why"]) for row in await world.rows()]


async def broken_page(world: World, name: str = "shop") -> tuple[int, int]:
    """A channel that a policy names, and an incident that could not be told there yet."""
    chat = await world.channel("Chat", is_default=False)
    world.receivers.on("Chat", BUSY)
    incident = await world.incident(name)
    await world.tell("fired", incident, policy_pk=await world.policy((0, "channel", chat)))
    await world.send()
    return chat, incident


@pytest.mark.parametrize("is_deleted", [False, True], ids=["off", "deleted"])
async def test_what_waits_for_a_channel_that_is_used_no_more_is_told_elsewhere_at_once(
    world: World, is_deleted: bool
) -> None:
    await world.channel("Mail")
    chat, shop = await broken_page(world)
    await switch(world, chat, **({} if is_deleted else {"enabled": False}))
    await world.send()
    why = "the channel was deleted" if is_deleted else OFF
    assert await log(world) == [("Chat", "fired", "dead", why), ("Mail", "delivery", "sent", "")]
    page = (await world.rows())[0]
    assert (page["answer"], page["due_at"], page["finished_at"]) == ("503 busy", None, NOON)
    message = world.receivers.parcels[0].message
    assert (message["title"], message["note"]) == (
        "Notifications to Chat are not delivered", "Not delivered: Shop is down"
    )  # fmt: skip
    assert message["cause"] == ("Chat was deleted" if is_deleted else "Chat is switched off")
    # It lasts as long as what was not delivered, and its end is told.
    await world.dispatcher.tidy()
    await world.send()
    assert len(world.receivers.parcels) == 1
    await world.tell("resolved", shop)
    await world.dispatcher.tidy()
    await world.send()
    last = world.receivers.parcels[-1]
    assert (last.channel.name, last.message["kind"]) == ("Mail", "resolved")
    assert last.message["note"] == "what was not delivered is over"
    assert [row["state"] for row in await world.rows(AlertRow) if row["subject"] == "delivery"] == ["resolved"]


async def test_many_that_wait_are_told_in_one_message(world: World) -> None:
    await world.channel("Mail")
    chat, _ = await broken_page(world, "first")
    policy = await world.policy((0, "channel", chat), name="Other")
    for number in range(7):
        await world.later(20)
        await world.tell("fired", await world.incident(f"s{number}"), policy_pk=policy)
    await world.send()
    await switch(world, chat, enabled=False)
    await world.send()
    (parcel,) = world.receivers.parcels
    assert parcel.message["note"] == (
        "Not delivered: First is down; S0 is down; S1 is down; S2 is down; S3 is down; and 3 more"
    )
    assert {row["state"] for row in await world.rows() if row["channel_name"] == "Chat"} == {"dead"}


@on_sqlite
async def test_when_it_is_switched_on_again_nothing_old_is_sent(world: World) -> None:
    await world.channel("Mail")
    chat, shop = await broken_page(world)
    await switch(world, chat, enabled=False)
    await world.send()
    world.receivers.on("Chat", None)
    await switch(world, chat, enabled=True)
    await world.later(120)
    await world.dispatcher.tidy()
    await world.send()
    assert [(name, key[:9]) for name, key in world.receivers.taken] == [("Mail", "lightbulb")] * 2
    last = world.receivers.parcels[-1].message
    assert (last["kind"], last["note"]) == ("resolved", "the channel is switched on again")
    # Nor the end of what never arrived there.
    await world.tell("resolved", shop)
    await world.send()
    assert (await log(world))[-1] == ("Chat", "resolved", "held", "nothing of this incident arrived there")


@on_sqlite
async def test_where_nobody_is_left_it_is_recorded_and_shown_and_sent_when_there_is_a_way_again(world: World) -> None:
    chat, _ = await broken_page(world)
    following = AlertFollowing(world.database, Bus())
    await switch(world, chat, enabled=False)
    await world.send()
    await world.dispatcher.tidy()
    assert await log(world) == [("Chat", "fired", "dead", OFF)]
    await following.read_now()
    assert following.standing.unreached is not None
    assert following.standing.unreached.channel_name == "Chat"
    world.receivers.on("Chat", None)
    await switch(world, chat, enabled=True)
    await world.dispatcher.tidy()
    await world.send()
    # Nobody was told of it, so this is no second time.
    assert [(name, kind, state) for name, kind, state, _ in await log(world)] == [("Chat", "fired", "sent")]
    await following.read_now()
    assert following.standing.unreached is None


@pytest.mark.parametrize("is_off", [True, False], ids=["off", "refusing"])
@on_sqlite
async def test_who_makes_another_channel_hears_of_what_could_be_told_to_nobody(world: World, is_off: bool) -> None:
    chat, _ = await broken_page(world)
    if is_off:
        await switch(world, chat, enabled=False)
    else:
        world.receivers.on("Chat", failing(DeliveryFailed("404: no such hook", is_final=True)))
        await world.later(60)
    await world.send()
    await world.dispatcher.tidy()
    await world.channel("Mail", is_default=False)
    await world.dispatcher.tidy()
    await world.send()
    (parcel,) = world.receivers.parcels
    assert (parcel.channel.name, parcel.message["note"]) == ("Mail", "Not delivered: Shop is down")
    await world.dispatcher.tidy()
    await world.send()
    assert len(world.receivers.parcels) == 1


@on_sqlite
async def test_reminders_and_ends_are_for_those_who_know_of_the_beginning(world: World) -> None:
    await world.channel("Mail")
    chat = await world.channel("Chat", is_default=False)
    policy = await world.policy((0, "channel", chat))
    shop, till = await world.incident(), await world.incident("till")
    await world.tell("fired", shop, policy_pk=policy)
    await world.send()
    await world.later(20)
    await world.tell("fired", till, policy_pk=policy)
    await world.send()
    world.receivers.on("Chat", BUSY)
    await world.later(4 * 3600)
    await world.later(20)
    await world.tell("resolved", till)
    await world.send()
    await switch(world, chat, enabled=False)
    await world.send()
    assert [(kind, state, why) for name, kind, state, why in await log(world) if name == "Chat"] == [
        ("fired", "sent", ""),
        ("fired", "sent", ""),
        ("repeat", "held", OFF),
        ("resolved", "held", OFF),
    ]
    assert not [row for row in await world.rows() if row["channel_name"] == "Mail"]


@on_sqlite
async def test_what_is_over_before_it_was_told_tells_nobody(world: World) -> None:
    await world.channel("Mail")
    chat, shop = await broken_page(world)
    await world.tell("resolved", shop)
    await switch(world, chat, enabled=False)
    await world.send()
    assert await log(world) == [
        ("Chat", "fired", "dead", f"{OFF}; it was over before anything was sent"),
        ("Chat", "resolved", "held", OFF),
    ]


@pytest.mark.parametrize("is_disabled", [False, True], ids=["switched off", "account disabled"])
@on_sqlite
async def test_the_page_of_a_person_who_switches_their_channel_off_is_told_to_all(
    world: World, is_disabled: bool
) -> None:
    await world.channel("Mail")
    ada = await world.person("ada")
    phone = await world.channel("My phone", account_pk=ada, is_default=False)
    world.receivers.on("My phone", BUSY)
    await world.tell("fired", await world.incident(), policy_pk=await world.policy((0, "account", ada)))
    await world.send()
    if is_disabled:
        async with world.database.write() as conn:
            await conn.execute(update(table(AccountRow)).values(is_disabled=True))
    else:
        await switch(world, phone, enabled=False)
    await world.send()
    (parcel,) = world.receivers.parcels
    assert parcel.message["title"] == "Notifications to a channel of ada are not delivered"
    assert "My phone" not in str(parcel.message)
    why = "the account that the channel belongs to is disabled" if is_disabled else OFF
    assert (await log(world))[0] == ("My phone", "fired", "dead", why)


async def test_word_that_another_channel_fails_goes_on_when_its_own_channel_is_switched_off(world: World) -> None:
    """Mail was to say that Chat takes nothing."""
    world.receivers.on("Chat", failing(DeliveryFailed("404", is_final=True)))
    world.receivers.on("Mail", BUSY)
    chat = await world.channel("Chat", is_default=False)
    mail = await world.channel("Mail")
    await world.channel("Spare", is_default=False)
    await world.tell("fired", await world.incident(), policy_pk=await world.policy((0, "channel", chat)))
    await world.send()
    await switch(world, mail, enabled=False)
    await world.send()
    assert [(row["channel_name"], row["kind"], row["state"]) for row in await world.rows()] == [
        ("Chat", "fired", "dead"),
        ("Mail", "delivery", "dead"),
        ("Spare", "delivery", "sent"),
    ]
    assert world.receivers.parcels[0].message["note"] == "Not delivered: Shop is down"


@on_sqlite
async def test_word_that_another_channel_fails_goes_on_when_its_own_channel_fails_too(world: World) -> None:
    refused = failing(DeliveryFailed("404", is_final=True))
    chat, mail = await world.channel("Chat", is_default=False), await world.channel("Mail")
    await world.channel("Spare", is_default=False)
    world.receivers.on("Chat", refused)
    world.receivers.on("Mail", BUSY)
    to_mail, to_chat = await world.policy((0, "channel", mail)), await world.policy((0, "channel", chat), name="Day")
    await world.tell("fired", await world.incident(), policy_pk=to_chat)
    await world.send()
    await world.later(1)
    world.receivers.on("Mail", refused)
    await world.tell("fired", await world.incident("till"), policy_pk=to_mail)
    await world.send()
    await world.later(60)
    await world.send()
    told = [(one.channel.name, one.message["title"], one.message["note"]) for one in world.receivers.parcels]
    assert told == [
        ("Spare", "Notifications to Mail are not delivered", "Not delivered: Till is down"),
        ("Spare", "Notifications to Chat are not delivered", "Not delivered: Shop is down"),
    ]


@on_sqlite
async def test_pages_that_die_within_the_pause_are_told_when_it_is_over(world: World) -> None:
    chat, _ = await broken_page(world, "first")
    await world.channel("Mail")
    world.receivers.on("Chat", failing(DeliveryFailed("404", is_final=True)))
    policy = await world.policy((0, "channel", chat), name="Other")
    for name in ("second", "third"):
        await world.later(20)
        await world.tell("fired", await world.incident(name), policy_pk=policy)
        await world.send()
    over = await world.incident("over")
    await world.later(20)
    await world.tell("fired", over, policy_pk=policy)
    await world.send()
    await world.tell("resolved", over)
    await world.dispatcher.tidy()
    await world.send()
    assert len(world.receivers.parcels) == 1
    await world.later(300)
    await world.dispatcher.tidy()
    await world.send()
    notes = [parcel.message["note"] for parcel in world.receivers.parcels]
    assert notes == ["Not delivered: First is down", "Not delivered: Second is down; Third is down"]


@on_sqlite
async def test_what_was_still_to_be_written_when_it_was_switched_off_is_told_elsewhere_too(world: World) -> None:
    """Of what waits for others for ten seconds, nothing is in the outbox yet."""
    await world.channel("Mail", is_default=False)
    chat = await world.channel("Chat")
    await world.tell("fired", await world.incident())
    await world.tell("fired", await world.incident("till"))
    await world.send()
    await switch(world, chat, enabled=False)
    await world.later(1200, 10)
    await world.send()
    assert [(row["channel_name"], row["kind"], row["state"], row["why"]) for row in await world.rows()] == [
        ("Chat", "fired", "sent", ""),
        ("Chat", "fired", "held", OFF),
        ("Mail", "delivery", "sent", ""),
    ]
    assert world.receivers.parcels[-1].message["note"] == "Not delivered: Till is down"
    # Switched on again it is told there for the first time.
    await switch(world, chat, enabled=True)
    await world.later(300, 10)
    await world.send()
    last = world.receivers.parcels[-1]
    assert (last.channel.name, last.message["title"]) == ("Chat", "Till is down")


@on_sqlite
async def test_what_waits_for_the_end_of_quiet_hours_is_told_elsewhere_only_then(world: World) -> None:
    await world.channel("Mail")
    ada = await world.person("ada")
    phone = await world.channel("Phone", account_pk=ada, is_default=False)
    await world.quiet(ada, "11:00", "13:00")
    shop = await world.incident(severity="warning")
    await world.tell("fired", shop, policy_pk=await world.policy((0, "account", ada)))
    await switch(world, phone, enabled=False)
    await world.later(3500, 60)
    await world.send()
    assert world.receivers.parcels == []
    await world.later(700, 60)
    await world.send()
    (parcel,) = world.receivers.parcels
    assert parcel.message["note"] == "Not delivered: Shop is down"


@on_sqlite
async def test_nothing_is_sent_again_to_a_channel_that_is_switched_off(world: World) -> None:
    await world.channel("Mail")
    chat, _ = await broken_page(world)
    await switch(world, chat, enabled=False)
    await world.send()
    log_of_all = Notifications(world.database, world.clock)
    with pytest.raises(Conflict, match="switch it on first"):
        await log_of_all.retry(SYSTEM, 1)
    await switch(world, chat, enabled=True)
    assert (await log_of_all.retry(SYSTEM, 1)).state == "waiting"


@on_sqlite
async def test_a_clock_that_was_set_back_does_not_keep_it_from_being_told(world: World) -> None:
    """What seems to have been told later than now was told before somebody set the clock."""
    await world.channel("Mail")
    chat, _ = await broken_page(world)
    world.receivers.on("Chat", failing(DeliveryFailed("404", is_final=True)))
    await world.later(60)
    await world.send()
    world.clock.at = NOON - timedelta(hours=3)
    policy = await world.policy((0, "channel", chat), name="Other")
    await world.tell("fired", await world.incident("till"), policy_pk=policy)
    await world.send()
    assert [one.message["note"] for one in world.receivers.parcels] == [
        "Not delivered: Shop is down", "Not delivered: Till is down"
    ]  # fmt: skip
