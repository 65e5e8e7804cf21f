"""The screen without a browser: events through Reflex's real pipeline, with everything real behind them."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from monitor_app.bus.local import Bus
from monitor_app.domain.account import Preferences
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.log import new_correlation_id
from monitor_app.net.network import Network
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, SYSTEM
from monitor_app.state import runtime
from monitor_app.state.bound_tokens import SESSION_KEY, new_token
from monitor_app.state.editors import EditorBook
from monitor_app.state.failures import tell_failure
from monitor_app.state.guard import CORRELATION, EventGuard
from monitor_app.state.map_feed import MapHub
from monitor_app.state.map_graph import because
from monitor_app.state.notice import Notices
from monitor_app.state.rows.hub import RowHub
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.breaker import BreakerUseCases
from monitor_app.use_cases.deleted_services import DeletedServices
from monitor_app.use_cases.downtimes import Downtimes
from monitor_app.use_cases.drafts import DraftUseCases
from monitor_app.use_cases.looked import Looked
from monitor_app.use_cases.map_places import MapPlaces
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.push_address import PushAddresses
from monitor_app.use_cases.relation_suggestions import RelationSuggestions
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.results import ResultUseCases
from monitor_app.use_cases.series import SeriesUseCases
from monitor_app.use_cases.service_bulk import ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.timeline import Timeline
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from monitor_app.use_cases.visitors import Visitors
from tests.people import People, Person
from tests.recorder import Recorder
from tests.servers.fixtures import server  # noqa: F401 - a fixture

FIELD_MARKER = "_rx_state_"


class NoRooms:
    """Nobody else looks."""

    async def move(self, sid: str, room: str) -> bool:
        return True

    def listeners(self, room: str) -> int:
        return 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        return None


class NoDemo:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def load(self, _identity: Any) -> None:
        self.asked.append("load")
        if self.error is not None:
            raise self.error

    async def remove(self, _identity: Any) -> None:
        self.asked.append("remove")


class NoProfile:
    """Nobody changes their account here."""

    async def set_preferences(self, _identity: Any, _values: Any) -> Preferences:
        raise AssertionError("nobody asked for this")


class Screen:
    """One browser: sends events, and holds what it was sent, by state class and var."""

    def __init__(self, running: runtime.Runtime, recorder: Recorder, people: People, person: Person) -> None:
        self.running = running
        self.recorder = recorder
        self.people = people
        self.person = person  # who sits before it
        self.address = "/"
        self.vars: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []
        self.toasts: list[str] = []  # those that no state holds
        self.toasted = asyncio.Event()
        self.processor: BaseStateEventProcessor | None = None
        self.file = Path()
        self.tokens: dict[str, str] = {}  # of this browser's tab, by session

    async def emit_update(self, update: Any, token: str) -> None:
        notice = (update.delta or {}).get(Notices.get_full_name(), {}).get("notice" + FIELD_MARKER)
        if notice:
            self.toasts.append(notice["text"])
            self.toasted.set()
        for state, changes in (update.delta or {}).items():
            for name, value in changes.items():
                self.vars.setdefault(state, {})[name.removesuffix(FIELD_MARKER)] = value
                self.seen.append({"state": state, "name": name.removesuffix(FIELD_MARKER), "value": value})

    def shows(self, state: type[rx.State], name: str) -> Any:
        """What the browser has of a var; the default while nothing was sent."""
        sent = self.vars.get(state.get_full_name(), {})
        return sent.get(name, state.get_fields()[name].default_value() if name in state.get_fields() else None)

    def was_sent(self, state: type[rx.State], name: str) -> list[Any]:
        """Every value that was sent for a var, in order."""
        return [one["value"] for one in self.seen if (one["state"], one["name"]) == (state.get_full_name(), name)]

    async def send(self, handler: Any, **payload: Any) -> None:
        """An event of this browser; returns when all that follows from it is done."""
        assert self.processor is not None
        name = f"{handler.state_full_name}.{handler.fn.__name__}"
        key, address = self.person.key, "192.0.2.1"
        token = self.tokens.setdefault(key, new_token(key))
        router: dict[str, Any] = {"pathname": "/", "asPath": self.address, "client_token": token, "sid": "s"}
        router |= {"headers": {"host": "localhost:3000", "origin": "http://localhost:3000"}}
        router |= {"ip": address, SESSION_KEY: key, CORRELATION: new_correlation_id()}
        self.toasted.clear()
        future = await self.processor.enqueue(token, Event(name=name, payload=payload, router_data=router))
        try:
            await future.wait_all()
        except Exception:  # noqa: BLE001 - what a handler lets through becomes a toast
            async with asyncio.timeout(60):
                await self.toasted.wait()

    def take_away(self, table: str) -> None:
        """The database cannot serve this table from now on."""
        self._rename(table, f"{table}_away")

    def give_back(self, table: str) -> None:
        """The database can serve it again."""
        self._rename(f"{table}_away", table)

    def _rename(self, before: str, after: str) -> None:
        with contextlib.closing(sqlite3.connect(self.file)) as conn:
            conn.execute(f"ALTER TABLE {before} RENAME TO {after}")

    async def add(self, *labels: str, **fields: Any) -> list[int]:
        """Services with these labels, on the board."""
        made = await self.running.services.create_many(
            SYSTEM,
            [
                {"label": label, "status_config": {"url": f"http://127.0.0.1:1/{label.replace(' ', '-')}"}} | fields
                for label in labels
            ],
        )
        await self.running.follower.read_now()
        return [service.pk for service in made]


@pytest.fixture
async def screen(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Screen]:
    """A browser in front of an empty board."""
    database, bus, board, clock, registry = Database(sqlite_url), Bus(), Board(), SystemClock(), KindRegistry()
    history = SqlHistory(database)
    follower = Follower(database, history, registry, board, bus, clock)
    await follower.start()
    network = Network()
    access = AccessBook(database, clock, bus, unseal=str)
    people = People(database, access)
    services = ServiceUseCases(database, registry, clock, bus)
    running = runtime.Runtime(
        board=board,
        follower=follower,
        hub=RowHub(board, bus, NoRooms(), clock, causes=because),
        map_hub=MapHub(board, NoRooms(), clock),
        map_places=MapPlaces(database, clock),
        services=services,
        relations=RelationUseCases(database, registry, clock, bus),
        relation_suggestions=RelationSuggestions(database, registry, clock, board),
        service_bulk=ServiceBulk(database, clock, bus),
        undo=UndoUseCases(database, registry, clock, bus),
        versions=VersionUseCases(database, registry, clock, bus),
        deleted_services=DeletedServices(database, registry, clock, [DraftUseCases(database, registry, clock)]),
        push_addresses=PushAddresses(services, registry),
        probing=Probing(network, registry),
        results=ResultUseCases(database),
        timeline=Timeline(database),
        notes=(notes := Notes(database, clock)),
        downtimes=Downtimes(database, notes),
        visitors=(visitors := Visitors(database, clock, access, NoProfile())),
        looked=Looked(database, clock, visitors),
        series=SeriesUseCases(database),
        demo=NoDemo(),
        breaker=BreakerUseCases(database, SqlHistory(database), clock, bus),
        access=access,
        drafts=DraftUseCases(database, registry, clock),
        editors=EditorBook(),
    )
    runtime.install(running)
    one = Screen(running, Recorder(database), people, await people.log_in("ada", ADMIN))
    one.file = tmp_path / "lightbulb.db"
    with RegistrationContext.ensure_context().fork():
        app = rx.App(_state=rx.State, backend_exception_handler=tell_failure)
        app.add_middleware(EventGuard(), index=0)
        one.processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=app.backend_exception_handler)
        async with one.processor.configure(event_namespace=one):
            yield one
    runtime.uninstall()
    await follower.close()
    await bus.close()
    await network.close()
    await database.close()
