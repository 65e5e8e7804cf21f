"""Who is told what of incidents, and when: grouping, storms, repeats, quiet hours, merging; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from monitor_app.alerting.posting import MESSAGES_LIMIT
from monitor_app.alerting.telling import Telling
from monitor_app.models import AccountRow, ChannelRow, IncidentEntryRow, NotificationRow, RelationRow
from monitor_app.storage.database import Database
from monitor_app.storage.settings import save_setting
from monitor_app.storage.standings import load_due
from tests.accounts import on_sqlite
from tests.samples import NOON, add_services
from tests.telling import Stage, table

DOWN = "Shop is down"


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def test_an_outage_is_one_page_and_one_end(stage: Stage) -> None:
    mail = await stage.channel()
    await stage.channel("Others", is_default=False)
    await stage.channel("Off", enabled=False)
    shop = await stage.incident()
    await stage.tell("fired", shop)
    assert await stage.log() == [(0, "Mail", "fired", DOWN)]
    await stage.later(299, 50)
    await stage.tell("resolved", shop)
    await stage.later(9 * 3600, 7200)
    assert await stage.log() == [(0, "Mail", "fired", DOWN), (299, "Mail", "resolved", DOWN)]
    first, last = await stage.rows()
    assert (first["state"], first["due_at"], first["channel_pk"], first["incident_pk"]) == ("waiting", NOON, mail, shop)
    assert first["dedupe_key"] != last["dedupe_key"]
    assert first["message"]["alerts"][0]["service_id"] == "shop"
    assert last["message"]["resolved_at"]
    assert await stage.story() == [("told", "Mail"), ("told", "Mail")]
    assert stage.telling.next_due is None


async def test_a_page_names_what_depends_on_it(stage: Stage) -> None:
    await stage.channel()
    pks = await add_services(stage.database, "base", *(f"app-{number:03}" for number in range(200)))
    row = {"relation_type": "dependency", "enabled": True, "note": "", "created_at": NOON, "updated_at": NOON}
    async with stage.database.write() as conn:
        # A circle that got in anyway is gone through once.
        pairs = [(pks[1], pks[0]), *((pk, pks[1]) for pk in pks[2:]), (pks[0], pks[5])]
        rows = [row | {"source_pk": source, "target_pk": target} for source, target in pairs]
        await conn.execute(insert(table(RelationRow)), rows)
    await stage.tell("fired", await stage.incident_of(pks[0], "Base is down"))
    ((message),) = [row["message"] for row in await stage.rows()]
    assert (message["affected_count"], len(message["affected"]), message["root_service_id"]) == (200, 10, "base")
    assert message["affected"][0] == "App-000"


@on_sqlite
async def test_updates_come_every_five_minutes_and_repeats_every_four_hours(stage: Stage) -> None:
    await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    for _ in range(20):
        await stage.later(50)
        await stage.tell("joined", shop)
        await stage.tell("alert_resolved", shop)
    await stage.later(200)
    await stage.later(8 * 3600, 600)
    seconds = [at for at, _, kind, _ in await stage.log() if kind == "update"]
    # News at 50, 300, 600 ... and the last at 1000.
    assert seconds == [300, 600, 900, 1200]
    repeats = [at for at, _, kind, _ in await stage.log() if kind == "repeat"]
    assert len(repeats) == 2
    assert [round(at / 60) for at in repeats] == [20 + 240, 20 + 480]


@on_sqlite
async def test_nobody_is_reminded_of_what_somebody_takes_care_of(stage: Stage) -> None:
    await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    await stage.change(shop, acknowledged_at=NOON, acknowledged_by="ada")
    await stage.tell("acknowledged", shop)
    await stage.later(9 * 3600, 600)
    assert await stage.kinds() == ["fired"]
    await stage.tell("resolved", shop)
    assert await stage.kinds() == ["fired", "resolved"]


async def test_a_thousand_at_once_are_one_message_with_the_ten_most_important(stage: Stage) -> None:
    await stage.channel()
    await stage.channel("Chat")
    pks = await add_services(stage.database, *(f"s-{number:04}" for number in range(1000)))
    incidents = await stage.incidents_of({pk: f"S {number} is down" for number, pk in enumerate(pks)}, worst=pks[777])
    await stage.tell("fired", *incidents)
    assert await stage.log() == []
    await stage.later(9)
    assert await stage.log() == []
    await stage.later(1)
    assert [(at, name) for at, name, _, _ in await stage.log()] == [(10, "Mail"), (10, "Chat")]
    message = (await stage.rows())[0]["message"]
    assert message["title"] == "S 777 is down, and 999 more incidents"
    assert (message["firing"], message["other_incidents"], len(message["alerts"])) == (1000, 999, 10)
    assert message["severity"] == "critical"
    assert message["alerts"][0]["service_id"] == "s-0777"
    # Their ends, a few at a time: at most one message in ten seconds after the storm.
    await stage.later(1)
    for start in range(0, 1000, 250):
        await stage.tell("resolved", *incidents[start : start + 250])
        await stage.later(1)
    await stage.later(20, 1)
    ends = [at for at, name, kind, _ in await stage.log() if name == "Mail" and kind == "resolved"]
    assert ends == [20]
    assert (await stage.rows())[-1]["message"]["resolved"] == 0  # the alerts of this test stay as they are


@on_sqlite
async def test_what_was_over_before_it_was_told_tells_nothing(stage: Stage) -> None:
    await stage.channel()
    first, short, long = [await stage.incident(name) for name in ("first", "short", "long")]
    await stage.tell("fired", first)
    await stage.later(2)
    await stage.tell("fired", short, long)
    await stage.later(3)
    await stage.tell("resolved", short)
    await stage.later(60, 1)
    await stage.tell("resolved", long)
    assert await stage.log() == [
        (0, "Mail", "fired", "First is down"),
        (5, "Mail", "fired", "held: over before anything was sent"),
        (10, "Mail", "fired", "Long is down"),
        (65, "Mail", "resolved", "Long is down"),
    ]


@on_sqlite
async def test_an_end_is_not_told_where_the_beginning_never_arrived(stage: Stage) -> None:
    await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    notifications = table(NotificationRow)
    async with stage.database.write() as conn:
        await conn.execute(update(notifications).values(state="dead", due_at=None))
    await stage.later(60)
    await stage.tell("resolved", shop)
    assert (await stage.log())[1:] == [(60, "Mail", "resolved", "held: nothing of this incident arrived there")]


@on_sqlite
async def test_quiet_hours_hold_what_is_less_severe_until_they_end(stage: Stage) -> None:
    ada = await stage.person("ada")
    await stage.channel("Ada's", account_pk=ada, is_default=False)
    await stage.quiet(ada, "11:00", "13:00")
    policy = await stage.policy((0, "account", ada))
    open_one, short = await stage.incident("open", "warning"), await stage.incident("short", "warning")
    await stage.tell("fired", open_one, policy_pk=policy)
    await stage.later(60)
    await stage.tell("fired", short, policy_pk=policy)
    await stage.later(60)
    await stage.tell("resolved", short)
    await stage.later(58 * 60 - 1, 60)
    held = "held: quiet hours of ada"
    assert [(kind, text) for _, _, kind, text in await stage.log()] == [("fired", held), ("fired", held)]
    # The moment is no part of the words: who reads them has a time zone of their own.
    end = NOON + timedelta(hours=1)
    assert {row["due_at"] for row in await stage.rows()} == {end}
    entries = [row for row in await stage.rows(IncidentEntryRow) if row["kind"] == "held"]
    assert [row["text"] for row in entries] == ["a channel of ada: quiet hours of ada"] * 2
    assert {row["facts"]["until"] for row in entries} == {end.isoformat()}
    await stage.later(1)
    assert (await stage.log())[2:] == [(3600, "Ada's", "fired", "Open is down")]
    await stage.tell("resolved", open_one)
    assert (await stage.kinds()) == ["fired", "resolved"]


@on_sqlite
async def test_quiet_hours_let_through_what_is_severe(stage: Stage) -> None:
    ada = await stage.person("ada")
    await stage.channel("Ada's", account_pk=ada, is_default=False)
    await stage.quiet(ada, "11:00", "13:00")
    shop = await stage.incident()
    await stage.tell("fired", shop, policy_pk=await stage.policy((0, "account", ada)))
    assert await stage.kinds() == ["fired"]


@on_sqlite
async def test_a_channel_that_is_switched_off_meanwhile_is_told_nothing(stage: Stage) -> None:
    mail = await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    channels = table(ChannelRow)
    async with stage.database.write() as conn:
        await conn.execute(update(channels).where(channels.c.pk == mail).values(enabled=False))
    await stage.later(60)
    await stage.tell("resolved", shop)
    assert (await stage.log())[1:] == [(60, "Mail", "resolved", "held: the channel is switched off")]


@on_sqlite
async def test_a_channel_that_is_switched_on_again_is_told_what_lasts(stage: Stage) -> None:
    mail = await stage.channel()
    channels = table(ChannelRow)
    switch = update(channels).where(channels.c.pk == mail)
    await stage.tell("fired", await stage.incident())
    await stage.tell("fired", await stage.incident("till"))  # waits for ten seconds
    async with stage.database.write() as conn:
        await conn.execute(switch.values(enabled=False))
    await stage.later(5 * 3600, 60)
    assert (await stage.log())[1:] == [(60, "Mail", "fired", "held: the channel is switched off")]
    async with stage.database.write() as conn:
        await conn.execute(switch.values(enabled=True))
    await stage.later(4 * 3600, 60)
    told = [(kind, title) for at, _, kind, title in (await stage.log())[2:] if at < 9 * 3600]
    assert told == [("fired", "Till is down"), ("repeat", DOWN)]


async def test_merged_incidents_are_told_as_one(stage: Stage) -> None:
    await stage.channel()
    first, second = await stage.incident("first"), await stage.incident("second")
    await stage.tell("fired", first)
    await stage.later(10)
    await stage.channel("Chat")
    await stage.tell("fired", second)
    await stage.change(first, merged_into_pk=second)
    async with stage.database.write() as conn:
        await stage.telling.merged(conn, stage.clock.now(), first, second)
        await stage.telling.merged(conn, stage.clock.now(), first, 4711)
    await stage.tell("resolved", first)
    await stage.later(3)
    await stage.tell("resolved", second)
    ends = [(at, name, text) for at, name, kind, text in await stage.log() if kind == "resolved"]
    assert ends == [(13, "Mail", "Second is down"), (13, "Chat", "Second is down")]


@on_sqlite
async def test_what_is_split_off_is_told_where_the_whole_was(stage: Stage) -> None:
    await stage.channel()
    policy = await stage.policy((0, "channel", 1), (15, "channel", 1))
    whole, part = await stage.incident("whole"), await stage.incident("part")
    await stage.tell("fired", whole, policy_pk=policy)
    await stage.later(20)
    async with stage.database.write() as conn:
        await stage.telling.split(conn, stage.clock.now(), whole, part)
        await stage.telling.split(conn, stage.clock.now(), whole, 4711)
    await stage.tell("resolved", whole)
    await stage.later(300, 10)
    await stage.tell("resolved", part)
    assert [(kind, text) for _, _, kind, text in await stage.log()] == [
        ("fired", "Whole is down"),
        ("resolved", "Whole is down"),
        ("update", "Part is down"),
        ("resolved", "Part is down"),
    ]
    assert {(row["incident_pk"], row["why_stopped"]) for row in await stage.runs()} == {
        (whole, "resolved"),
        (part, "resolved"),
    }


@on_sqlite
async def test_receivers_that_keep_incidents_are_told_of_each_and_of_acknowledgements(stage: Stage) -> None:
    stage.telling = Telling(["pagerduty"])
    await stage.channel("Duty", kind="pagerduty")
    first, second = await stage.incident("first"), await stage.incident("second")
    await stage.tell("fired", first, second)
    await stage.change(first, acknowledged_at=NOON, acknowledged_by="ada")
    await stage.tell("acknowledged", first)
    await stage.tell("raised", second)
    assert [row["incident_pk"] for row in await stage.rows()] == [first, second, first, second]
    assert [row["message"]["acknowledged_by"] for row in await stage.rows()] == ["", "", "ada", ""]


@on_sqlite
async def test_many_that_are_held_back_are_written_down_bit_by_bit_and_delay_nobody(stage: Stage) -> None:
    phone = await stage.channel("Phone", account_pk=await stage.person("ada"), is_default=False)
    await stage.quiet((await stage.rows(AccountRow))[0]["pk"], "00:00", "23:59")
    mail = await stage.channel("Mail", is_default=False)
    policy = await stage.policy((0, "channel", phone), (0, "channel", mail))
    titles = {pk: f"Incident {pk}" for pk in await add_services(stage.database, *[f"s{n}" for n in range(120)])}
    pks = await stage.incidents_of(titles, worst=0)
    await stage.tell("fired", *pks, policy_pk=policy)
    assert [name for _, name, _, _ in await stage.log()] == [*["Phone"] * MESSAGES_LIMIT, "Mail"]
    await stage.later(12, 1)
    assert [name for _, name, _, _ in await stage.log()].count("Phone") == 120


@on_sqlite
async def test_receivers_that_keep_incidents_do_not_take_the_room_of_others(stage: Stage) -> None:
    stage.telling = Telling(["pagerduty"])
    await stage.channel("Duty", kind="pagerduty")
    await stage.channel("Mail")
    pks = [await stage.incident_of(None, f"Incident {number}") for number in range(MESSAGES_LIMIT + 1)]
    await stage.tell("fired", *pks)
    await stage.later(11)
    names = [name for at, name, _, _ in await stage.log() if at]
    assert names == ["Mail", "Duty"]


async def test_receivers_that_keep_incidents_share_a_pass(stage: Stage) -> None:
    stage.telling = Telling(["pagerduty"])
    duty = await stage.channel("Duty", kind="pagerduty")
    other = await stage.channel("Other duty", kind="pagerduty")
    pks = [await stage.incident_of(None, f"Incident {number}") for number in range(MESSAGES_LIMIT)]
    await stage.tell("fired", *pks)

    async def told() -> list[int]:
        names = [name for _, name, _, _ in await stage.log()]
        return [names.count("Duty"), names.count("Other duty")]

    assert await told() == [MESSAGES_LIMIT // 2] * 2
    async with stage.database.read() as conn:
        loaded = [one.channel_pk for one in await load_due(conn, stage.clock.now(), 100, [other], 3)]
    assert loaded == [duty] * (MESSAGES_LIMIT // 2) + [other] * 3
    await stage.later(1)
    assert await told() == [MESSAGES_LIMIT] * 2
    assert len({(row["incident_pk"], row["channel_pk"]) for row in await stage.rows()}) == 2 * MESSAGES_LIMIT


@on_sqlite
async def test_the_pace_can_be_set(stage: Stage) -> None:
    await stage.channel()
    async with stage.database.write() as conn:
        for name, value in {"group_seconds": 0, "update_minutes": 1, "repeat_minutes": 2, "colour": 3}.items():
            await save_setting(conn, f"alerting.{name}", value, "ada", NOON)
    first, second = await stage.incident("first"), await stage.incident("second")
    await stage.tell("fired", first, second)
    await stage.later(1)
    await stage.tell("joined", first)
    await stage.later(180, 1)
    assert [(at, kind) for at, _, kind, _ in await stage.log()] == [
        (0, "fired"),
        (60, "update"),
        (120, "repeat"),
        (180, "repeat"),
    ]


@on_sqlite
async def test_without_a_channel_the_story_says_that_nobody_is_told(stage: Stage) -> None:
    shop = await stage.incident()
    await stage.tell("fired", shop)
    await stage.tell("resolved", shop)
    await stage.tell("fired", 4711)
    assert await stage.story() == [("held", "Nobody is told: no channel is switched on and told by default.")]
    assert await stage.log() == []


@on_sqlite
async def test_an_acknowledgement_that_ends_is_followed_by_a_reminder(stage: Stage) -> None:
    await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    ends = NOON + timedelta(hours=5)
    await stage.change(shop, acknowledged_at=NOON, acknowledged_by="ada", acknowledged_until=ends)
    await stage.tell("acknowledged", shop)
    await stage.later(6 * 3600, 600)
    assert [(at, kind) for at, _, kind, _ in await stage.log()] == [(0, "fired"), (5 * 3600, "repeat")]
