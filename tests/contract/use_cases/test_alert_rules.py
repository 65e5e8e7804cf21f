"""Alert rules and what they would have told in the past, on SQLite and PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.changes import Batch, ServiceEvent
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.status import Status
from monitor_app.errors import Busy, Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.security.permissions import EDITOR, VIEWER, Identity
from monitor_app.storage.alert_rules import load_rules
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.merge import merge
from monitor_app.storage.services import counters, insert_services, load_services
from monitor_app.use_cases import alert_trials
from monitor_app.use_cases.alert_rules import AlertRules
from monitor_app.use_cases.alert_trials import AlertTrials, Trial
from monitor_app.use_cases.selection import Present
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON, result, service_row, start_recording

ADA = Identity.of_role("ada", EDITOR, account_pk=1)
EVE = Identity.of_role("eve", VIEWER, account_pk=2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOWN = {"type": "status", "statuses": ["failed"]}


class World:
    """Two services since two days, checked each 10 minutes.

    `shop` was down for five minutes 30 hours ago, and is since an hour; `stock` answers slowly since six hours.
    """

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, HandClock()
        self.services: list[Any] = []
        self.present = Present(lambda: self.services, lambda: GroupTree((), {one.group for one in self.services}))
        self.rules = AlertRules(database, self.clock, self.present)
        self.trials = AlertTrials(database, self.clock, self.rules)

    async def live(self) -> None:
        rows = [
            service_row("shop", group="Sales", tags=["web"], interval_seconds=600),
            service_row("stock", group="Store", interval_seconds=600),
        ]
        async with self.database.write() as conn:
            await insert_services(conn, rows)
            self.services = await load_services(conn)
        shop, stock = (one.pk for one in self.services)
        history = SqlHistory(self.database)
        recorder = await start_recording(history)
        found = []
        for number in range(2 * 24 * 6):
            seconds = -number * 600.0 - 60
            slow = 900.0 if seconds > -6 * 3600 else 30.0
            found += [
                result(shop, seconds, response_ms=30.0, metrics={"certificate_days": 9.0 + number / 144}),
                result(stock, seconds, response_ms=slow),
            ]
        await recorder.record(*found)
        await merge(self.database, recorder.epoch, NOON, everything=True)
        events = [
            ServiceEvent(shop, NOON - 47 * HOUR, "status_changed", "", "", Status.STARTING, Status.OK),
            ServiceEvent(stock, NOON - 47 * HOUR, "status_changed", "", "", Status.STARTING, Status.OK),
            ServiceEvent(shop, NOON - 30 * HOUR, "status_changed", "", "refused", Status.OK, Status.FAILED),
            ServiceEvent(
                shop, NOON - 30 * HOUR + timedelta(minutes=5), "status_changed", "", "", Status.FAILED, Status.OK
            ),
            ServiceEvent(shop, NOON - HOUR, "status_changed", "", "no route", Status.OK, Status.FAILED),
        ]
        await history.record(recorder.epoch, Batch([], [], events, recorder.next_id + 1))

    async def actions(self) -> list[str]:
        async with self.database.read() as conn:
            return [line.entry.action for line in await read(conn, AuditFilter())][::-1]

    async def revision(self) -> int:
        async with self.database.read() as conn:
            found: int = (
                await conn.execute(select(counters.c.value).where(counters.c.name == ALERTING_RULES))
            ).scalar_one()
            return found

    async def tried(self, condition: dict[str, Any], **more: Any) -> Trial:
        days = more.pop("days", 30)
        return await self.trials.run(ADA, {"condition": condition, **more}, days)


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_there_is_a_rule_from_the_start(world: World) -> None:
    (view,) = await world.rules.list_all(EVE)
    assert (view.rule.name, view.rule.is_default, view.rule.severity) == ("A service is down", True, "critical")
    assert (view.rule.condition.words, view.services, view.scope, view.policy) == ("is down", 2, {}, "")


async def test_rules_are_kept_changed_and_deleted(world: World) -> None:
    before = await world.revision()
    slow = {"type": "response", "percentile": 95, "above_ms": 500, "span_minutes": 30}
    made = await world.rules.create(
        ADA,
        {"name": "Slow", "condition": slow, "scope": {"services": ["shop"], "groups": ["Sales"]}, "for_seconds": 60},
    )
    assert (made.scope, made.services) == ({"services": ["shop"], "groups": ["Sales"]}, 1)
    changed = await world.rules.update(ADA, made.rule.pk, {"severity": "warning", "scope": {"tags": ["web"]}})
    assert (changed.rule.severity, changed.scope, changed.rule.for_seconds) == ("warning", {"tags": ["web"]}, 60)
    async with world.database.read() as conn:
        assert changed.rule in await load_rules(conn)
    await world.rules.delete(ADA, made.rule.pk)
    with pytest.raises(NotFound):
        await world.rules.get(ADA, made.rule.pk)
    assert await world.revision() == before + 3
    assert await world.actions() == ["alert_rule.create", "alert_rule.update", "alert_rule.delete"]


async def test_a_rule_stays_as_it_is_when_its_service_is_gone(world: World) -> None:
    made = await world.rules.create(ADA, {"name": "Shop", "condition": DOWN, "scope": {"services": ["shop"]}})
    world.services = world.services[1:]
    kept = await world.rules.update(ADA, made.rule.pk, {"severity": "info"})
    assert (kept.rule.scope, kept.services, kept.scope) == (made.rule.scope, 0, {})


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": ""}, "name", "is required"),
        ({"name": "a SERVICE is down"}, "name", "is taken by another alert rule"),
        ({"condition": {}}, "condition.type", "must be one of status, share"),
        ({"condition": None}, "condition", "must be an object with a type"),
        (
            {"condition": {"type": "metric", "metric": "query_ms", "comparison": ">", "value": 1, "unit": "MB"}},
            "condition.unit",
            "must be one of ms, s for query_ms",
        ),
        ({"scope": {"services": ["nothing"]}}, "scope.services", "there is no nothing"),
        ({"scope": {"groups": ["Nowhere"]}}, "scope.groups", "there is no Nowhere"),
        ({"scope": {"tags": ["none"]}}, "scope", "is about no service"),
        ({"scope": {"except_services": ["shop", "stock"]}}, "scope", "is about no service"),
        ({"scope": {"label": ["x"]}}, "scope", "must have only services, groups"),
        ({"scope": "all"}, "scope", "must be an object"),
        ({"severity": "bad"}, "severity", "must be one of info, warning, critical"),
        ({"for_seconds": -1}, "for_seconds", "from 0 to"),
        ({"enabled": 1}, "enabled", "must be true or false"),
        ({"policy": 99}, "policy", "there is none with the number 99"),
        ({"colour": "blue"}, "colour", "is not known"),
    ],
    ids=str,
)
async def test_what_is_no_rule_is_refused_by_its_field(world: World, values: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.rules.create(ADA, {"name": "More", "condition": DOWN} | values)
    assert words in refused.value.fields[field]
    assert len(await world.rules.list_all(ADA)) == 1


async def test_viewers_only_read(world: World) -> None:
    pk = (await world.rules.list_all(EVE))[0].rule.pk
    for call in (
        world.rules.create(EVE, {}),
        world.rules.update(EVE, pk, {}),
        world.rules.delete(EVE, pk),
        world.trials.run(EVE, {"condition": DOWN}),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert [one.service_id for one in world.rules.reach(EVE, {})] == ["shop", "stock"]
    assert world.rules.reach(EVE, {"tags": ["web"], "except_services": ["shop"]}) == []


async def test_there_is_an_end_to_how_many_there_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.use_cases.alert_rules.RULES_LIMIT", 1)
    with pytest.raises(Conflict, match="there are 1 rules"):
        await world.rules.create(ADA, {"name": "More", "condition": DOWN})


async def test_a_rule_is_tried_against_the_past(world: World) -> None:
    trial = await world.tried(DOWN)
    assert (trial.count, trial.too_short, trial.services, trial.tried) == (2, 0, 2, 2)
    assert [(firing.service_id, firing.cause) for firing in trial.firings] == [
        ("shop", "no route"),
        ("shop", "refused"),
    ]
    assert (trial.firings[0].at, trial.firings[0].until) == (NOON - HOUR, None)
    assert trial.firings[1].until == NOON - 30 * HOUR + timedelta(minutes=5)
    longer = await world.tried(DOWN, for_seconds=600)
    assert (longer.count, longer.too_short, longer.firings[0].at) == (1, 1, NOON - HOUR + timedelta(minutes=10))
    assert (await world.tried(DOWN, days=1)).count == 1
    assert (await world.tried(DOWN, scope={"services": ["stock"]})).count == 0


@pytest.mark.parametrize(
    ("condition", "fired"),
    [
        ({"type": "share", "statuses": ["failed"], "share": 0.5, "span_minutes": 60}, ["shop"]),
        ({"type": "burn", "target": 0.999, "window_days": 30}, ["shop", "shop"]),
        ({"type": "response", "percentile": 50, "above_ms": 500, "span_minutes": 60}, ["stock"]),
        ({"type": "metric", "metric": "response_ms", "comparison": ">", "value": 500, "unit": "ms"}, ["stock"]),
        ({"type": "certificate_days", "days": 10}, ["shop"]),
        ({"type": "no_data", "minutes": 10}, []),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
async def test_each_condition_can_be_tried(world: World, condition: dict[str, Any], fired: list[str]) -> None:
    trial = await world.tried(condition, days=2)
    assert [firing.service_id for firing in trial.firings] == fired
    assert all(firing.cause for firing in trial.firings)


@on_sqlite
async def test_a_trial_says_how_many_services_it_did_not_look_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {"type": "response", "percentile": 50, "above_ms": 500, "span_minutes": 60}
    expiry = {"type": "certificate_days", "days": 10}
    monkeypatch.setattr(alert_trials, "SUMMARIES_LIMIT", 2 * 288)
    over_a_day, over_two = await world.tried(slow, days=1), await world.tried(slow, days=2)
    assert [(trial.services, trial.tried, trial.is_cut) for trial in (over_a_day, over_two)] == [
        (2, 2, False), (2, 1, False)
    ]  # fmt: skip
    assert (await world.tried(expiry)).tried == 2
    monkeypatch.setattr(alert_trials, "RESULTS_LIMIT", 1)
    cut = await world.tried(expiry)
    assert (cut.services, cut.tried, cut.is_cut) == (2, 1, True)


async def test_one_trial_at_a_time(world: World) -> None:
    world.trials._running = 1
    with pytest.raises(Busy):
        await world.tried(DOWN)
    world.trials._running = 0
    with pytest.raises(InvalidInput, match="days"):
        await world.tried(DOWN, days=91)
