"""The API on a real database, asked in this process as people of each role. Nothing is checked: no engine runs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from monitor_app.api.app import create_api
from monitor_app.api.status_pages.press import StatusPress
from monitor_app.api.status_pages.private import PageEntrance
from monitor_app.bus.local import Bus
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.net.network import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import EDITOR
from monitor_app.security.throttle import LoginThrottle
from monitor_app.security.vault import Vault, new_key
from monitor_app.settings import load_settings
from monitor_app.state import runtime
from monitor_app.storage.accounts import insert_account
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.relations import insert_relation
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.breaker import BreakerUseCases
from monitor_app.use_cases.check_orders import CheckOrders
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.deleted_services import DeletedServices
from monitor_app.use_cases.downtimes import Downtimes
from monitor_app.use_cases.drafts import DraftUseCases
from monitor_app.use_cases.fleet import FleetUseCases
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.holds import HoldUseCases
from monitor_app.use_cases.idempotency import IdempotentAnswers
from monitor_app.use_cases.maintenance_windows import MaintenanceWindows
from monitor_app.use_cases.map_places import MapPlaces
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.notices import NoticeUseCases
from monitor_app.use_cases.objectives import ObjectiveUseCases
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.published import PublishedReader
from monitor_app.use_cases.relation_suggestions import RelationSuggestions
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.reports.jobs import ReportJobs
from monitor_app.use_cases.results import ResultUseCases
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.series import SeriesUseCases
from monitor_app.use_cases.service_bulk import ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.status_pages import StatusPageUseCases
from monitor_app.use_cases.tags import TagUseCases
from monitor_app.use_cases.timeline import Timeline
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from monitor_app.use_cases.visitors import Visitors
from monitor_app.use_cases.websites import WebsiteUseCases
from tests.accounts import cheap_hasher
from tests.unit.api.people import People, running, with_key

SERVICES = "/api/admin/services"


@dataclass
class Served:
    """What runs, and a client that comes with the key of an editor unless it says otherwise."""

    running: runtime.Runtime
    database: Database
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, role: str = EDITOR, **more: Any) -> httpx.Response:
        """One request; `headers` beside those of the role."""
        headers = with_key(role) | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def add(self, service_id: str, **values: Any) -> dict[str, Any]:
        """A service, by the API."""
        given = {"service_id": service_id, "label": service_id.title()} | values
        given.setdefault("status_config", {"url": f"https://{service_id}.example.org/"})
        answer = await self.ask("POST", SERVICES, json=given)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def relate(self, source: str, target: str) -> int:
        """A dependency, past the API."""
        rows = self.running.board.find(source), self.running.board.find(target)
        assert rows[0] is not None
        assert rows[1] is not None
        now = SystemClock().now()
        values = {"source_pk": rows[0].pk, "target_pk": rows[1].pk, "relation_type": "dependency"}
        async with self.database.write() as conn:
            made = await insert_relation(conn, values | {"created_at": now, "updated_at": now})
        await self.running.follower.read_now()
        return made.pk


@asynccontextmanager
async def served(database: Database) -> AsyncIterator[Served]:
    """On a database that has its tables."""
    async with AsyncExitStack() as stack:
        clock, board, bus, vault = SystemClock(), Board(), Bus(), Vault([new_key()])
        stack.push_async_callback(bus.close)
        registry, network = KindRegistry(sealer=vault), Network()
        stack.push_async_callback(network.close)
        follower = Follower(database, SqlHistory(database), registry, board, bus, clock)
        stack.push_async_callback(follower.close)
        await follower.start()
        async with database.write() as conn:  # whose the keys are
            await insert_account(conn, "ada", EDITOR, "no password", clock.now())
        services = ServiceUseCases(database, registry, clock, bus)
        hasher = cheap_hasher()
        stack.callback(hasher.close)
        passwords = PasswordCheck(hasher, LoginThrottle(clock))
        nobody: Any = None  # no session comes here
        present = Present(lambda: [row.definition for row in board], board.group_tree)
        reader, home = PublishedReader(database), "http://localhost:3000"
        parts: dict[str, Any] = {
            "status_pages": StatusPageUseCases(database, clock, bus, passwords, ["localhost"]),
            "notices": NoticeUseCases(database, clock, bus),
            "status_press": StatusPress(reader, board, bus, clock, home=home, present=present),
            "page_entrance": PageEntrance(passwords, vault.digests, clock),
            "access": (people := People()),
            "visitors": Visitors(database, clock, people, nobody),
            "board": board,
            "follower": follower,
            "registry": registry,
            "services": services,
            "websites": WebsiteUseCases(services),
            "groups": GroupUseCases(database, clock, bus),
            "tags": TagUseCases(database, clock, bus),
            "results": ResultUseCases(database),
            "timeline": Timeline(database),
            "notes": (notes := Notes(database, clock)),
            "downtimes": Downtimes(database, notes),
            "series": SeriesUseCases(database),
            "present": present,
            "maintenance_windows": MaintenanceWindows(database, clock, present),
            "fleet": FleetUseCases(database, clock, present),
            "objectives": ObjectiveUseCases(database, clock, present),
            "reports": (reports := ReportJobs(database, clock, present)),
            "relations": RelationUseCases(database, registry, clock, bus),
            "map_places": MapPlaces(database, clock),
            "relation_suggestions": RelationSuggestions(database, registry, clock, board),
            "service_bulk": ServiceBulk(database, clock, bus),
            "undo": UndoUseCases(database, registry, clock, bus),
            "versions": VersionUseCases(database, registry, clock, bus),
            "drafts": DraftUseCases(database, registry, clock),
            "deleted_services": DeletedServices(database, registry, clock),
            "configuration": ConfigurationUseCases(database, registry, clock, bus),
            "check_orders": CheckOrders(database, clock, lambda: None),
            "idempotent_answers": IdempotentAnswers(database, clock, vault.digests),
            "holds": HoldUseCases(database, clock, bus),
            "breaker": BreakerUseCases(database, SqlHistory(database), clock, bus),
            "probing": Probing(network, registry),
            "exporting": Exporting(database, registry, clock),
            "importing": Importing(database, registry, clock, bus, AccessChanges(database, clock)),
        }
        stack.push_async_callback(reports.close)
        installed = stack.enter_context(running(**parts))
        settings = load_settings(port=3000, rate_per_key=1_000_000, rate_per_address=1_000_000)
        transport = httpx.ASGITransport(create_api(settings), raise_app_exceptions=False)
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://localhost:3000", timeout=60)
        )
        yield Served(installed, database, client)
