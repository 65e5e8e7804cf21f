"""Escalation policies, on-call schedules and quiet hours, on SQLite and PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from monitor_app.domain.alerting.policy import Step, Target
from monitor_app.domain.audit import AuditFilter
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.accounts import insert_account, update_account
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.on_call import channels, load_on_call, rules
from monitor_app.storage.services import counters
from monitor_app.use_cases.escalation_policies import EscalationPolicies
from monitor_app.use_cases.on_call import OnCall
from monitor_app.use_cases.quiet_hours import QuietHoursUseCases
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON
from tests.telling import Stage

EVE = Identity.of_role("eve", VIEWER, account_pk=99)
MADE = {"created_at": NOON, "updated_at": NOON}


class World:
    """Ada and Grace take turns; Bob's account is disabled. One channel is on, one is off."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, HandClock()
        self.on_call = OnCall(database, self.clock)
        self.policies = EscalationPolicies(database, self.clock)
        self.quiet = QuietHoursUseCases(database, self.clock)

    async def live(self) -> None:
        async with self.database.write() as conn:
            self.pks = {
                name: (await insert_account(conn, name, EDITOR, "no hash", NOON)).pk for name in ("ada", "bob", "grace")
            }
            await update_account(conn, self.pks["bob"], NOON, is_disabled=True)
            for name, is_on in (("Mail", True), ("Old pager", False)):
                values = {"name": name, "kind": "email", "config": {}, "templates": {}, "enabled": is_on}
                made = await conn.execute(
                    insert(channels).values(**values, is_default=False, last_error="", **MADE).returning(channels.c.pk)
                )
                self.pks[name] = made.scalar_one()
        self.ada = Identity.of_role("ada", EDITOR, account_pk=self.pks["ada"])

    async def schedule(self, **values: Any) -> Any:
        given = {"name": "Ops", "members": ["ada", "grace"], "time_zone": "Europe/Berlin", "starts_on": "2026-05-11"}
        return await self.on_call.create(self.ada, given | values)

    async def policy(self, *targets: Target, **values: Any) -> Any:
        steps = [{"after_minutes": 0, "targets": [{"type": each.type, "pk": each.pk} for each in targets]}]
        return await self.policies.create(self.ada, {"name": "Nights", "steps": steps} | values)

    def target(self, kind: Any, name: str) -> Target:
        return Target(kind, self.pks[name])

    async def actions(self) -> list[str]:
        async with self.database.read() as conn:
            return [line.entry.action for line in await read(conn, AuditFilter())][::-1]

    async def revision(self) -> int:
        async with self.database.read() as conn:
            found: int = (
                (await conn.execute(counters.select().where(counters.c.name == ALERTING_RULES)))
                .mappings()
                .one()["value"]
            )
            return found


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_a_schedule_tells_who_is_on_call_now_and_next(world: World) -> None:
    made = await world.schedule()
    assert (made.name(made.now.account_pk), made.name(made.following.account_pk)) == ("ada", "grace")
    assert made.following.starts_at.isoformat() == "2026-05-18T07:00:00+00:00"
    _, shifts = await world.on_call.shifts(world.ada, made.schedule.pk)
    assert [made.name(shift.account_pk) for shift in shifts] == ["ada", "grace", "ada", "grace", "ada"]
    changed = await world.on_call.update(world.ada, made.schedule.pk, {"members": ["grace"], "hand_over_at": "08:30"})
    assert changed.following is None
    async with world.database.read() as conn:
        book = await load_on_call(conn)
    assert book.schedules == {made.schedule.pk: changed.schedule}
    assert await world.actions() == ["on_call.create", "on_call.update"]


async def test_people_who_cannot_log_in_take_no_turns(world: World) -> None:
    assert [one.username for one in await world.on_call.people(world.ada)] == ["ada", "grace"]


async def test_each_change_is_told_to_alerting(world: World) -> None:
    before = await world.revision()
    made = await world.schedule()
    await world.on_call.stand_in(world.ada, made.schedule.pk, {"username": None, "ends_at": NOON + timedelta(hours=2)})
    policy = await world.policy(Target("schedule", made.schedule.pk))
    await world.quiet.put(world.ada, {"spans": []})
    await world.policies.delete(world.ada, policy.policy.pk)
    await world.on_call.delete(world.ada, made.schedule.pk)
    assert await world.revision() >= before + 6


async def test_somebody_stands_in_until_a_time(world: World) -> None:
    made = await world.schedule()
    pk = made.schedule.pk
    given = {"username": "grace", "ends_at": NOON + timedelta(hours=2), "reason": "a dentist"}
    standing = await world.on_call.stand_in(world.ada, pk, given)
    (override,) = standing.schedule.overrides
    assert (standing.name(standing.now.account_pk), standing.now.ends_at) == ("grace", NOON + timedelta(hours=2))
    assert (override.starts_at, override.who, override.reason) == (NOON, "ada", "a dentist")
    ended = await world.on_call.end_stand_in(world.ada, pk, override.pk)
    assert (ended.name(ended.now.account_pk), ended.schedule.overrides) == ("ada", ())
    with pytest.raises(NotFound):
        await world.on_call.end_stand_in(world.ada, pk, override.pk)
    assert await world.actions() == ["on_call.create", "on_call.stand_in", "on_call.stand_in_ended"]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": ""}, "name", "is required"),
        ({"name": "OPS "}, "name", "is taken by another"),
        ({"members": []}, "members", "at least one: without anybody nobody is told"),
        ({"members": ["eve"]}, "members", "there is no 'eve'"),
        ({"members": ["bob"]}, "members", "the account bob is disabled"),
        ({"members": ["ada"] * 101}, "members", "at most 100 turns"),
        ({"members": "ada"}, "members", "a list of usernames"),
        ({"time_zone": "Berlin"}, "time_zone", "the name of a time zone"),
        ({"starts_on": "soon"}, "starts_on", "must be a date"),
        ({"hand_over_day": 7}, "hand_over_day", "from 0 to 6"),
        ({"hand_over_at": "9"}, "hand_over_at", "a time of day"),
        ({"rotation_days": 0}, "rotation_days", "from 1 to 28"),
        ({"colour": "blue"}, "colour", "is not known"),
    ],
    ids=str,
)
async def test_what_is_no_schedule_is_refused(world: World, values: Any, field: str, words: str) -> None:
    await world.schedule()
    given = {"name": "More", "members": ["ada"], "starts_on": "2026-05-11"}
    with pytest.raises(InvalidInput) as refused:
        await world.on_call.create(world.ada, given | values)
    assert words in refused.value.fields[field]
    assert len(await world.on_call.list_all(world.ada)) == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"username": "bob"}, "username", "the account bob is disabled"),
        ({"ends_at": None}, "ends_at", "is required"),
        ({"ends_at": NOON}, "ends_at", "must be after"),
        ({"starts_at": NOON - timedelta(days=2), "ends_at": NOON - timedelta(days=1)}, "ends_at", "in the future"),
        ({"ends_at": NOON + timedelta(days=93)}, "ends_at", "within 92 days"),
        ({"ends_at": "soon"}, "ends_at", "must be a time with its zone"),
        ({"who": "eve"}, "who", "is not known"),
    ],
    ids=str,
)
async def test_who_cannot_stand_in_is_refused(world: World, values: Any, field: str, words: str) -> None:
    made = await world.schedule()
    given = {"username": "grace", "ends_at": NOON + timedelta(hours=2)}
    with pytest.raises(InvalidInput) as refused:
        await world.on_call.stand_in(world.ada, made.schedule.pk, given | values)
    assert words in refused.value.fields[field]


async def test_a_policy_says_whom_it_reaches(world: World) -> None:
    schedule = (await world.schedule()).schedule.pk
    target = Target("schedule", schedule)
    made = await world.policy(
        target, world.target("channel", "Mail"), is_default=True, fallback_channel=world.pks["Mail"]
    )
    assert made.policy.steps == (Step(0, (target, world.target("channel", "Mail"))),)
    assert (list(made.names.values()), made.fallback) == (["Ops", "Mail"], "Mail")
    # Neither of them has a channel of their own: that is said before the night in which it matters.
    no_channel = "cannot be told: no channel of their own that is on"
    assert made.troubles == (f"ada and grace {no_channel}",)
    own = {"kind": "ntfy", "config": {}, "templates": {}, "last_error": "", "is_default": False, **MADE}
    async with world.database.write() as conn:
        for name, is_on in (("ada", True), ("grace", False)):
            values = own | {"name": f"{name}'s phone", "enabled": is_on, "account_pk": world.pks[name]}
            await conn.execute(insert(channels).values(**values))
    assert (await world.on_call.get(world.ada, schedule)).troubles == (f"grace {no_channel}",)
    assert (await world.policies.get(world.ada, made.policy.pk)).troubles == (f"grace {no_channel}",)
    assert (await world.on_call.get(world.ada, schedule)).policies == ("Nights",)
    async with world.database.write() as conn:
        await conn.execute(update(channels).values(enabled=False))
    later = await world.policies.update(world.ada, made.policy.pk, {"rounds": 2})
    assert later.policy.rounds == 2
    off = "the channel Mail is disabled: enable it, or name another one"
    assert later.troubles == (off, f"ada and grace {no_channel}", f"the channel for when a step reaches nobody: {off}")
    async with world.database.read() as conn:
        book = await load_on_call(conn)
    assert book.default_policy == later.policy


@on_sqlite
async def test_people_without_a_way_to_be_told_are_named(world: World) -> None:
    to_ada = await world.policy(world.target("account", "ada"))
    words = "ada cannot be told: no channel of their own that is on"
    assert to_ada.troubles == (words,)
    made = await world.schedule(members=["ada", "ada"])
    until = NOON + timedelta(days=1)
    made = await world.on_call.stand_in(world.ada, made.schedule.pk, {"username": "grace", "ends_at": until})
    async with world.database.write() as conn:
        await update_account(conn, world.pks["grace"], NOON, is_disabled=True)
    found = (await world.on_call.get(world.ada, made.schedule.pk)).troubles
    assert found == (words, "grace cannot be told: the account is disabled")


@on_sqlite
async def test_names_of_other_peoples_channels_are_not_for_viewers(world: World) -> None:
    own = {"kind": "ntfy", "config": {}, "templates": {}, "last_error": "", "is_default": False, **MADE}
    async with world.database.write() as conn:
        values = own | {"name": "Ada's bedroom", "enabled": False, "account_pk": world.pks["ada"]}
        pk = (await conn.execute(insert(channels).values(**values).returning(channels.c.pk))).scalar_one()
        await conn.execute(update(channels).where(channels.c.pk == pk).values(enabled=True))
    made = await world.policy(Target("channel", pk), fallback_channel=pk)
    assert (list(made.names.values()), made.fallback) == (["Ada's bedroom"], "Ada's bedroom")
    async with world.database.write() as conn:
        await conn.execute(update(channels).values(enabled=False))
    (seen,) = await world.policies.list_all(EVE)
    assert (list(seen.names.values()), seen.fallback) == (["a channel of ada"], "a channel of ada")
    assert "Ada's" not in str(seen.troubles)
    assert "a channel of ada" in str(seen.troubles)


async def test_there_is_one_default_at_most(world: World) -> None:
    mail = world.target("channel", "Mail")
    first = await world.policy(mail, is_default=True)
    second = await world.policy(mail, name="Days", is_default=True)
    assert [view.policy.is_default for view in await world.policies.list_all(EVE)] == [True, False]
    await world.policies.update(world.ada, first.policy.pk, {"is_default": True})
    assert not (await world.policies.get(EVE, second.policy.pk)).policy.is_default


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"steps": []}, "steps", "at least one step"),
        ({"steps": [{"targets": []}]}, "steps", "step 1 must name at least one"),
        ({"steps": [("channel", "Old pager")]}, "steps", "step 1: the channel Old pager is disabled"),
        ({"steps": [("account", "bob")]}, "steps", "step 1: the account bob is disabled"),
        ({"steps": [("account", 999)]}, "steps", "step 1: there is no account 999"),
        ({"steps": [("schedule", 999)]}, "steps", "step 1: there is no on-call schedule 999"),
        ({"steps": [("channel", 999)]}, "steps", "step 1: there is no channel 999"),
        ({"fallback_channel": "Old pager"}, "fallback_channel", "the channel Old pager is disabled"),
        ({"rounds": 11}, "rounds", "from 1 to 10"),
        ({"is_default": "yes"}, "is_default", "must be true or false"),
        ({"name": "nights"}, "name", "is taken by another"),
        ({"colour": "blue"}, "colour", "is not known"),
    ],
    ids=str,
)
async def test_a_policy_that_reaches_nobody_is_refused(world: World, values: Any, field: str, words: str) -> None:
    await world.policy(world.target("channel", "Mail"))

    def pk(name: Any) -> Any:
        return world.pks.get(name, name)

    given = {"name": "More", "steps": [("channel", "Mail")]} | values
    steps = [
        {"targets": [{"type": each[0], "pk": pk(each[1])}]} if isinstance(each, tuple) else each
        for each in given["steps"]
    ]
    fallback = {"fallback_channel": pk(given["fallback_channel"])} if "fallback_channel" in given else {}
    with pytest.raises(InvalidInput) as refused:
        await world.policies.create(world.ada, given | {"steps": steps} | fallback)
    assert words in refused.value.fields[field]
    assert len(await world.policies.list_all(world.ada)) == 1


@on_sqlite
async def test_a_policy_that_an_open_incident_goes_through_is_not_deleted(world: World) -> None:
    """With it went the steps that are to come, and nobody would be told."""
    stage = Stage(world.database, world.clock)
    mail = await stage.channel("Letters")
    policy = await stage.policy((5, "channel", mail), is_default=True)
    shop = await stage.incident()
    await stage.tell("fired", shop)
    with pytest.raises(Conflict, match="open incidents go through its steps: Shop is down"):
        await world.policies.delete(world.ada, policy)
    await stage.later(300)
    assert await stage.kinds() == ["fired"]
    await world.policies.delete(world.ada, policy)


async def test_what_others_go_by_is_not_deleted(world: World) -> None:
    schedule = (await world.schedule()).schedule.pk
    policy = (await world.policy(Target("schedule", schedule))).policy.pk
    with pytest.raises(Conflict, match="these policies name it: Nights"):
        await world.on_call.delete(world.ada, schedule)
    async with world.database.write() as conn:
        await conn.execute(update(rules).values(policy_pk=policy))
    with pytest.raises(Conflict, match="these rules go by it: A service is down"):
        await world.policies.delete(world.ada, policy)
    assert (await world.policies.get(EVE, policy)).rules == ("A service is down",)
    async with world.database.write() as conn:
        await conn.execute(update(rules).values(policy_pk=None))
    await world.policies.delete(world.ada, policy)
    await world.on_call.delete(world.ada, schedule)
    for call in (world.policies.get(EVE, policy), world.on_call.get(EVE, schedule)):
        with pytest.raises(NotFound):
            await call


async def test_viewers_only_read(world: World) -> None:
    pk = (await world.schedule()).schedule.pk
    policy = (await world.policy(world.target("channel", "Mail"))).policy.pk
    for call in (
        world.on_call.create(EVE, {}),
        world.on_call.people(EVE),
        world.on_call.update(EVE, pk, {}),
        world.on_call.delete(EVE, pk),
        world.on_call.stand_in(EVE, pk, {}),
        world.on_call.end_stand_in(EVE, pk, 1),
        world.policies.create(EVE, {}),
        world.policies.update(EVE, policy, {}),
        world.policies.delete(EVE, policy),
        world.quiet.get(Identity.of_role("screen", VIEWER)),
    ):
        with pytest.raises(PermissionDenied):
            await call


async def test_quiet_hours_are_ones_own(world: World) -> None:
    spans = [{"days": [0, 1], "from": "22:00", "to": "07:00"}]
    kept = await world.quiet.put(world.ada, {"time_zone": "Europe/Berlin", "spans": spans, "passes": "warning"})
    assert kept is not None
    assert await world.quiet.get(world.ada) == kept
    async with world.database.read() as conn:
        assert (await load_on_call(conn)).quiet == {world.pks["ada"]: kept}
    assert await world.quiet.put(world.ada, {"spans": []}) is None
    assert await world.quiet.get(world.ada) is None
    with pytest.raises(InvalidInput) as refused:
        await world.quiet.put(world.ada, {"time_zone": "x", "spans": 3, "passes": "all", "more": 1})
    assert set(refused.value.fields) == {"time_zone", "spans", "passes", "more"}
