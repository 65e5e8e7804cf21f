"""What is in the outbox is sent at least once, in order, and no channel holds up another; on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from monitor_app.alerting import clock_steps
from monitor_app.alerting.dispatcher import CLAIM_SECONDS, KEPT
from monitor_app.bus.local import Bus
from monitor_app.errors import DatabaseUnavailable, DeliveryFailed, SecretUnreadable
from monitor_app.models import AccountRow, AlertRow, ChannelRow, NotificationIncidentRow
from monitor_app.storage.settings import save_setting
from monitor_app.use_cases.alert_following import AlertFollowing
from tests.accounts import on_sqlite
from tests.dispatching import World
from tests.receivers import Gate, failing
from tests.samples import NOON
from tests.telling import table


async def test_what_is_told_arrives_and_is_written_down(world: World) -> None:
    await world.channel()
    shop = await world.incident()
    await world.tell("fired", shop)
    await world.send()
    await world.tell("resolved", shop)
    await world.send()
    assert [parcel.message["kind"] for parcel in world.receivers.parcels] == ["fired", "resolved"]
    assert {parcel.incident_key for parcel in world.receivers.parcels} == {f"lightbulb-incident-{shop}"}
    (row, _) = await world.rows()
    assert (row["state"], row["answer"], row["attempts"], row["due_at"]) == ("sent", "250 OK", 1, None)
    assert (row["finished_at"], row["claimed_by"]) == (NOON, "")
    (channel,) = await world.rows(ChannelRow)
    assert (channel["last_sent_at"], channel["last_error"]) == (NOON, "")
    assert len(world.revisions) == 2


@on_sqlite
async def test_what_fails_is_tried_again_later_and_later(world: World) -> None:
    await world.channel()
    world.receivers.on("Mail", failing(DeliveryFailed("500: token=abcdef is wrong")))
    await world.tell("fired", await world.incident())
    seen = []
    for _ in range(5):
        await world.send()
        (row,) = await world.rows()
        seen.append((row["due_at"] - world.clock.now()).total_seconds())
        world.clock.at = row["due_at"]
    assert seen == [2, 4, 8, 16, 32]
    assert (row["state"], row["attempts"], row["answer"]) == ("waiting", 5, "500: token=*** is wrong")
    (channel,) = await world.rows(ChannelRow)
    assert (channel["last_error"], channel["last_sent_at"]) == ("500: token=*** is wrong", None)
    world.receivers.on("Mail", None)
    await world.send()
    assert await world.states() == [("Mail", "sent", 6)]
    (channel,) = await world.rows(ChannelRow)
    assert (channel["last_error"], channel["last_failed_at"] is None) == ("", False)
    assert {key for _, key in world.receivers.tried} == {row["dedupe_key"]}


async def test_what_is_told_of_an_incident_keeps_its_order(world: World) -> None:
    """The end of one waits for its beginning; others overtake them."""
    await world.channel()
    first, second = await world.incident("first"), await world.incident("second")
    world.receivers.on("Mail", failing(DeliveryFailed("500")))
    await world.tell("fired", first)
    await world.send()
    await world.tell("resolved", first)
    world.clock.move(seconds=1)
    await world.send()
    assert await world.states() == [("Mail", "waiting", 1), ("Mail", "waiting", 0)]
    world.receivers.on("Mail", None)
    await world.later(20)
    world.clock.at = NOON + timedelta(seconds=1)
    await world.tell("fired", second)
    await world.send()
    assert [parcel.message["title"] for parcel in world.receivers.parcels] == []
    await world.later(10)
    await world.send()
    assert [parcel.message["title"] for parcel in world.receivers.parcels] == [
        "First is down", "Second is down", "First is down"
    ]  # fmt: skip


@on_sqlite
async def test_a_message_of_several_incidents_comes_between_those_of_each(world: World) -> None:
    await world.channel()
    pks = [await world.incident(name) for name in ("first", "second", "third")]
    await world.tell("fired", *pks)
    await world.later(10)
    world.receivers.on("Mail", failing(DeliveryFailed("500")))
    await world.send()
    await world.tell("resolved", pks[1])
    await world.send()
    world.receivers.on("Mail", None)
    await world.later(10)
    await world.send()
    kinds = [(parcel.message["kind"], parcel.message["other_incidents"]) for parcel in world.receivers.parcels]
    assert kinds == [("fired", 2), ("resolved", 0)]


@on_sqlite
async def test_a_slow_channel_delays_no_other(world: World) -> None:
    await world.channel("Slow")
    await world.channel("Mail")
    gate = Gate()
    world.receivers.on("Slow", gate)
    incidents = [await world.incident(f"shop-{number}") for number in range(6)]
    for pk in incidents:
        await world.tell("fired", pk)
        await world.later(10)
        await world.dispatcher.look()
    await gate.arrived.wait()
    while len(world.receivers.taken) < 6:
        await asyncio.sleep(0)
        await world.dispatcher.look()
    assert {name for name, _ in world.receivers.taken} == {"Mail"}
    assert [state for name, state, _ in await world.states() if name == "Slow"] == ["sending"] * 4 + ["waiting"] * 2
    gate.opened.set()
    await world.send()
    assert len(world.receivers.taken) == 12


async def test_two_processes_send_each_once(world: World) -> None:
    await world.channel()
    await world.channel("Chat")
    for number in range(6):
        await world.tell("fired", await world.incident(f"shop-{number}"))
        await world.later(10)
    others = [world.another() for _ in range(3)]
    await asyncio.gather(*(dispatcher.look() for dispatcher in others))
    await asyncio.gather(*(dispatcher.idle() for dispatcher in others))
    await world.send()
    assert len(world.receivers.taken) == len(set(world.receivers.taken)) == 12


async def test_what_a_dead_process_had_claimed_is_sent_with_the_same_key(world: World) -> None:
    await world.channel()
    gate = Gate()
    world.receivers.on("Mail", gate)
    await world.tell("fired", await world.incident())
    dead = world.another()
    await dead.look()
    await gate.arrived.wait()
    world.receivers.on("Mail", None)
    await world.send()
    assert world.receivers.taken == []
    world.clock.move(seconds=CLAIM_SECONDS)
    await world.send()
    assert len(world.receivers.taken) == 1
    # What comes to life again cannot undo that.
    gate.opened.set()
    await dead.idle()
    (row,) = await world.rows()
    assert (row["state"], row["answer"], row["attempts"]) == ("sent", "250 OK", 2)
    assert len(set(world.receivers.tried)) == 1


@on_sqlite
async def test_a_deadline_ends_what_hangs_and_says_that_it_may_have_arrived(world: World) -> None:
    await world.channel()
    world.receivers.on("Mail", Gate())
    world.dispatcher = world.another(deadline_seconds=0.01)
    await world.tell("fired", await world.incident())
    await world.dispatcher.look()
    await world.dispatcher.idle()
    (row,) = await world.rows()
    assert (row["state"], row["answer"]) == ("waiting", "no answer within 0.01 s: it may have arrived all the same")


@on_sqlite
async def test_a_provider_that_asks_to_wait_is_left_alone(world: World) -> None:
    await world.channel()
    world.receivers.on("Mail", failing(DeliveryFailed("429", retry_after_seconds=120)))
    await world.tell("fired", await world.incident("first"))
    await world.send()
    await world.later(20)
    await world.tell("fired", await world.incident("second"))
    await world.send()
    assert len(world.receivers.tried) == 1
    world.receivers.on("Mail", None)
    world.clock.at = NOON + timedelta(seconds=119)
    await world.send()
    assert world.receivers.taken == []
    world.clock.at = NOON + timedelta(seconds=120)
    await world.send()
    assert len(world.receivers.taken) == 2


async def test_a_refusal_for_good_is_a_dead_letter_told_on_another_channel(world: World) -> None:
    broken = await world.channel("Broken")
    await world.channel("Mail")
    await world.channel("Unused", is_default=False)
    world.receivers.on("Broken", failing(DeliveryFailed("404: no such hook", is_final=True)))
    shop = await world.incident()
    await world.tell("fired", shop)
    await world.send()
    await world.tell("resolved", shop)
    await world.send()
    log = [(row["channel_name"], row["kind"], row["state"], row["why"]) for row in await world.rows()]
    assert log == [
        ("Broken", "fired", "dead", "refused for good"),
        ("Mail", "fired", "sent", ""),
        ("Mail", "delivery", "sent", ""),
        ("Broken", "resolved", "held", "nothing of this incident arrived there"),
        ("Mail", "resolved", "sent", ""),
    ]
    message = world.receivers.parcels[1].message
    assert (message["title"], message["cause"], message["note"]) == (
        "Notifications to Broken are not delivered",
        "404: no such hook",
        "Not delivered: Shop is down",
    )
    alert = (await world.rows(AlertRow))[-1]
    assert (alert["subject"], alert["state"], alert["facts"]["channel_pk"]) == ("delivery", "firing", broken)
    # Everybody reads alerts: what the provider said is not for everybody.
    assert alert["cause"] == "Broken did not take a notification: the log of what was sent has the answer"
    # Once is enough; and when it works again, that is told, too.
    await world.later(10)
    again = await world.incident("again")
    await world.tell("fired", again)
    await world.send()
    assert len([row for row in await world.rows() if row["kind"] == "delivery"]) == 1
    world.receivers.on("Broken", None)
    await world.later(10)
    await world.tell("fired", await world.incident("third"))
    await world.send()
    last = world.receivers.parcels[-1]
    assert (last.channel.name, last.message["kind"], last.message["title"]) == (
        "Mail", "resolved", "Notifications to Broken are not delivered"
    )  # fmt: skip
    assert last.incident_key == world.receivers.parcels[1].incident_key != ""
    states = [row["state"] for row in await world.rows(AlertRow) if row["subject"] == "delivery"]
    assert states == ["resolved"]


@on_sqlite
async def test_pages_that_die_later_are_told_on_another_channel_too_but_not_each(world: World) -> None:
    broken = await world.channel("Broken", is_default=False)
    await world.channel("Mail")
    world.receivers.on("Broken", failing(DeliveryFailed("401: wrong token", is_final=True)))
    policy = await world.policy((0, "channel", broken))
    for name in ("first", "second", "third"):
        await world.tell("fired", await world.incident(name), policy_pk=policy)
        await world.send()
        await world.later(200)
    notes = [parcel.message["note"] for parcel in world.receivers.parcels]
    assert notes == ["Not delivered: First is down", "Not delivered: Second is down; Third is down"]
    assert len({parcel.incident_key for parcel in world.receivers.parcels}) == 1
    # Whoever was told twice is told once that it is over.
    world.receivers.on("Broken", None)
    await world.tell("fired", await world.incident("fourth"), policy_pk=policy)
    await world.send()
    taken = [parcel.message["kind"] for parcel in world.receivers.parcels if parcel.channel.name == "Mail"]
    assert taken == ["delivery", "delivery", "resolved"]


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_a_channel_that_is_used_no_more_is_no_trouble_any_more(world: World, is_deleted: bool) -> None:
    broken = await world.channel("Broken")
    await world.channel("Mail")
    world.receivers.on("Broken", failing(DeliveryFailed("404: no such hook", is_final=True)))
    await world.tell("fired", await world.incident())
    await world.send()
    await world.dispatcher.tidy()
    assert (await world.rows(AlertRow))[-1]["state"] == "firing"
    channels = table(ChannelRow)
    chosen = channels.c.pk == broken
    async with world.database.write() as conn:
        change = delete(channels).where(chosen) if is_deleted else update(channels).where(chosen).values(enabled=False)
        await conn.execute(change)
    await world.dispatcher.tidy()
    await world.send()
    alert = (await world.rows(AlertRow))[-1]
    assert (alert["state"], alert["why_resolved"]) == ("resolved", "the channel was deleted or switched off")
    last = world.receivers.parcels[-1]
    assert (last.channel.name, last.message["kind"], last.message["title"]) == (
        "Mail", "resolved", "Notifications to Broken are not delivered"
    )  # fmt: skip
    await world.dispatcher.tidy()
    assert len([row for row in await world.rows() if row["kind"] == "delivery"]) == 2


@on_sqlite
async def test_the_failure_is_never_told_where_it_happened_and_somebody_sees_when_it_is_told_nowhere(
    world: World,
) -> None:
    refused = failing(DeliveryFailed("404: no such hook", is_final=True))
    await world.channel("Broken")
    owner = await world.person("ada")
    await world.channel("Ada's", account_pk=owner, is_default=False)
    world.receivers.on("Broken", refused)
    following = AlertFollowing(world.database, Bus())
    await following.read_now()
    assert following.standing.unreached is None
    await world.tell("fired", await world.incident())
    await world.send()
    assert [(row["channel_name"], row["kind"], row["state"]) for row in await world.rows()] == [
        ("Broken", "fired", "dead")
    ]
    await following.read_now()
    assert following.standing.unreached is not None
    assert following.standing.unreached.channel_name == "Broken"
    # Another one that fails as well is told by the one that is left, though that is not told by default.
    await world.channel("Broken too")
    await world.channel("Spare", is_default=False)
    world.receivers.on("Broken too", refused)
    await world.tell("fired", await world.incident("second"))
    await world.send()
    told = [(row["channel_name"], row["message"]["title"]) for row in await world.rows() if row["kind"] == "delivery"]
    assert told == [("Spare", "Notifications to Broken too are not delivered")]
    await following.read_now()
    assert following.standing.unreached is None


@on_sqlite
async def test_when_its_time_is_over_it_is_given_up(world: World) -> None:
    async with world.database.write() as conn:
        await save_setting(conn, "alerting.give_up_hours", 2, "ada", NOON)
    await world.channel("Broken")
    await world.channel("Mail", is_default=False)
    world.receivers.on("Broken", failing(DeliveryFailed("500")))
    await world.tell("fired", await world.incident())
    for _ in range(40):
        await world.send()
        (row, *_) = await world.rows()
        if row["due_at"] is None:
            break
        world.clock.at = row["due_at"]
    assert (row["state"], row["why"]) == ("dead", "given up after 2 hours")
    assert world.clock.now() == NOON + timedelta(hours=2)
    assert 24 <= row["attempts"] <= 36
    assert world.receivers.taken[-1][0] == "Mail"


@pytest.mark.parametrize("hours", [30, -30])
async def test_a_clock_that_is_set_neither_gives_up_early_nor_tries_for_longer(world: World, hours: int) -> None:
    await world.channel("Broken")
    world.receivers.on("Broken", failing(DeliveryFailed("500")))
    await world.tell("fired", await world.incident())
    await world.send()
    by = timedelta(hours=hours)
    world.clock.at += by
    async with world.database.write() as conn:
        await clock_steps.move(conn, world.clock.now(), by)
    world.clock.move(seconds=23 * 3600)
    await world.send()
    assert await world.states() == [("Broken", "waiting", 2)]
    world.clock.move(seconds=3600)
    await world.send()
    assert await world.states() == [("Broken", "dead", 3)]


@on_sqlite
async def test_a_channel_that_cannot_be_used_is_told_elsewhere(world: World) -> None:
    await world.channel("Sealed")
    await world.channel("Bug")
    world.receivers.on("Sealed", failing(SecretUnreadable("the secret was sealed with another key")))
    world.receivers.on("Bug", failing(ZeroDivisionError("secret words")))
    await world.tell("fired", await world.incident())
    await world.send()
    rows = {row["channel_name"]: row for row in await world.rows() if row["kind"] == "fired"}
    assert (rows["Sealed"]["state"], rows["Sealed"]["answer"]) == ("dead", "the secret was sealed with another key")
    assert (rows["Bug"]["state"], rows["Bug"]["answer"]) == (
        "waiting",
        "this kind of channel has failed: ZeroDivisionError",
    )


async def test_what_is_for_a_channel_that_is_gone_or_switched_off_is_not_sent(world: World) -> None:
    gone, off = await world.channel("Gone"), await world.channel("Off")
    eve = await world.person("eve")
    await world.channel("Eve's", account_pk=eve)
    policy = await world.policy((0, "channel", gone), (0, "channel", off), (0, "account", eve))
    await world.tell("fired", await world.incident(), policy_pk=policy)
    channels = table(ChannelRow)
    async with world.database.write() as conn:
        await conn.execute(delete(channels).where(channels.c.pk == gone))
        await conn.execute(update(channels).where(channels.c.pk == off).values(enabled=False))
        # Who has left gets nothing of what still waits for them.
        await conn.execute(update(table(AccountRow)).values(is_disabled=True))
    await world.send()
    assert [(row["state"], row["why"]) for row in await world.rows()] == [
        ("dead", "the channel was deleted"),
        ("dead", "the channel is switched off"),
        ("dead", "the account that the channel belongs to is disabled"),
    ]
    assert world.receivers.tried == []


@on_sqlite
async def test_when_it_ends_what_it_was_sending_is_given_back(world: World) -> None:
    await world.channel()
    gate = Gate()
    world.receivers.on("Mail", gate)
    running = asyncio.create_task(world.dispatcher.run())
    await world.tell("fired", await world.incident())
    world.dispatcher.wake()
    await gate.arrived.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await world.states() == [("Mail", "waiting", 1)]
    world.receivers.on("Mail", None)
    await world.send()
    assert await world.states() == [("Mail", "sent", 2)]


@on_sqlite
async def test_what_is_older_than_a_year_goes_but_not_what_still_waits(world: World) -> None:
    await world.channel()
    await world.channel("Broken")
    world.receivers.on("Broken", failing(DeliveryFailed("500")))
    await world.tell("fired", await world.incident())
    await world.send()
    world.clock.at = NOON + KEPT + timedelta(seconds=1)
    await world.dispatcher.purge()
    assert [name for name, _, _ in await world.states()] == ["Broken"]
    assert len(await world.rows(NotificationIncidentRow)) == 1


@on_sqlite
async def test_while_the_database_is_away_nothing_that_was_sent_is_sent_again(world: World, monkeypatch) -> None:
    monkeypatch.setattr("monitor_app.alerting.dispatcher.RETRY_SECONDS", 0.0)
    await world.channel()
    gate = Gate()
    world.receivers.on("Mail", gate)
    await world.tell("fired", await world.incident())
    await world.dispatcher.look()
    await gate.arrived.wait()
    write, failures = world.database.write, iter((True, True, False))

    def faltering() -> Any:
        if next(failures, False):
            raise DatabaseUnavailable("the disk is full")
        return write()

    monkeypatch.setattr(world.database, "write", faltering)
    gate.opened.set()
    await world.dispatcher.idle()
    monkeypatch.undo()
    await world.send()
    assert await world.states() == [("Mail", "sent", 1)]
    assert len(world.receivers.tried) == 1


@on_sqlite
async def test_what_was_sent_before_the_database_went_away_for_long_is_not_sent_again(
    world: World, monkeypatch
) -> None:
    """Its claim has run out when the database is back."""
    await world.channel()
    gate, tried = Gate(), asyncio.Event()
    world.receivers.on("Mail", gate)
    await world.tell("fired", await world.incident())
    await world.dispatcher.look()
    await gate.arrived.wait()

    def away() -> Any:
        tried.set()
        raise DatabaseUnavailable("the disk is full")

    monkeypatch.setattr(world.database, "write", away)
    gate.opened.set()
    await tried.wait()
    monkeypatch.undo()
    await world.later(CLAIM_SECONDS + 60)
    await world.dispatcher.look()
    await world.dispatcher.idle()
    assert await world.states() == [("Mail", "sent", 1)]
    assert len(world.receivers.tried) == 1


@on_sqlite
async def test_it_goes_on_by_itself_after_the_database_was_away(world: World, monkeypatch) -> None:
    monkeypatch.setattr("monitor_app.alerting.dispatcher.LOOK_SECONDS", 0.01)
    await world.channel()
    gate = Gate()
    world.receivers.on("Mail", gate)
    read, failures = world.database.read, iter((True, True, False))

    def faltering() -> Any:
        if next(failures, False):
            raise DatabaseUnavailable("away")
        return read()

    monkeypatch.setattr(world.database, "read", faltering)
    await world.tell("fired", await world.incident())
    running = asyncio.create_task(world.dispatcher.run())
    await gate.arrived.wait()
    gate.opened.set()
    await world.dispatcher.idle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await world.states() == [("Mail", "sent", 1)]
