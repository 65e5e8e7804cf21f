"""A real Consul agent, polled by the real engine in this process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain import source as source_rules
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.domain.told import checks_of
from monitor_app.engine import process
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.sources import desk, poller
from monitor_app.errors import Conflict, InvalidInput
from monitor_app.net import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.security.permissions import BOARD_READ, SYSTEM, Identity
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import load_services
from monitor_app.use_cases.service_bulk import BulkChange, ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.sources import SourceUseCases
from monitor_app.use_cases.told_checks import ToldChecks
from tests.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.consul import ConsulServer, running_consul, ttl
from tests.servers.http import http_server, reply

PATIENCE_SECONDS = 200


@pytest.fixture(scope="module")
def consul() -> Iterator[ConsulServer]:
    with running_consul() as server:
        yield server


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sources(database: Database) -> AsyncIterator[SourceUseCases]:
    network = Network()
    yield SourceUseCases(database, SourceRegistry(), network, SystemClock(), Bus())
    await network.close()


@asynccontextmanager
async def engine(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    with (tmp_path / "stdin").open("w+") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        stop = asyncio.Event()
        running = asyncio.create_task(process.run_engine(Settings(database_url=database_url), stop=stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await running


class Scene:
    """What is in the database, by the ids that services have in Consul."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def services(self) -> dict[str, ServiceDefinition]:
        async with self._database.read() as conn:
            found = await load_services(conn)
        return {service.source_facts["id"]: service for service in found if service.source_facts}

    async def states(self) -> dict[str, ServiceState]:
        by_pk = {state.service_pk: state for state in await SqlHistory(self._database).states()}
        return {name: by_pk[service.pk] for name, service in (await self.services()).items() if service.pk in by_pk}

    async def status(self, name: str) -> Status | None:
        state = (await self.states()).get(name)
        return None if state is None else state.status

    async def until_status(self, name: str, status: Status) -> ServiceState:
        await until(lambda: self._is(name, status), lambda: self._told(name))
        return (await self.states())[name]

    async def _is(self, name: str, status: Status) -> bool:
        return await self.status(name) is status

    async def _told(self, name: str) -> Any:
        return (await self.states()).get(name)


async def until(condition: Callable[[], Awaitable[bool]], told: Callable[[], Awaitable[Any]] | None = None) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not in time: {await told() if told else ''}") from None


def connection(server: ConsulServer, **config: Any) -> dict[str, Any]:
    return {"kind": "consul", "label": "Main", "config": {"address": server.address, **config}, "interval_seconds": 10}


async def test_what_consul_tells_becomes_services_with_results(
    consul, database, sources, sqlite_url, tmp_path, monkeypatch, caplog
):
    caplog.set_level(logging.INFO, logger="monitor_app")
    scene = Scene(database)
    closed = free_port()
    async with http_server() as http:
        http.on("/health", reply(200, b"fine"))
        consul.register(
            "shop",
            "shop-1",
            port=8443,
            checks=[
                ttl("shop-ttl"),
                {"HTTP": f"http://127.0.0.1:{http.port}/health", "Interval": "1s", "CheckID": "http"},
            ],
            Tags=["public", "v2"],
            Meta={"scheme": "https", "path": "/start", "team": "web", "api_token": "hidden"},
        )
        consul.register("dead", checks=[{"TCP": f"127.0.0.1:{closed}", "Interval": "1s", "CheckID": "tcp"}])
        allowed = {"SourceName": "shop", "DestinationName": "dead", "SourceType": "consul", "Action": "allow"}
        consul.call("POST", "/v1/connect/intentions", allowed)
        await sources.create(SYSTEM, connection(consul))
        async with engine(sqlite_url, tmp_path, monkeypatch):
            await scene.until_status("shop-1", Status.OK)
            await scene.until_status("dead", Status.FAILED)
            shop = (await scene.services())["shop-1"]
            assert (shop.service_id, shop.label, shop.kind, shop.source) == (
                "shop-1",
                "shop (shop-1)",
                "consul",
                "consul",
            )
            assert shop.tags == ("public", "v2")
            assert shop.source_facts["calls"] == ["dead"]
            assert shop.source_facts["url"] == "https://127.0.0.1:8443/start"
            assert shop.source_facts["meta"]["api_token"] == "***"

            consul.tell("shop-ttl", "warning", "disk at 91 %\nmore")
            state = await scene.until_status("shop-1", Status.DEGRADED)
            assert state.message == "warning: shop-ttl: disk at 91 %"
            consul.tell("shop-ttl", "critical", "disk full")
            assert (await scene.until_status("shop-1", Status.FAILED)).message == "critical: shop-ttl: disk full"
            consul.tell("shop-ttl", "passing", "fine again")
            await scene.until_status("shop-1", Status.OK)

            consul.maintain("shop-1", is_on=True, reason="moving")
            state = await scene.until_status("shop-1", Status.STOPPED)
            held = (await scene.services())["shop-1"].maintenance
            assert held is not None
            assert (held.who, held.reason) == ("Consul", "maintenance mode of the service in Consul: moving")
            consul.maintain("shop-1", is_on=False)
            await scene.until_status("shop-1", Status.OK)
            assert (await scene.services())["shop-1"].maintenance is None

            consul.deregister("dead")
            await scene.until_status("dead", Status.STOPPED)
            dead = (await scene.services())["dead"]
            assert dead.gone_at is not None
            assert not dead.enabled
            consul.register("dead", checks=[ttl("dead-ttl")])
            await scene.until_status("dead", Status.OK)
            back = (await scene.services())["dead"]
            assert (back.pk, back.gone_at, back.enabled) == (dead.pk, None, True)

            observed = await sources.observations(SYSTEM, [shop.pk])
            assert [check["name"] for check in observed[shop.pk].checks][-1] == "Serf Health Status"
            (view,) = await sources.list_all(SYSTEM)
            assert view.shown_state == "ok"
            assert view.state is not None
            assert view.state.facts["services"] == 3
        await each_result_tells_its_checks(database, shop.pk)
        polls = [record.fields for record in caplog.records if record.message == "a source was polled"]
        assert polls[0] | {"seconds": 0} == {
            "source": "main",
            "seconds": 0,
            "services": 3,
            "checks": 6,
            "new": 3,
            "changed": 0,
            "gone": 0,
        }
        consul.deregister("dead")
        consul.deregister("shop-1")


async def each_result_tells_its_checks(database: Database, pk: int) -> None:
    now, told = datetime.now(UTC), ToldChecks(database)
    stored = await SqlHistory(database).page(pk, now - timedelta(hours=1), now + timedelta(hours=1), 200)
    for one in stored:
        checks = checks_of((await told.at(SYSTEM, pk, one.id)).document)
        assert [check["name"] for check in checks] == ["Service 'shop' check", "shop-ttl", "Serf Health Status"]
        assert one.status in (max(Status[check["status"]] for check in checks), Status.STOPPED)
    http, shop_ttl, _ = await told.histories(SYSTEM, pk, now)
    assert (http.check["type"], http.is_there, shop_ttl.check["output"]) == ("http", True, "fine again")
    words = [(change.before, change.word, change.output) for change in shop_ttl.changes]
    assert ("passing", "warning", "disk at 91 % more") in words
    assert words[0] == ("critical", "passing", "fine again")
    passing, warning, critical = (sum(counts) for counts in zip(*shop_ttl.windows.values(), strict=True))
    assert passing + warning + critical == len(stored)
    assert warning * critical > 0
    nobody = Identity(name="nobody", role="viewer", permissions=frozenset({BOARD_READ}))
    assert {each.check["output"] for each in await told.histories(nobody, pk, now)} == {""}


async def test_change_comes_long_before_the_next_poll(consul, database, sources, sqlite_url, tmp_path, monkeypatch):
    scene = Scene(database)
    consul.register("quick", checks=[ttl("quick-ttl")])
    await sources.create(SYSTEM, connection(consul) | {"interval_seconds": 3600})
    async with engine(sqlite_url, tmp_path, monkeypatch):
        await scene.until_status("quick", Status.OK)
        # Another agent of the same cluster tells the same.
        (view,) = await sources.list_all(SYSTEM)
        tried = await sources.try_out(SYSTEM, "consul", {"address": consul.address})
        assert tried.warning.startswith("Main tells of ")
        assert (await sources.try_out(SYSTEM, "consul", view.config, "main")).warning == ""
        for word, status in (("critical", Status.FAILED), ("passing", Status.OK)):
            consul.tell("quick-ttl", word)
            await scene.until_status("quick", status)
        consul.register("newcomer", checks=[ttl("newcomer-ttl")])
        await scene.until_status("newcomer", Status.OK)
    for name in ("quick", "newcomer"):
        consul.deregister(name)


async def test_away_is_unknown_after_a_while_and_comes_back(
    database, sources, sqlite_url, tmp_path, monkeypatch, caplog
):
    caplog.set_level(logging.INFO, logger="monitor_app")
    monkeypatch.setattr(source_rules, "GRACE_INTERVALS", 0)
    monkeypatch.setattr(source_rules, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(desk, "TEND_SECONDS", 0.2)
    monkeypatch.setattr(poller, "PAUSES_SECONDS", (0.3, 0.6))
    scene, port = Scene(database), free_port()
    with ExitStack() as stack:
        first = stack.enter_context(running_consul(port))
        first.register("shop", checks=[ttl("shop-ttl")])
        await sources.create(SYSTEM, connection(first))
        async with engine(sqlite_url, tmp_path, monkeypatch):
            await scene.until_status("shop", Status.OK)
            pk = (await scene.services())["shop"].pk
            await asyncio.to_thread(stack.close)
            state = await scene.until_status("shop", Status.UNKNOWN)
            assert state.message.startswith("Consul tells nothing: ")
            (view,) = await sources.list_all(SYSTEM)
            assert view.shown_state == "away"
            assert not any(service.gone_at for service in (await scene.services()).values())
            with running_consul(port) as second:
                second.register("shop", checks=[ttl("shop-ttl", "warning")])
                await scene.until_status("shop", Status.DEGRADED)
                assert (await scene.services())["shop"].pk == pk
                assert (await sources.list_all(SYSTEM))[0].shown_state in ("ok", "doubted")
    # Once each time; a busy machine may be late more than once.
    away, back = [caplog.messages.count(f"a source {words}") for words in ("does not answer", "answers again")]
    assert away == back >= 1


async def test_token_that_shows_nothing_any_more_is_doubted(database, sources, sqlite_url, tmp_path, monkeypatch):
    scene = Scene(database)
    with running_consul(has_acl=True) as consul:
        for name in ("a", "b", "c"):
            consul.register(name, checks=[ttl(f"{name}-ttl")])
        rules = 'node_prefix "" { policy = "read" } service_prefix "" { policy = "read" }'
        token = consul.policy_token("lightbulb", rules)
        await sources.create(SYSTEM, connection(consul, token=token))
        async with engine(sqlite_url, tmp_path, monkeypatch):
            await scene.until_status("c", Status.OK)
            nothing = consul.policy_token("nothing", 'node_prefix "" { policy = "read" }')
            await sources.update(SYSTEM, "main", {"config": {"address": consul.address, "token": nothing}})

            async def is_doubted() -> bool:
                return (await sources.get(SYSTEM, "main")).shown_state == "doubted"

            await until(is_doubted)
            view = await sources.get(SYSTEM, "main")
            assert view.state is not None
            assert "nothing is called gone until 3 polls agree (1 so far)" in view.state.doubt
            assert view.config["token"] == "***"
            assert not any(service.gone_at for service in (await scene.services()).values())
            refused = await sources.try_out(SYSTEM, "consul", {"address": consul.address, "token": "0" * 8})
            assert "does not let this token read" in refused.error
            await sources.update(SYSTEM, "main", {"config": {"address": consul.address, "token": token}})

            async def is_well() -> bool:
                return (await sources.get(SYSTEM, "main")).shown_state == "ok"

            await until(is_well)
            assert not any(service.gone_at for service in (await scene.services()).values())


async def test_answers_that_are_none_are_told_in_words(sources):
    async with http_server() as http:
        address = f"http://127.0.0.1:{http.port}"
        http.on("/v1/health/state/any", reply(200, b"<html>"))
        http.on("/v1/catalog/nodes", reply(200, b"[]"))
        html = await sources.try_out(SYSTEM, "consul", {"address": address})
        http.on("/v1/health/state/any", reply(500, b"No cluster leader"))
        leaderless = await sources.try_out(SYSTEM, "consul", {"address": address})
        http.on("/v1/health/state/any", reply(200, b"[" + b" " * (17 << 20)))
        endless = await sources.try_out(SYSTEM, "consul", {"address": address})
    closed = await sources.try_out(SYSTEM, "consul", {"address": address})
    assert html.error == "the answer is not JSON: is this the address of a Consul agent?"
    assert leaderless.error == "Consul has no leader at present, so it cannot tell"
    assert "refused" in closed.error
    assert endless.error == "the answer is longer than 16 MB"
    guarded = await sources.try_out(SYSTEM, "consul", {"address": "http://169.254.169.254"})
    assert "169.254.169.254" in guarded.error
    assert "timed out" not in guarded.error


async def test_tls_with_an_authority_and_a_client_certificate_of_ones_own(sources):
    authority = Authority()
    client = authority.issue("lightbulb")
    own = {"client_certificate": client.pem, "client_key": client.key_pem(), "ca_certificate": authority.pem.decode()}
    with running_consul(authority=authority) as consul:
        config = {"address": consul.tls_address}
        assert (await sources.try_out(SYSTEM, "consul", config | own)).error == ""
        unknown = await sources.try_out(SYSTEM, "consul", config)
        nameless = await sources.try_out(SYSTEM, "consul", config | {"ca_certificate": own["ca_certificate"]})
    assert "certificate" in unknown.error
    assert nameless.error
    with pytest.raises(InvalidInput) as caught:
        await sources.try_out(SYSTEM, "consul", config | {"client_certificate": client.pem})
    assert set(caught.value.fields) == {"client_key"}


async def test_fields_that_consul_brings_cannot_be_changed_here(
    consul, database, sources, sqlite_url, tmp_path, monkeypatch
):
    scene, clock, bus = Scene(database), SystemClock(), Bus()
    services, bulk = ServiceUseCases(database, KindRegistry(), clock, bus), ServiceBulk(database, clock, bus)
    consul.register("kept", Tags=["public"], checks=[ttl("kept-ttl")])
    await sources.create(SYSTEM, connection(consul))
    async with engine(sqlite_url, tmp_path, monkeypatch):
        await scene.until_status("kept", Status.OK)
        wrong = {"label": "Mine", "interval_seconds": 30, "tags": ["ours"], "status_config": {"url": "http://x/"}}
        with pytest.raises(InvalidInput) as caught:
            await services.update(SYSTEM, "kept", wrong, expected_revision=None)
        assert set(caught.value.fields) == {"label", "interval_seconds", "tags", "status_config"}
        with pytest.raises(Conflict, match="deregister it there"):
            await services.delete(SYSTEM, ["kept"])
        with pytest.raises(InvalidInput, match="cannot be added one by one"):
            await services.create(SYSTEM, {"kind": "consul", "label": "By hand", "status_config": {"name": "x"}})
        told = await bulk.change(SYSTEM, ["kept"], BulkChange("interval", interval_seconds=30))
        assert "comes from Consul" in told.errors["kept"]
        await services.pause(SYSTEM, ["kept"])
        await scene.until_status("kept", Status.STOPPED)
        await services.resume(SYSTEM, ["kept"])
        await scene.until_status("kept", Status.OK)
        ours = {"group": "Sales", "tags": ["public", "ours"], "service_id": "renamed"}
        await services.update(SYSTEM, "kept", ours, expected_revision=None)
        consul.register("kept", Tags=["public", "new"], checks=[ttl("kept-ttl")])

        async def is_merged() -> bool:
            return (await scene.services())["kept"].tags == ("public", "new", "ours")

        await until(is_merged)
        kept = (await scene.services())["kept"]
        assert (kept.service_id, kept.group) == ("renamed", "Sales")
        assert await sources.delete(SYSTEM, "main") >= 1
        assert await scene.services() == {}
    consul.deregister("kept")
