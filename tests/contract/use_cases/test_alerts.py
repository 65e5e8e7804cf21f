"""What people do with alerts and incidents, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from markdown_it import MarkdownIt
from sqlalchemy import select, update

from monitor_app.bus.local import Bus
from monitor_app.domain.alerting.alert import Alert
from monitor_app.domain.alerting.incident import Entry, Incident
from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.events import AlertsChanged
from monitor_app.domain.group_tree import GroupTree
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied, Stale
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.security.permissions import ANONYMOUS, BOARD_READ, EDITOR, VIEWER, Identity
from monitor_app.storage.alert_log import Counted, alerting_revision
from monitor_app.storage.alerts import alerts, insert_alerts
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.history import Place
from monitor_app.storage.incidents import incidents, insert_entries, insert_incidents, load_split_orders
from monitor_app.storage.services import counters, insert_services, load_services
from monitor_app.use_cases.alert_following import AlertFollowing
from monitor_app.use_cases.alert_incidents import AlertIncidents
from monitor_app.use_cases.alerts import MANY_LIMIT, AlertUseCases, WantedAlerts
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.timeline import Timeline
from tests.accounts import HandClock, accounts_of
from tests.samples import NOON, service_row
from tests.samples_hostile import SCRIPTS

ADA = Identity.of_role("ada", EDITOR, account_pk=1)
EVE = Identity.of_role("eve", VIEWER, account_pk=2)
PUBLIC = Identity("anonymous", ANONYMOUS, frozenset({BOARD_READ}))
ALL = WantedAlerts(state="all")


class World:
    """Shop and stock depend on db, which has been down for five minutes: one incident with three alerts, two held."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.bus = database, HandClock(), Bus()
        self.services: list[Any] = []
        present = Present(lambda: self.services, lambda: GroupTree((), {one.group for one in self.services}))
        self.rings = 0
        self.alerts = AlertUseCases(database, self.clock, present, self.ring)
        self.incidents = AlertIncidents(database, self.clock, self.ring)
        self.following = AlertFollowing(database, self.bus)

    def ring(self) -> None:
        self.rings += 1

    async def live(self) -> None:
        rows = [
            service_row("db", label="Orders DB", group="Store"),
            service_row("shop", group="Sales", tags=["web"]),
            service_row("stock", group="Store", tags=["web"]),
        ]
        async with self.database.write() as conn:
            await insert_services(conn, rows)
            self.services = sorted(await load_services(conn), key=lambda one: one.pk)
        self.incident = await self.outage("Orders DB is down")
        self.db, self.shop, self.stock = await self.fire(
            self.incident,
            {},
            {"held_by": "dependency", "held_why": "depends on Orders DB, which is down", "severity": "warning"},
            {"held_by": "dependency", "held_why": "depends on Orders DB, which is down"},
        )

    async def outage(self, title: str, cause: str = "refused", at: float = 300) -> int:
        async with self.database.write() as conn:
            new = Incident(0, title, "critical", NOON - timedelta(seconds=at), self.services[0].pk, cause)
            (pk,) = await insert_incidents(conn, [new], 1)
        return pk

    async def fire(self, incident_pk: int | None, *changes: dict[str, Any]) -> list[int]:
        """Alerts, one for each of the services in their order."""
        new = []
        for service, change in zip(self.services, changes, strict=False):
            values = {"subject": "service", "severity": "critical", "state": "firing", "cause": "refused"} | change
            fired_at = None if values.get("held_by") or values["state"] == "pending" else NOON - timedelta(minutes=5)
            began = NOON - timedelta(minutes=5, seconds=-service.pk)
            more = {"since": began, "fired_at": fired_at, "incident_pk": incident_pk}
            new.append(Alert(0, None, "Down", service.pk, **(more | values)))
        async with self.database.write() as conn:
            return await insert_alerts(conn, new, 1)

    async def end(self, *pks: int) -> None:
        over = update(alerts).where(alerts.c.pk.in_(pks)).values(state="resolved", resolved_at=self.clock.at)
        async with self.database.write() as conn:
            await conn.execute(over)

    async def found(self, who: Identity = EVE, **wanted: Any) -> list[int]:
        return [each.alert.pk for each in await self.alerts.page(who, WantedAlerts(**wanted))]

    async def actions(self) -> list[tuple[str, str]]:
        async with self.database.read() as conn:
            return [(line.entry.action, line.entry.target) for line in await read(conn, AuditFilter())][::-1]

    async def story(self, pk: int | None = None) -> list[tuple[str, str, str]]:
        whole = await self.incidents.get(EVE, pk or self.incident)
        return [(entry.kind, entry.who, entry.text) for entry in whole.timeline]

    async def revision(self) -> int:
        async with self.database.read() as conn:
            return await alerting_revision(conn)

    async def order(self) -> int:
        async with self.database.read() as conn:
            wanted = select(counters.c.value).where(counters.c.name == ALERTING_RULES)
            found: int = (await conn.execute(wanted)).scalar_one()
            return found


@pytest.fixture
async def world(database: Database) -> World:
    made = World(database)
    await made.live()
    return made


async def test_each_filter_lets_its_own_through(world: World) -> None:
    (pending,) = await world.fire(None, {"state": "pending", "subject": "flapping"})
    everything = [world.stock, world.shop, world.db]
    expected: Sequence[tuple[dict[str, Any], list[int]]] = (
        ({}, everything),
        ({"state": "pending"}, [pending]),
        ({"state": "resolved"}, []),
        ({"severity": "warning"}, [world.shop]),
        ({"held": "none"}, [world.db]),
        ({"held": "dependency"}, [world.stock, world.shop]),
        ({"held": "silence"}, []),
        ({"acknowledged": False}, everything),
        ({"acknowledged": True}, []),
        ({"incident_pk": world.incident}, everything),
        ({"rule_pk": 77}, []),
        ({"service_id": "shop"}, [world.shop]),
        ({"group": "Store"}, [world.stock, world.db]),
        ({"group": "No such"}, []),
        ({"tag": "web", "group": "Sales"}, [world.shop]),
        ({"search": "orders"}, [world.db]),
        ({"search": "REFUS"}, everything),
        ({"search": "%"}, []),
        ({"search": "_"}, []),
        ({"search": "no\0thing \ud800"}, []),
        ({"since": NOON - timedelta(minutes=5, seconds=-2)}, [world.stock, world.shop]),
    )
    for wanted, pks in expected:
        assert await world.found(**wanted) == pks, wanted
    (shop,) = await world.alerts.page(EVE, WantedAlerts(service_id="shop"))
    assert (shop.label, shop.group, shop.incident, shop.assignee) == ("Shop", "Sales", "Orders DB is down", "")
    assert await world.alerts.counts(EVE) == Counted(firing=1, unacknowledged=1, held=2, pending=1)


async def test_what_was_over_before_it_fired_is_not_among_the_resolved(world: World) -> None:
    (nothing,) = await world.fire(None, {"state": "pending", "subject": "flapping"})
    await world.end(nothing, world.shop, world.db)
    assert await world.found(state="resolved") == [world.shop, world.db]
    assert nothing in await world.found(state="all")


async def test_what_there_is_not_is_told(world: World) -> None:
    for wanted, field in (({"state": "odd"}, "state"), ({"severity": "bad"}, "severity"), ({"held": "x"}, "held")):
        with pytest.raises(InvalidInput) as caught:
            await world.found(**wanted)
        assert list(caught.value.fields) == [field]
    for refused, error in (
        (world.found(assignee="nobody-there"), InvalidInput),
        (world.found(assignee="no\0body \ud800"), InvalidInput),
        (world.found(service_id="nothing"), NotFound),
        (world.found(PUBLIC), PermissionDenied),
        (world.alerts.get(EVE, 999), NotFound),
        (world.alerts.get(EVE, "1"), InvalidInput),
        (world.incidents.get(EVE, 999), NotFound),
        (world.incidents.get(PUBLIC, world.incident), PermissionDenied),
        (world.alerts.counts(PUBLIC), PermissionDenied),
    ):
        with pytest.raises(error):
            await refused


async def test_pages_go_on_where_the_one_before_ended(world: World) -> None:
    # Some began in the same millisecond.
    await world.fire(None, *({"subject": "flapping", "since": NOON - timedelta(hours=1)},) * 3)
    every, seen, before = await world.found(state="all"), list[int](), None
    while True:
        page = await world.alerts.page(EVE, ALL, 2, before)
        if not page:
            break
        seen += [each.alert.pk for each in page]
        before = page[-1].alert.since, page[-1].alert.pk
    assert seen == every
    assert len(every) == 6
    other = await world.outage("Other")
    first = await world.incidents.page(EVE, limit=1)
    rest = await world.incidents.page(EVE, before=(first[0].incident.started_at, first[0].incident.pk))
    assert [each.incident.pk for each in (*first, *rest)] == [other, world.incident]
    assert [each.alerts for each in rest] == [3]
    assert [each.incident.pk for each in await world.incidents.page(EVE, is_open=True, search="oth")] == [other]
    assert await world.incidents.page(EVE, is_open=False) == []
    assert await world.incidents.page(EVE, search="no\0thing \ud800") == []


async def test_acknowledging_what_was_told_acknowledges_the_incident(world: World) -> None:
    before, revision = await world.order(), await world.revision()
    (db,) = await world.alerts.acknowledge(ADA, [world.db], 30, "looking at the disks")
    until = NOON + timedelta(minutes=30)
    assert (db.alert.acknowledged_by, db.alert.acknowledged_at, db.alert.acknowledged_until) == ("ada", NOON, until)
    incident = (await world.incidents.get(EVE, world.incident)).shown.incident
    # Whoever is told next looks at the incident; those that are held were told to nobody.
    assert (incident.acknowledged_by, incident.acknowledged_until) == ("ada", until)
    assert await world.found(acknowledged=True) == [world.db]
    assert await world.story() == [("acknowledged", "ada", "looking at the disks")]
    assert (await world.order(), await world.revision()) == (before + 1, revision + 1)
    assert world.rings == 1
    assert (await world.alerts.counts(EVE)).unacknowledged == 0

    (db,) = await world.alerts.take_back(ADA, [world.db])
    assert (db.alert.acknowledged_by, db.alert.acknowledged_at) == ("", None)
    assert (await world.incidents.get(EVE, world.incident)).shown.incident.acknowledged_at is None
    assert await world.actions() == [
        ("alert.acknowledge", "Down: Orders DB"),
        ("alert.unacknowledge", "Down: Orders DB"),
    ]


async def test_incident_waits_for_all_that_was_told(world: World) -> None:
    (more,) = await world.fire(world.incident, {"subject": "flapping"})
    await world.alerts.acknowledge(ADA, [world.db, world.shop, world.stock])
    assert (await world.incidents.get(EVE, world.incident)).shown.incident.acknowledged_at is None
    # One line, however many alerts of an incident it is about.
    assert await world.story() == [("acknowledged", "ada", "(3 alerts)")]
    await world.alerts.acknowledge(ADA, [more], 5)
    found = (await world.incidents.get(EVE, world.incident)).shown.incident
    assert found.acknowledged_until == NOON + timedelta(minutes=5)
    assert (await world.actions())[0] == ("alert.acknowledge", "3 alerts")


async def test_resolved_alerts_are_left_and_refused_alone(world: World) -> None:
    await world.end(world.shop)
    found = await world.alerts.acknowledge(ADA, [world.shop, world.stock])
    assert {each.alert.pk: each.alert.acknowledged_by for each in found} == {world.shop: "", world.stock: "ada"}
    for attempt in (
        world.alerts.acknowledge(ADA, [world.shop]),
        world.alerts.take_back(ADA, [world.shop]),
        world.alerts.assign(ADA, [world.shop], None),
    ):
        with pytest.raises(Conflict, match="resolved already"):
            await attempt


async def test_bad_acts_change_nothing(world: World) -> None:
    revision = await world.revision()
    for attempt, error in (
        (world.alerts.acknowledge(EVE, [world.db]), PermissionDenied),
        (world.alerts.assign(EVE, [world.db], None), PermissionDenied),
        (world.alerts.acknowledge(ADA, []), InvalidInput),
        (world.alerts.acknowledge(ADA, "17"), InvalidInput),
        (world.alerts.acknowledge(ADA, [True]), InvalidInput),
        (world.alerts.acknowledge(ADA, [2**40]), InvalidInput),
        (world.alerts.acknowledge(ADA, list(range(1, MANY_LIMIT + 2))), InvalidInput),
        (world.alerts.acknowledge(ADA, [world.db, 999]), NotFound),
        (world.alerts.acknowledge(ADA, [world.db], -1), InvalidInput),
        (world.alerts.acknowledge(ADA, [world.db], 1.5), InvalidInput),
        (world.alerts.acknowledge(ADA, [world.db], 5, "two\nlines"), InvalidInput),
        (world.alerts.assign(ADA, [world.db], "no-such"), InvalidInput),
        (world.incidents.acknowledge(EVE, world.incident), PermissionDenied),
        (world.incidents.note(EVE, world.incident, "x"), PermissionDenied),
        (world.incidents.note(ADA, world.incident, " "), InvalidInput),
        (world.incidents.retitle(ADA, world.incident, "x" * 300), InvalidInput),
        (world.incidents.assign(ADA, world.incident, "no-such"), InvalidInput),
        (world.incidents.merge(ADA, world.incident, world.incident), Conflict),
        (world.incidents.merge(ADA, world.incident, 999), NotFound),
        (world.incidents.split(ADA, world.incident, []), Conflict),
        (world.incidents.split(ADA, world.incident, [world.db, world.shop, world.stock]), Conflict),
        (world.incidents.split(ADA, world.incident, [999]), Conflict),
        (world.incidents.split(ADA, world.incident, "12"), InvalidInput),
    ):
        with pytest.raises(error):
            await attempt
    assert await world.revision() == revision
    assert (await world.actions(), await world.story(), world.rings) == ([], [], 0)


async def test_somebody_takes_alerts_and_incidents_on(world: World) -> None:
    async with accounts_of(world.database, world.clock) as people:
        await people.set_up("grace")
        (db,) = await world.alerts.assign(ADA, [world.db], "grace")
        assert (db.assignee, await world.found(assignee="grace")) == ("grace", [world.db])
        await world.following.read_now()
        assert world.following.standing.who == {world.services[0].pk: "grace"}
        (db,) = await world.alerts.assign(ADA, [world.db], None)
        assert db.assignee == ""
        whole = await world.incidents.assign(ADA, world.incident, "grace")
        assert (whole.shown.assignee, {each.assignee for each in whole.alerts}) == ("grace", {"grace"})
    assert await world.story() == [("assigned", "ada", name) for name in ("grace", "nobody", "grace")]


async def test_incident_is_acknowledged_with_its_open_alerts(world: World) -> None:
    await world.end(world.stock)
    whole = await world.incidents.acknowledge(ADA, world.incident, 60, "on it")
    assert {each.alert.pk: each.alert.acknowledged_by for each in whole.alerts} == {
        world.db: "ada",
        world.shop: "ada",
        world.stock: "",
    }
    assert whole.shown.incident.acknowledged_until == NOON + timedelta(hours=1)
    whole = await world.incidents.take_back(ADA, world.incident)
    assert whole.shown.incident.acknowledged_by == ""
    assert [entry.kind for entry in whole.timeline] == ["acknowledged", "unacknowledged"]


async def test_what_is_over_takes_notes_and_nothing_else(world: World) -> None:
    other = await world.outage("Other")
    async with world.database.write() as conn:
        await conn.execute(update(incidents).where(incidents.c.pk == world.incident).values(resolved_at=NOON))
    for attempt in (
        world.incidents.acknowledge(ADA, world.incident),
        world.incidents.assign(ADA, world.incident, None),
        world.incidents.merge(ADA, world.incident, other),
        world.incidents.merge(ADA, other, world.incident),
        world.incidents.split(ADA, world.incident, [world.db]),
    ):
        with pytest.raises(Conflict, match="is over"):
            await attempt
    await world.incidents.note(ADA, world.incident, "a cable\r\nwas cut ")
    await world.incidents.retitle(ADA, world.incident, "A cable was cut")
    whole = await world.incidents.write_post_mortem(ADA, world.incident, "## Why\n\nA digger.\n")
    assert (whole.shown.incident.title, whole.post_mortem) == ("A cable was cut", "## Why\n\nA digger.")
    assert whole.shown.has_post_mortem
    assert await world.story() == [
        ("note", "ada", "a cable\nwas cut"),
        ("renamed", "ada", "A cable was cut"),
        ("post_mortem", "ada", ""),
    ]
    assert [action for action, _ in await world.actions()] == [
        "incident.note",
        "incident.rename",
        "incident.post_mortem",
    ]
    # Two people write at once: the second is told, and what the first one wrote stays.
    with pytest.raises(Stale, match="somebody else saved it"):
        await world.incidents.write_post_mortem(ADA, world.incident, "Mine.", before="")
    whole = await world.incidents.write_post_mortem(ADA, world.incident, "Both.", before=whole.post_mortem)
    assert whole.post_mortem == "Both."


async def test_merged_incidents_are_shown_as_one(world: World) -> None:
    other = await world.outage("Shop is down")
    third = await world.outage("Stock is down")
    assert (await world.incidents.merge(ADA, third, other)).shown.incident.pk == other
    whole = await world.incidents.merge(ADA, other, world.incident)
    assert (whole.shown.incident.pk, sorted(whole.merged)) == (world.incident, sorted([other, third]))
    assert [entry.text for entry in whole.timeline if entry.who] == [
        "merged into Shop is down",
        "Stock is down was merged into it",
        "merged into Orders DB is down",
        "Shop is down was merged into it",
    ]
    assert [each.incident.pk for each in await world.incidents.page(EVE)] == [world.incident]
    for attempt in (world.incidents.merge(ADA, world.incident, other), world.incidents.acknowledge(ADA, other)):
        with pytest.raises(Conflict, match="merged into another"):
            await attempt


async def test_split_is_ordered_of_the_engine(world: World) -> None:
    before = await world.order()
    await world.incidents.split(ADA, world.incident, [world.shop, world.stock])
    async with world.database.read() as conn:
        ((_, order),) = await load_split_orders(conn)
    assert (order.who, order.facts) == ("ada", {"alert_pks": [world.shop, world.stock]})
    assert await world.order() == before + 1
    assert await world.actions() == [("incident.split", "Orders DB is down")]


async def test_export_is_text_whatever_is_in_it(world: World) -> None:
    hostile = [*SCRIPTS, "[x](javascript:alert(1))", "![x](http://evil.example/p.png)", "````\n# not a heading\n```"]
    for text in hostile:
        pk = await world.outage(text[:200], cause=f"{text}\n# heading\n```\n<b data-hostile>")
        async with world.database.write() as conn:
            line = " ".join(text.split())
            said = (f"``` {text}\n</pre> `````", f"`` {line} ```", f"{line}`")
            await insert_entries(conn, [Entry(pk, NOON, "fired", each, who=text) for each in said])
        found = await world.incidents.export(EVE, pk)
        html = MarkdownIt("commonmark", {"html": True}).render(found)
        assert "<script" not in html.lower(), text
        assert "<a " not in html, text
        assert "<img" not in html, text
        assert "<b data" not in html, text
        # The title and the sections are all the headings that there are.
        assert html.count("<h") == 3, html
    await world.incidents.note(ADA, world.incident, "a cable")
    await world.incidents.note(ADA, world.incident, "it\nwas cut")
    whole = await world.incidents.export(EVE, world.incident)
    # What is short stands in its line.
    assert "UTC: note · ada: `a cable`\n- " in whole
    assert "UTC: note · ada\n  ```\n  it\n  was cut\n  ```\n" in whole
    assert "- Orders DB · Down · critical · since 2026" in whole.replace("\\", "")
    with pytest.raises(PermissionDenied):
        await world.incidents.export(PUBLIC, world.incident)


async def test_timeline_of_a_service_tells_of_its_alerts(world: World) -> None:
    shop, timeline = world.services[1].pk, Timeline(world.database)
    same = {"since": NOON - timedelta(hours=1), "severity": "info"}
    twins = [(await world.fire(None, {}, {"subject": "flapping"} | same))[1] for _ in range(2)]
    (_, nothing) = await world.fire(None, {}, {"state": "pending", "subject": "flapping"})
    await world.end(nothing)
    expected = [world.shop, *reversed(twins)]
    page = await timeline.page(EVE, shop, 10, sorts=["alert"])
    assert [entry.happening.what.pk for entry in page if isinstance(entry.happening.what, Alert)] == expected
    places = [Place(entry.happening.at, entry.happening.number) for entry in page]
    after = await timeline.page(EVE, shop, 10, places[1])
    assert [entry.happening.number for entry in after] == [places[2].number]
    # Who reads the board without an account is told of the status, and of nobody.
    assert await timeline.page(PUBLIC, shop, 10) == []


async def test_followers_are_told_once_of_each_change(world: World) -> None:
    seen: list[int] = []

    async def note(event: AlertsChanged) -> None:
        seen.append(event.revision)

    subscription = world.bus.subscribe(AlertsChanged, note, "test")
    await world.incidents.acknowledge(ADA, world.incident)
    await world.following.read_now()
    await world.following.read_now()
    standing = world.following.standing
    assert (standing.who, standing.counted) == ({world.services[0].pk: "ada"}, Counted(1, 0, 2, 0))
    assert [each.incident.title for each in standing.incidents] == ["Orders DB is down"]
    await world.bus.unsubscribe(subscription)
    await world.bus.close()
    assert seen == [await world.revision()]
