"""Incidents go through the steps of policies: persisted, stopped by people, restarted when it gets worse."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from monitor_app.alerting.telling import Telling
from monitor_app.models import OnCallOverrideRow
from monitor_app.storage.database import Database
from tests.accounts import on_sqlite
from tests.samples import NOON
from tests.telling import Stage, table


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def test_steps_follow_each_other_and_survive_a_restart(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    policy = await stage.policy((0, "channel", mail), (15, "channel", chat), rounds=2)
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=policy)
    assert await stage.log() == [(0, "Mail", "fired", "Shop is down")]
    stage.telling = Telling()
    async with stage.database.read() as conn:
        await stage.telling.begin(conn)
    assert stage.telling.next_due == NOON + timedelta(minutes=15)
    await stage.later(3600, 60)
    assert [(at / 60, name, kind) for at, name, kind, _ in await stage.log()] == [
        (0, "Mail", "fired"),
        (15, "Chat", "escalated"),
        (20, "Mail", "escalated"),
        (35, "Chat", "escalated"),
    ]
    notes = [row["message"]["note"] for row in await stage.rows()]
    assert notes == ["", "Night, step 2", "Night, step 1, round 2", "Night, step 2, round 2"]
    assert [row["why_stopped"] for row in await stage.runs()] == ["finished"]
    assert ("escalated", "Night, step 2: Chat") in await stage.story()
    await stage.tell("resolved", shop)
    assert [name for _, name, kind, _ in await stage.log() if kind == "resolved"] == ["Mail", "Chat"]


@on_sqlite
async def test_an_acknowledgement_stops_it_and_its_end_resumes_it(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    policy = await stage.policy((0, "channel", mail), (15, "channel", chat), is_default=True)
    first, second, third = [await stage.incident(name) for name in ("first", "second", "third")]
    for pk in (first, second, third):
        await stage.tell("fired", pk)
        await stage.later(11)
    later = stage.clock.now()
    await stage.change(first, acknowledged_at=later, acknowledged_by="ada")
    # Alerting hears of this one only when the step is due.
    await stage.change(second, acknowledged_at=later, acknowledged_until=NOON + timedelta(hours=1))
    await stage.change(third, acknowledged_at=later, acknowledged_by="ada")
    await stage.tell("acknowledged", first)
    await stage.later(3660, 60)
    assert [(at, name) for at, name, kind, _ in await stage.log() if kind == "escalated"] == [(3633, "Chat")]
    # Nobody says so: it is found within a minute.
    await stage.change(third, acknowledged_at=None, acknowledged_by="")
    await stage.later(120, 30)
    titles = [title for _, _, kind, title in await stage.log() if kind == "escalated"]
    assert titles == ["Second is down", "Third is down"]
    await stage.tell("resolved", first)
    assert (await stage.log())[-1][1:] == ("Mail", "resolved", "First is down")
    states = {row["incident_pk"]: row["why_stopped"] for row in await stage.runs()}
    assert states == {first: "resolved", second: "finished", third: "finished"}
    assert {row["policy_pk"] for row in await stage.runs()} == {policy}


@on_sqlite
async def test_getting_worse_begins_anew_even_when_it_was_acknowledged(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail"), await stage.channel("Chat")
    policy = await stage.policy((0, "channel", mail), (15, "channel", chat))
    shop = await stage.incident("shop", "warning")
    await stage.tell("fired", shop, policy_pk=policy)
    await stage.later(60)
    await stage.change(shop, acknowledged_at=stage.clock.now(), acknowledged_by="ada")
    await stage.tell("acknowledged", shop)
    await stage.later(60)
    await stage.change(shop, severity="critical")
    stage.severities[shop] = "critical"
    await stage.tell("raised", shop)
    assert (await stage.log())[-1] == (120, "Mail", "update", "Shop is down")
    await stage.later(900)
    assert (await stage.log())[-1][:3] == (1020, "Chat", "escalated")


@on_sqlite
async def test_without_a_policy_getting_worse_is_told_at_once(stage: Stage) -> None:
    await stage.channel()
    shop = await stage.incident("shop", "warning")
    await stage.tell("fired", shop)
    await stage.later(60)
    stage.severities[shop] = "critical"
    await stage.tell("raised", shop)
    assert [(at, kind) for at, _, kind, _ in await stage.log()] == [(0, "fired"), (60, "update")]


async def test_whoever_is_on_call_at_the_moment_of_the_step_is_told(stage: Stage) -> None:
    ada, bob = await stage.person("ada"), await stage.person("bob")
    await stage.channel("Ada's", account_pk=ada, is_default=False)
    await stage.channel("Bob's", account_pk=bob, is_default=False)
    ops = await stage.schedule(ada, bob)
    policy = await stage.policy((0, "schedule", ops), (30, "schedule", ops), (30, "schedule", ops))
    async with stage.database.write() as conn:
        base = {"schedule_pk": ops, "reason": "", "who": "ada"}
        first = base | {
            "account_pk": bob, "starts_at": NOON + timedelta(minutes=20), "ends_at": NOON + timedelta(minutes=40)
        }  # fmt: skip
        nobody = base | {
            "account_pk": None, "starts_at": NOON + timedelta(minutes=40), "ends_at": NOON + timedelta(minutes=80)
        }  # fmt: skip
        await conn.execute(insert(table(OnCallOverrideRow)), [first, nobody])
    await stage.channel("Everybody")
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=policy)
    await stage.later(3600, 60)
    assert [(at / 60, name) for at, name, _, _ in await stage.log()] == [(0, "Ada's"), (30, "Bob's"), (60, "Everybody")]
    assert [row["account_pk"] for row in await stage.rows()] == [ada, bob, None]
    # Everybody reads the story: what people call their own channels is nobody else's business.
    assert ("escalated", "Night, step 1: a channel of ada") in await stage.story()
    assert ("told", "a channel of bob") in await stage.story()
    words = "Night, step 3: nobody of it can be told, so Everybody (nobody is on call in Ops)"
    assert ("escalated", words) in await stage.story()


@on_sqlite
async def test_who_has_no_channel_is_told_by_the_fallback(stage: Stage) -> None:
    ada = await stage.person("ada")
    await stage.channel("Default")
    fallback = await stage.channel("Fallback", is_default=False)
    policy = await stage.policy((0, "account", ada), fallback_channel_pk=fallback)
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=policy)
    assert [name for _, name, _, _ in await stage.log()] == ["Fallback"]
    words = "Night, step 1: nobody of it can be told, so Fallback (ada has no channel of their own)"
    assert ("escalated", words) in await stage.story()


@on_sqlite
async def test_merged_incidents_share_one_escalation(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail"), await stage.channel("Chat")
    policy = await stage.policy((0, "channel", mail), (15, "channel", chat))
    first, second = await stage.incident("first"), await stage.incident("second")
    await stage.tell("fired", first, policy_pk=policy)
    await stage.later(60)
    await stage.tell("fired", second, policy_pk=policy)
    await stage.change(first, merged_into_pk=second)
    async with stage.database.write() as conn:
        await stage.telling.merged(conn, stage.clock.now(), first, second)
    await stage.later(3600, 60)
    assert [title for _, _, kind, title in await stage.log() if kind == "escalated"] == ["Second is down"]
    assert {row["incident_pk"]: row["why_stopped"] for row in await stage.runs()} == {
        first: "merged",
        second: "finished",
    }


@on_sqlite
async def test_what_begins_again_is_told_from_the_first_step_on(stage: Stage) -> None:
    """Another incident was merged into one that was over."""
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    policy = await stage.policy((0, "channel", mail), (15, "channel", chat))
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=policy)
    await stage.later(60)
    await stage.tell("resolved", shop)
    await stage.later(600)
    await stage.change(shop, resolved_at=None)
    await stage.tell("joined", shop, policy_pk=policy)
    await stage.later(1800, 60)
    told = [(at, name, kind) for at, name, kind, _ in await stage.log()]
    assert told == [(0, "Mail", "fired"), (60, "Mail", "resolved"), (660, "Mail", "fired"), (1560, "Chat", "escalated")]


@on_sqlite
async def test_what_is_split_off_goes_on_where_it_stood_but_not_where_that_has_ended(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    short = await stage.policy((0, "channel", mail), name="Short")
    long = await stage.policy((0, "channel", mail), (15, "channel", chat), name="Long")
    shop, till = await stage.incident(), await stage.incident("till")
    await stage.tell("fired", shop, policy_pk=short)
    await stage.tell("joined", shop, policy_pk=long)
    await stage.later(60)
    async with stage.database.write() as conn:
        await stage.telling.split(conn, stage.clock.now(), shop, till)
    runs = [(row["policy_pk"], row["why_stopped"]) for row in await stage.runs() if row["incident_pk"] == till]
    assert runs == [(long, "")]


@on_sqlite
async def test_two_rules_with_two_policies_tell_both(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    first = await stage.policy((0, "channel", mail), name="First")
    second = await stage.policy((0, "channel", chat), (5, "channel", mail), name="Second")
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=first)
    await stage.tell("joined", shop, policy_pk=second)
    await stage.later(600, 60)
    told = [(at, name, kind) for at, name, kind, _ in await stage.log()]
    assert told == [(0, "Mail", "fired"), (0, "Chat", "fired"), (300, "Mail", "escalated")]


@on_sqlite
async def test_while_all_of_it_is_held_steps_and_reminders_rest_and_the_end_is_told(stage: Stage) -> None:
    mail, chat = await stage.channel("Mail", is_default=False), await stage.channel("Chat", is_default=False)
    policy = await stage.policy((0, "channel", mail), (10, "channel", chat), is_default=True)
    shop, till = await stage.incident(), await stage.incident("till")
    await stage.tell("fired", shop)
    await stage.tell("fired", till)
    await stage.later(60, 10)
    await stage.hold(shop, "silence")
    await stage.later(5 * 3600, 60)
    assert {name for name, kind in await told_of(stage, shop)} == {"Mail"}
    assert [kind for _, kind in await told_of(stage, till)].count("repeat") == 2
    await stage.hold(shop, "")
    await stage.tell("unheld", shop, policy_pk=policy)
    await stage.later(120, 60)
    assert await told_of(stage, shop) == [("Mail", "fired"), ("Mail", "update"), ("Chat", "escalated")]
    await stage.hold(shop, "maintenance")
    await stage.tell("resolved", shop)
    assert (await told_of(stage, shop))[3:] == [("Mail", "resolved"), ("Chat", "resolved")]


async def told_of(stage: Stage, incident_pk: int) -> list[tuple[str, str]]:
    """(channel, kind) of what was told of one incident alone."""
    rows = [row for row in await stage.rows() if row["incident_pk"] == incident_pk]
    return [(row["channel_name"], row["kind"]) for row in rows]


@on_sqlite
async def test_what_waits_in_quiet_hours_is_told_at_once_when_it_gets_worse(stage: Stage) -> None:
    ada = await stage.person("ada")
    await stage.channel("Ada's", account_pk=ada, is_default=False)
    await stage.quiet(ada, "11:00", "20:00")
    policy = await stage.policy((0, "account", ada))
    shop = await stage.incident("shop", "warning")
    await stage.tell("fired", shop, policy_pk=policy)
    await stage.later(60)
    await stage.change(shop, severity="critical")
    stage.severities[shop] = "critical"
    await stage.tell("raised", shop, policy_pk=policy)
    assert (await stage.log())[1:] == [(60, "Ada's", "fired", "Shop is down")]
