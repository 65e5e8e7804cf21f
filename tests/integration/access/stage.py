"""The whole program in one process, and everybody who could come to it: the real app's pipeline, on a real database."""

import asyncio
import io
import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reflex.app import App
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegisteredEventHandler

from monitor_app import log
from monitor_app.api.status_pages.press import StatusPress
from monitor_app.api.status_pages.private import PageEntrance
from monitor_app.api.stream import StreamHub, StreamLimits
from monitor_app.engine.board import Board
from monitor_app.engine.clock import SystemClock
from monitor_app.engine.follower import Follower
from monitor_app.engine.own_health import DatabaseWatch, EngineWatch, OwnHealth
from monitor_app.log import new_correlation_id
from monitor_app.net.network import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.security.permissions import ADMIN, EDITOR, NOBODY, SYSTEM, VIEWER, Identity
from monitor_app.state import runtime
from monitor_app.state.alert_feed import AlertHub
from monitor_app.state.bound_tokens import SESSION_KEY, new_token
from monitor_app.state.editors import EditorBook
from monitor_app.state.guard import CORRELATION
from monitor_app.state.map_feed import MapHub
from monitor_app.state.map_graph import because
from monitor_app.state.rows.hub import RowHub
from monitor_app.state.source_feed import SourceHub
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.alert_following import AlertFollowing
from monitor_app.use_cases.alert_incidents import AlertIncidents
from monitor_app.use_cases.alert_rules import AlertRules
from monitor_app.use_cases.alert_trials import AlertTrials
from monitor_app.use_cases.alerting_settings import AlertingSettingsUseCases
from monitor_app.use_cases.alerts import AlertUseCases
from monitor_app.use_cases.audit_log import AuditLog
from monitor_app.use_cases.breaker import BreakerUseCases
from monitor_app.use_cases.channel_trying import ChannelTrying
from monitor_app.use_cases.channels import ChannelUseCases
from monitor_app.use_cases.check_orders import CheckOrders
from monitor_app.use_cases.check_queue import CheckQueueUseCases
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.deleted_services import DeletedServices
from monitor_app.use_cases.demo import DemoSupervisor
from monitor_app.use_cases.demo_catalogue import CATALOGUE
from monitor_app.use_cases.denials import Denials
from monitor_app.use_cases.downtimes import Downtimes
from monitor_app.use_cases.drafts import DraftUseCases
from monitor_app.use_cases.escalation_policies import EscalationPolicies
from monitor_app.use_cases.fleet import FleetUseCases
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.heartbeats import Heartbeats
from monitor_app.use_cases.holds import HoldUseCases
from monitor_app.use_cases.idempotency import IdempotentAnswers
from monitor_app.use_cases.looked import Looked
from monitor_app.use_cases.maintenance_windows import MaintenanceWindows
from monitor_app.use_cases.map_places import MapPlaces
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.notices import NoticeUseCases
from monitor_app.use_cases.notifications import Notifications
from monitor_app.use_cases.objectives import ObjectiveUseCases
from monitor_app.use_cases.on_call import OnCall
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.published import PublishedReader
from monitor_app.use_cases.push_address import PushAddresses
from monitor_app.use_cases.queue_watch import QueueWatch
from monitor_app.use_cases.quiet_hours import QuietHoursUseCases
from monitor_app.use_cases.relation_suggestions import RelationSuggestions
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.reports.jobs import ReportJobs
from monitor_app.use_cases.results import ResultUseCases
from monitor_app.use_cases.saved_views import SavedViews
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.series import SeriesUseCases
from monitor_app.use_cases.service_bulk import ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.sign_in import SignIn
from monitor_app.use_cases.silences import SilenceUseCases
from monitor_app.use_cases.sources import SourceUseCases
from monitor_app.use_cases.status_pages import StatusPageUseCases
from monitor_app.use_cases.tags import TagUseCases
from monitor_app.use_cases.timeline import Timeline
from monitor_app.use_cases.told_checks import ToldChecks
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from monitor_app.use_cases.websites import WebsiteUseCases
from tests.accounts import Accounts, accounts_of
from tests.integration.screen.conftest import FIELD_MARKER, NoRooms

WALL = "wall"
ROOT = "root"
NOBODY_AT_ALL = "nobody"
SCREEN_PEOPLE = (NOBODY_AT_ALL, WALL, VIEWER, EDITOR, ADMIN)
# Not what a call changes, but what is told of it, and when somebody was last seen.
_NOT_COMPARED = {"audit_entry"}
_TIMES_OF_USE = {"used_at", "used_from"}
# In place of the demo's servers: tells where they would be, and waits for its end.
_DEMO = "import sys; print(sys.argv[1], flush=True); sys.stdin.read()"
HYDRATE = "reflex___state____state.hydrate"


@dataclass
class Tab:
    """One browser tab of somebody, and what it was sent."""

    stage: "Stage"
    identity: Identity
    session_key: str
    address: str = "/"
    vars: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.token = new_token(self.session_key)
        self.stage.tabs[self.token] = self

    def shows(self, state: type[Any], name: str) -> Any:
        """What it has of a var."""
        return self.vars[state.get_full_name()][name]

    async def send(self, handler: Any, **payload: Any) -> None:
        """An event by the handler's class attribute, for preparations."""
        await self.call(f"{handler.state_full_name}.{handler.fn.__name__}", payload)

    async def call(self, name: str, payload: dict[str, Any]) -> None:
        """An event; returns when all that follows from it is done."""
        router: dict[str, Any] = {"pathname": "/", "asPath": self.address, "client_token": self.token, "sid": "s"}
        router |= {"headers": {"host": "localhost:3000", "origin": "http://localhost:3000"}}
        router |= {"ip": self.stage.place(), SESSION_KEY: self.session_key, CORRELATION: new_correlation_id()}
        event = Event(name=name, payload=payload, router_data=router)
        future = await self.stage.processor.enqueue(self.token, event)
        async with asyncio.timeout(60):
            # What a handler lets through is told to its browser and to the log.
            await asyncio.gather(future.wait_all(), return_exceptions=True)
        await self.stage.told()


@dataclass
class Stage:
    """What runs, and what it has said and stored."""

    running: runtime.Runtime
    people: Accounts
    denials: Denials
    file: Path
    logged: io.StringIO
    processor: BaseStateEventProcessor = None  # type: ignore[assignment] # begun last
    tabs: dict[str, Tab] = field(default_factory=dict)
    callers: dict[str, tuple[Identity, str]] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self._watch = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)

    def close(self) -> None:
        """Let go of the file."""
        self._watch.close()

    def new_name(self, beginning: str) -> str:
        """A name that nobody has."""
        self._count += 1
        return f"{beginning}-{self._count}"

    def place(self) -> str:
        """Where the caller sits."""
        return "192.0.2.1"

    async def emit_update(self, update: Any, token: str) -> None:
        """What Reflex sends to a browser."""
        vars_of = self.tabs[token].vars
        for state, changes in (update.delta or {}).items():
            kept = vars_of.setdefault(state, {})
            kept |= {name.removesuffix(FIELD_MARKER): value for name, value in changes.items()}

    async def told(self) -> None:
        """Until the words about a failure are out."""
        for _ in range(3):
            await asyncio.sleep(0)

    async def tab(self, who: str, *, is_fresh: bool = False) -> Tab:
        """A new tab of somebody of a role; with an account that was never used when it `is_fresh`."""
        identity, cookie = await (self.newcomer(who) if is_fresh else self.caller(who))
        tab = Tab(self, identity, self.people.book.session_key(cookie))
        await tab.call(HYDRATE, {})
        return tab

    async def caller(self, who: str) -> tuple[Identity, str]:
        """Somebody of a role, and the Cookie header: the same as before while that one is still logged in."""
        if who not in self.callers or self.people.book.of_cookie(self.callers[who][1], self.place()).via == "nothing":
            self.callers[who] = await self.newcomer(who)
        return self.callers[who]

    async def newcomer(self, who: str) -> tuple[Identity, str]:
        """The same with an account of its own."""
        if who == NOBODY_AT_ALL:
            return NOBODY, ""
        if who == WALL:
            token = await self.running.wall_tokens.make(await self.admin(), self.new_name("hall"))
            signed = await self.running.sign_in.open_wall(token, "Screen", self.place())
        else:
            signed = await self.people.join(self.new_name(who), ADMIN if who == ROOT else who)
        cookie = f"lb_session={signed.token}"
        return self.people.book.of_cookie(cookie, self.place()), cookie

    async def admin(self) -> Identity:
        """An administrator who is none of those that are tried."""
        return (await self.caller(ROOT))[0]

    async def add(self, owner: Identity, **values: Any) -> int:
        """A service of somebody, on the board; whoever may add none gets one of the program."""
        label = self.new_name("Shop")
        given = {"label": label, "status_config": {"url": f"http://127.0.0.1:1/{label}"}} | values
        made = await self.running.services.create(owner if owner.may("service:write") else SYSTEM, given)
        await self.running.follower.read_now()
        pk: int = made.pk
        return pk

    def service_id(self, pk: int) -> str:
        """By its number."""
        row = self.running.board.get(pk)
        assert row is not None
        return row.definition.service_id

    async def flush(self) -> None:
        """Have all denials written, and the next ones told at once."""
        await self.denials.flush(everything=True)
        self.people.clock.move(seconds=11)

    def version(self) -> int:
        """Another number whenever anybody has written."""
        number: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return number

    def lines(self, after: int = 0) -> list[dict[str, Any]]:
        """The audit log from a line on."""
        with closing(self._watch.cursor()) as cursor:
            rows = cursor.execute("SELECT * FROM audit_entry WHERE id > ? ORDER BY id", (after,)).fetchall()
            names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def last_line(self) -> int:
        """Its number."""
        number: int = self._watch.execute("SELECT coalesce(max(id), 0) FROM audit_entry").fetchone()[0]
        return number

    def digest(self) -> dict[str, int]:
        """Of each table's rows, but for those of the audit log and for times of use."""
        found = {}
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        for (table,) in self._watch.execute(listed).fetchall():
            if table in _NOT_COMPARED:
                continue
            with closing(self._watch.execute(f'SELECT * FROM "{table}"')) as cursor:
                keep = [n for n, column in enumerate(cursor.description) if column[0] not in _TIMES_OF_USE]
                rows = [tuple(row[n] for n in keep) for row in cursor]
            found[table] = hash(tuple(sorted(map(repr, (row for row in rows if row[:1] != ("audit",))))))
        return found

    def tracebacks(self) -> str:
        """The log since it was looked at last, when it tells of a bug; else ""."""
        text = self.logged.getvalue()
        self.logged.seek(0)
        self.logged.truncate()
        return text if "Traceback" in text or "never retrieved" in text else ""


@asynccontextmanager
async def open_stage(url: str, app: App, *, is_set_up: bool = True) -> AsyncIterator[Stage]:
    """All of it on an empty database; `app` is the real one."""
    logged = io.StringIO()
    log.configure("DEBUG", logged)
    async with AsyncExitStack() as stack:
        stack.callback(log.configure, "INFO", io.StringIO())
        database = Database(url)
        stack.push_async_callback(database.close)
        people = await stack.enter_async_context(accounts_of(database))
        denials = Denials(database, people.clock)
        people.sign_in = SignIn(people.changes, people.passwords, people.vault, denials)
        running = await _runtime(stack, database, people, denials)
        runtime.install(running)
        stack.callback(runtime.uninstall)
        stage = Stage(running, people, denials, Path(url.partition("///")[2]), logged)
        stack.callback(stage.close)
        stage.processor = BaseStateEventProcessor(
            middleware=app, backend_exception_handler=app.backend_exception_handler
        )
        await stack.enter_async_context(stage.processor.configure(event_namespace=stage))
        if is_set_up:
            await people.set_up("first")
        # Number 1 is there, so that True, which Python takes for it, could do harm.
        assert await stage.add(SYSTEM) == 1
        yield stage


async def _runtime(stack: AsyncExitStack, database: Database, people: Accounts, denials: Denials) -> runtime.Runtime:
    clock, board, bus = SystemClock(), Board(), people.bus
    registry, history = KindRegistry(sealer=people.vault), SqlHistory(database)
    notifiers = NotifierRegistry(people.vault)
    follower = Follower(database, history, registry, board, bus, clock)
    await follower.start()
    stack.push_async_callback(follower.close)
    network = Network()
    stack.push_async_callback(network.close)
    services = ServiceUseCases(database, registry, clock, bus)
    urls = {one.path: one.url(1) for one in CATALOGUE}
    demo = DemoSupervisor(services, command=(sys.executable, "-c", _DEMO, json.dumps({"urls": urls})))
    stack.push_async_callback(demo.close)
    heartbeats = Heartbeats(
        history, registry, clock, lambda: (board.definition_version, (row.definition for row in board)), lambda: None
    )
    heartbeats.start()
    stack.push_async_callback(heartbeats.close)
    queue_watch = QueueWatch(lambda: (row.definition for row in board), registry, network, clock, database)
    stack.push_async_callback(queue_watch.close)
    own_health = OwnHealth(
        board=board,
        clock=clock,
        database=DatabaseWatch(database, clock),
        engine=EngineWatch(board, clock),
        staleness=follower.staleness,
        offline_since=lambda: None,
        judge=lambda: None,
    )
    stack.push_async_callback(own_health.close)
    present = Present(lambda: [row.definition for row in board], board.group_tree)
    reports = ReportJobs(database, clock, present)
    stack.push_async_callback(reports.close)
    return runtime.Runtime(
        board=board,
        follower=follower,
        hub=RowHub(board, bus, NoRooms(), clock, causes=because),
        map_hub=MapHub(board, NoRooms(), clock),
        map_places=MapPlaces(database, clock),
        services=services,
        relations=RelationUseCases(database, registry, clock, bus),
        relation_suggestions=RelationSuggestions(database, registry, clock, board),
        websites=WebsiteUseCases(services),
        groups=GroupUseCases(database, clock, bus),
        tags=TagUseCases(database, clock, bus),
        service_bulk=ServiceBulk(database, clock, bus),
        undo=UndoUseCases(database, registry, clock, bus),
        versions=VersionUseCases(database, registry, clock, bus),
        deleted_services=DeletedServices(database, registry, clock),
        configuration=ConfigurationUseCases(database, registry, clock, bus),
        check_orders=CheckOrders(database, clock, lambda: None),
        idempotent_answers=IdempotentAnswers(database, clock, people.vault.digests),
        probing=Probing(network, registry),
        results=ResultUseCases(database),
        timeline=Timeline(database),
        notes=(notes := Notes(database, clock)),
        downtimes=Downtimes(database, notes),
        series=SeriesUseCases(database),
        demo=demo,
        heartbeats=heartbeats,
        breaker=BreakerUseCases(database, history, clock, bus),
        check_queue=CheckQueueUseCases(database, clock, bus),
        queue_watch=queue_watch,
        holds=HoldUseCases(database, clock, bus),
        push_addresses=PushAddresses(services, registry),
        registry=registry,
        access=people.book,
        sign_in=people.sign_in,
        accounts=people.accounts,
        profile=people.profile,
        wall_tokens=people.wall_tokens,
        visitors=people.visitors,
        looked=Looked(database, clock, people.visitors),
        security_settings=people.security_settings,
        drafts=DraftUseCases(database, registry, clock),
        editors=EditorBook(),
        denials=denials,
        audit_log=AuditLog(database),
        saved_views=SavedViews(database, clock),
        exporting=Exporting(database, registry, clock),
        importing=Importing(database, registry, clock, bus, people.changes),
        own_health=own_health,
        status_pages=StatusPageUseCases(database, clock, bus, people.passwords),
        notices=NoticeUseCases(database, clock, bus),
        status_press=StatusPress(PublishedReader(database), board, bus, clock),
        present=present,
        fleet=FleetUseCases(database, clock, present),
        objectives=ObjectiveUseCases(database, clock, present),
        reports=reports,
        sources=SourceUseCases(database, SourceRegistry(sealer=people.vault), network, clock, bus),
        told_checks=ToldChecks(database),
        alert_following=(alert_following := AlertFollowing(database, bus)),
        alert_hub=AlertHub(bus, alert_following, NoRooms(), clock),
        source_hub=SourceHub(bus, board, NoRooms(), clock),
        alerts=AlertUseCases(database, people.clock, present),
        alert_incidents=AlertIncidents(database, people.clock),
        silences=SilenceUseCases(database, people.clock, present),
        maintenance_windows=MaintenanceWindows(database, people.clock, present),
        alert_rules=(alert_rules := AlertRules(database, people.clock, present)),
        alert_trials=AlertTrials(database, people.clock, alert_rules),
        escalation_policies=EscalationPolicies(database, people.clock),
        notifications=Notifications(database, people.clock),
        alerting_settings=AlertingSettingsUseCases(database, people.clock),
        on_call=OnCall(database, people.clock),
        quiet_hours=QuietHoursUseCases(database, people.clock),
        channels=(channels := ChannelUseCases(database, notifiers, people.clock, network)),
        channel_trying=ChannelTrying(database, notifiers, people.clock, network, channels),
        page_entrance=PageEntrance(people.passwords, people.vault.digests, clock),
        # Without a seat: an answer that never ends would hold up who waits for it.
        streams=StreamHub(board, bus, people.book, clock, StreamLimits(total=0)),
    )


def ours(handlers: Iterable[tuple[str, RegisteredEventHandler]]) -> list[tuple[str, RegisteredEventHandler]]:
    """Those of the program; other tests and benchmarks in the same process have states of their own."""
    return [(name, one) for name, one in handlers if _is_of_program(one.handler.fn.__module__)]


def _is_of_program(module: str) -> bool:
    return module.startswith("monitor_app.") and not module.startswith("monitor_app.bench.")
