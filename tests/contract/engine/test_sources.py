"""What a source tells in the service table, the same on SQLite and PostgreSQL; and what waits while that is away."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.source import Known, Observed, Reading, Source, SourceCheck, SourceState
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.sources import poller as poller_module
from monitor_app.engine.sources.poller import Poller
from monitor_app.engine.sources.sync import Sync, Synced, Wording, known_of
from monitor_app.errors import DatabaseUnavailable
from monitor_app.net.failures import BadAnswer
from monitor_app.plugins.source_kinds import SourceContext, SourceKind, SourceRegistry
from monitor_app.storage import audit
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services, load_services_by_pk
from monitor_app.storage.sources import find_source, insert_source, load_observations, load_source_states
from tests.accounts import HandClock
from tests.samples import NOON, add_services

CONSUL = Wording("Consul", "consul", "consul_service")
WARNING = SourceCheck("ttl", Status.DEGRADED, "warning", "hot")


def observed(name: str, *checks: SourceCheck, **more: Any) -> Observed:
    config = {"name": name}
    return Observed(f"n1/{name}", name, name, config, facts={"id": name, "tags": []}, checks=checks, **more)


@pytest.fixture
async def source(database: Database) -> Source:
    values = {"slug": "main", "kind": "consul", "label": "Main", "config": {"address": "http://127.0.0.1:1"}}
    rest = {"interval_seconds": 60, "keep_gone_days": 30, "group": "Told", "enabled": True, "owner": "ada"}
    async with database.write() as conn:
        return await insert_source(conn, values | rest | {"created_at": NOON, "updated_at": NOON})


class World:
    """Writes readings and remembers what follows from them."""

    def __init__(self, database: Database, source: Source) -> None:
        self.sync, self._database = Sync(database, source, CONSUL), database
        self._missed: Mapping[str, int] = {}

    async def services(self) -> dict[str, ServiceDefinition]:
        async with self._database.read() as conn:
            return {each.service_id: each for each in await load_services(conn) if each.source}

    async def write(self, *services: Observed, at: datetime = NOON) -> Synced:
        known: list[Known] = [known_of(each) for each in (await self.services()).values()]
        synced = await self.sync.write(Reading(services), known, self._missed, at, is_counted=True)
        self._missed = synced.missed
        return synced


@pytest.fixture
async def world(database: Database, source: Source) -> World:
    return World(database, source)


async def test_ids_are_slugs_with_a_hash_where_they_are_taken(database: Database, world: World) -> None:
    await add_services(database, "shop")
    stream = replace(observed("stream"), key="n1/stream")
    synced = await world.write(observed("shop"), replace(observed("Shop"), key="n2/Shop"), stream, observed("Blog_1"))
    assert synced.new[3] == "blog-1"
    assert len(set(synced.new)) == 4
    assert [name.rpartition("-")[0] for name in synced.new[:3]] == ["shop", "shop", "stream"]
    services = await world.services()
    assert services["blog-1"].source_key == "n1/Blog_1"
    assert (services["blog-1"].group, services["blog-1"].owner) == ("Told", "ada")


async def test_gone_ones_are_kept_then_deleted_after_their_time(database: Database, world: World) -> None:
    await world.write(observed("a"), observed("b"), observed("c"))
    assert (await world.write(observed("a"), observed("b"), at=NOON + timedelta(minutes=1))).gone == ["c"]
    gone = (await world.services())["c"]
    assert gone.gone_at == NOON + timedelta(minutes=1)
    assert gone.pause is not None
    assert (gone.enabled, gone.pause.who) == (False, "Consul")
    later = NOON + timedelta(days=30)
    assert (await world.write(observed("a"), observed("b"), at=later)).removed == []
    assert (await world.write(observed("a"), observed("b"), at=later + timedelta(hours=2))).removed == ["c"]
    async with database.read() as conn:
        assert (await load_services_by_pk(conn, [gone.pk]))[gone.pk].is_deleted


async def test_maintenance_of_the_source_comes_and_goes(world: World) -> None:
    await world.write(observed("a", maintenance="moving"))
    held = (await world.services())["a"].maintenance
    assert held is not None
    assert (held.who, held.reason) == ("Consul", "moving")
    await world.write(observed("a"))
    assert (await world.services())["a"].maintenance is None


async def test_nothing_is_written_when_nothing_changed(world: World) -> None:
    await world.write(observed("a"))
    before = (await world.services())["a"].revision
    assert not (await world.write(observed("a", WARNING))).is_news
    assert (await world.services())["a"].revision == before


async def test_audit_log_tells_what_a_poll_changed_but_not_that_meta_did(database: Database, world: World) -> None:
    await world.write(observed("a"))
    await world.write(replace(observed("a"), facts={"id": "a", "meta": {"at": "12:00"}}))
    await world.write(replace(observed("a"), label="Other"))
    async with database.read() as conn:
        lines = await audit.read(conn, AuditFilter(action="source.sync"))
    assert [(line.entry.who, line.entry.after) for line in lines] == [
        ("Consul", {"changed": ["a"]}),
        ("Consul", {"new": ["a"]}),
    ]


async def test_deleted_connection_leaves_its_state_behind_nowhere(database: Database, world: World) -> None:
    async with database.read() as conn:
        source = await find_source(conn, "main")
    assert source is not None
    await world.sync.store(SourceState(source.pk + 1, "ok", NOON), [])
    async with database.read() as conn:
        assert await load_source_states(conn) == {}


class Engine:
    """Stands for the engine: keeps what it is given, and follows the table when the database is there."""

    def __init__(self, world: World) -> None:
        self.results: list[CheckResult] = []
        self.silenced: dict[int, tuple[datetime, str]] = {}
        self.known: dict[int, Any] = {}
        self._world, self._known = world, dict[str, ServiceDefinition]()

    def services_of(self, source_pk: int) -> list[ServiceDefinition]:
        return [each for each in self._known.values() if each.source_pk == source_pk]

    async def follow(self) -> None:
        self._known = await self._world.services()

    def take(self, result: CheckResult) -> None:
        self.results.append(result)

    def know(self, service_pk: int, standing: Any) -> None:
        self.known[service_pk] = standing

    def hear(self, service_pks: Iterable[int]) -> None:
        return None

    def silence(self, service_pk: int, at: datetime, why: str) -> None:
        self.silenced[service_pk] = at, why


class Told:
    """A source that tells what a test says."""

    def __init__(self, *services: Observed) -> None:
        self.reading = Reading(services)
        self.is_away = False

    async def poll(self, context: SourceContext, config: Any) -> Reading:
        if self.is_away:
            raise BadAnswer("it is away")
        return self.reading


async def test_what_is_read_while_the_database_is_away_is_not_lost(
    database: Database, world: World, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: SourceKind = SourceRegistry()["consul"]
    told, engine = Told(observed("old")), Engine(world)
    kind.__dict__["poller"] = told
    monkeypatch.setattr(poller_module, "DUE_SHARE", 0)
    poller = Poller(source, kind, None, database, SystemClock(), engine, lambda seconds: None)
    await poller.poll()
    assert [result.status for result in engine.results] == [Status.OK]

    async def away(*_: Any, **__: Any) -> Synced:
        raise DatabaseUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(Sync, "write", away)
        patched.setattr(Sync, "store", away)
        for _ in range(3):
            told.reading = Reading((observed("old", WARNING), observed("fresh", WARNING)))
            await poller.poll()
    assert [result.status for result in engine.results[1:]] == [Status.DEGRADED] * 3
    assert "fresh" not in await world.services()
    told.reading = Reading((observed("old"), observed("fresh")))
    await poller.poll()
    new = (await world.services())["fresh"].pk
    of_new = [result for result in engine.results if result.service_pk == new]
    assert [result.status for result in of_new] == [*[Status.DEGRADED] * 3, Status.OK]
    assert [result.checked_at for result in of_new] == sorted(result.checked_at for result in of_new)
    assert len(engine.results) == 1 + 3 + 1 + 4
    assert engine.silenced == {}
    async with database.read() as conn:
        assert (await load_observations(conn))[new].word == "no checks"
        assert (await load_source_states(conn))[source.pk].facts["services"] == 2


def polling(database: Database, source: Source, engine: Engine, told: Told, clock: Any) -> Poller:
    kind: SourceKind = SourceRegistry()["consul"]
    kind.__dict__["poller"] = told
    return Poller(source, kind, None, database, clock, engine, lambda seconds: None)


async def state_of(database: Database, source: Source) -> SourceState:
    async with database.read() as conn:
        return (await load_source_states(conn))[source.pk]


async def test_grace_does_not_begin_anew_with_each_start_of_the_engine(
    database: Database, world: World, source: Source
) -> None:
    told, engine, clock = Told(observed("a")), Engine(world), HandClock(NOON)
    await polling(database, source, engine, told, clock).poll()
    (service,) = engine.services_of(source.pk)
    told.is_away = True
    for _ in range(4):
        assert engine.silenced == {}
        clock.move(seconds=40)
        poller = polling(database, source, engine, told, clock)
        poller.load(await state_of(database, source), {})
        await poller.poll()
        poller.tend()
    assert engine.silenced == {service.pk: (NOON + timedelta(seconds=125), "Consul tells nothing: it is away")}


async def test_services_that_vanish_in_steps_are_doubted_before_half_of_them_is_gone(
    database: Database, world: World, source: Source
) -> None:
    every = [observed(name) for name in "abcdefghij"]
    told, engine, clock = Told(*every), Engine(world), HandClock(NOON)
    poller = polling(database, source, engine, told, clock)
    gone, doubts = [], []
    for left in (10, 7, 5, 4, 4, 4, 3):
        told.reading = Reading(tuple(every[:left]))
        await poller.poll()
        clock.move(seconds=60)
        gone.append(sum(each.gone_at is not None for each in (await world.services()).values()))
        doubts.append((await state_of(database, source)).doubt)
    assert gone == [0, 3, 5, 5, 5, 6, 7]
    assert [bool(doubt) for doubt in doubts] == [False, False, False, True, True, False, False]
    assert "found only 4 of 10 services that were there lately" in doubts[3]


async def test_poll_between_two_gives_results_of_what_changed_only(
    database: Database, world: World, source: Source
) -> None:
    kind: SourceKind = SourceRegistry()["consul"]
    told, engine = Told(observed("a"), observed("b")), Engine(world)
    kind.__dict__["poller"] = told
    poller = Poller(source, kind, None, database, SystemClock(), engine, lambda seconds: None)
    await poller.poll()
    told.reading = Reading((observed("a", WARNING), observed("b")))
    await poller.poll()
    await poller.poll()
    assert [result.status for result in engine.results] == [Status.OK, Status.OK, Status.DEGRADED]
    poller.order()
    await poller.poll()
    assert len(engine.results) == 5
