"""Builds everything from the settings: the only place where parts are wired together."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from monitor_app import log
from monitor_app.api.doorman.names import OwnNames
from monitor_app.api.status_pages.press import StatusPress
from monitor_app.api.status_pages.private import PageEntrance
from monitor_app.api.stream import StreamHub, StreamLimits
from monitor_app.bootstrap_alerting import alerting_parts
from monitor_app.bus.local import Bus
from monitor_app.domain.events import AccessChanged
from monitor_app.engine import startup_report
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock, SystemClock
from monitor_app.engine.facts import BoardFacts
from monitor_app.engine.follower import Follower
from monitor_app.engine.link import EngineLink
from monitor_app.engine.outbound import OutboundRules
from monitor_app.engine.own_health import DatabaseWatch, EngineWatch, OwnHealth
from monitor_app.net.network import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.source_kinds import SourceRegistry
from monitor_app.security.passwords import Hasher
from monitor_app.security.throttle import LoginThrottle
from monitor_app.security.vault import Vault, open_vault
from monitor_app.settings import Settings
from monitor_app.state import runtime
from monitor_app.state.alert_feed import AlertHub
from monitor_app.state.editors import EditorBook
from monitor_app.state.health import UNCHECKED, Health, engine_words
from monitor_app.state.map_feed import MapHub
from monitor_app.state.map_graph import because
from monitor_app.state.rows.hub import RowHub
from monitor_app.state.rows.rooms import Rooms
from monitor_app.state.source_feed import SourceHub
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.access import AccessBook
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.accounts import AccountUseCases
from monitor_app.use_cases.alert_following import AlertFollowing
from monitor_app.use_cases.audit_log import AuditLog
from monitor_app.use_cases.breaker import BreakerUseCases
from monitor_app.use_cases.check_orders import CheckOrders
from monitor_app.use_cases.check_queue import CheckQueueUseCases
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.watch import ConfigWatch
from monitor_app.use_cases.deleted_services import DeletedServices
from monitor_app.use_cases.demo import DemoSupervisor
from monitor_app.use_cases.demo_reports import DemoReports
from monitor_app.use_cases.denials import Denials
from monitor_app.use_cases.downtimes import Downtimes
from monitor_app.use_cases.drafts import DraftUseCases
from monitor_app.use_cases.fleet import FleetUseCases
from monitor_app.use_cases.groups import GroupUseCases
from monitor_app.use_cases.heartbeats import Heartbeats
from monitor_app.use_cases.holds import HoldUseCases, HoldWatch
from monitor_app.use_cases.idempotency import IdempotentAnswers
from monitor_app.use_cases.looked import Looked
from monitor_app.use_cases.map_places import MapPlaces
from monitor_app.use_cases.notes import Notes
from monitor_app.use_cases.notices import NoticeUseCases
from monitor_app.use_cases.objectives import ObjectiveUseCases
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.profile import ProfileUseCases
from monitor_app.use_cases.published import PublishedReader
from monitor_app.use_cases.push_address import PushAddresses
from monitor_app.use_cases.queue_watch import QueueWatch
from monitor_app.use_cases.relation_suggestions import RelationSuggestions
from monitor_app.use_cases.relations import RelationUseCases
from monitor_app.use_cases.reports.jobs import ReportJobs
from monitor_app.use_cases.results import ResultUseCases
from monitor_app.use_cases.saved_views import SavedViews
from monitor_app.use_cases.scopes_losing import ScopesLosing
from monitor_app.use_cases.secrets import seal_plain
from monitor_app.use_cases.security_settings import SecuritySettingsUseCases
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.series import Kept, SeriesUseCases
from monitor_app.use_cases.service_bulk import ServiceBulk
from monitor_app.use_cases.services import ServiceUseCases
from monitor_app.use_cases.sign_in import SignIn
from monitor_app.use_cases.sources import SourceUseCases
from monitor_app.use_cases.status_pages import StatusPageUseCases
from monitor_app.use_cases.tags import TagUseCases
from monitor_app.use_cases.timeline import Timeline
from monitor_app.use_cases.told_checks import ToldChecks
from monitor_app.use_cases.undo import UndoUseCases
from monitor_app.use_cases.versions import VersionUseCases
from monitor_app.use_cases.visitors import Visitors
from monitor_app.use_cases.wall_tokens import WallTokens
from monitor_app.use_cases.websites import WebsiteUseCases
from monitor_app.use_cases.window_watch import WindowWatch

logger = log.get_logger(__name__)


@asynccontextmanager
async def start_web(
    settings: Settings,
    rooms: Rooms,
    on_access: Callable[[AccessChanged], Awaitable[None]] | None = None,
    map_rooms: Rooms | None = None,
    alert_rooms: Rooms | None = None,
    source_rooms: Rooms | None = None,
) -> AsyncIterator[runtime.Runtime]:
    """Everything a web process needs, running: from the database to the engine it looks after.

    `rooms` is the websocket that patches go out through, `map_rooms`, `alert_rooms` and `source_rooms` the same for the
    map, for alerts and for sources; `on_access` looks at the open ones anew when sessions have ended. What was started
    last stops first. Raises DatabaseUnavailable.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_end_with_supervisor())
        await migrations.upgrade(settings.database_url)
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        vault = open_vault(settings)
        clock, registry = SystemClock(), KindRegistry(sealer=vault)
        await seal_plain(database, registry, vault)
        network = Network()
        stack.push_async_callback(network.close)
        outbound = OutboundRules(database, network, settings)
        stack.push_async_callback(outbound.close)
        await outbound.start()
        bus = Bus()
        stack.push_async_callback(bus.close)

        access = AccessBook(database, clock, bus, vault.unseal, settings.cookie_name)
        stack.push_async_callback(access.close)
        await access.start()
        hasher = Hasher()
        stack.callback(hasher.close)

        board = Board(clock, {kind.name: kind.title for kind in registry})
        follower = Follower(database, SqlHistory(database), registry, board, bus, clock)
        stack.push_async_callback(follower.close)
        await follower.start()
        services = ServiceUseCases(database, registry, clock, bus)
        breaker = BreakerUseCases(database, SqlHistory(database), clock, bus)
        holds = HoldUseCases(database, clock, bus)
        hold_watch = HoldWatch(holds, lambda: (board.definition_version, (row.definition for row in board)), clock)
        stack.push_async_callback(hold_watch.close)
        hold_watch.start()
        alert_following = AlertFollowing(database, bus)
        stack.push_async_callback(alert_following.close)
        alert_following.start()
        engine_watch = EngineWatch(board, clock, lambda: is_fed())
        engine: EngineLink | None = None
        if settings.role == "all" and settings.scheduler_enabled:
            engine = EngineLink(
                follower.ring,
                clock=clock,
                on_news=follower.wake,
                on_stats=engine_watch.take,
                on_alerts=alert_following.ring,
            )
            engine_watch.link = engine
            await engine.start()
            stack.push_async_callback(engine.stop)
        heartbeats = Heartbeats(
            SqlHistory(database),
            registry,
            clock,
            lambda: (board.definition_version, (row.definition for row in board)),
            engine.ring if engine is not None else _nobody,
        )
        stack.push_async_callback(heartbeats.close)
        heartbeats.start()
        demo = DemoSupervisor(
            services, reporting=lambda demo: DemoReports(demo.find, heartbeats.report, registry).run()
        )
        stack.push_async_callback(demo.close)
        await demo.start()
        why = partial(engine_words, settings.role, is_scheduling=settings.scheduler_enabled, engine=engine)
        health = Health(
            board, follower.staleness, why, clock, lambda: follower.offline_since, lambda: follower.check_queue
        )

        def is_fed() -> bool:
            trouble = health.judge()
            return trouble is None or trouble.what != UNCHECKED

        own_health = OwnHealth(
            board=board,
            clock=clock,
            database=DatabaseWatch(database, clock),
            engine=engine_watch,
            staleness=follower.staleness,
            offline_since=lambda: follower.offline_since,
            judge=health.judge,
        )
        stack.push_async_callback(own_health.close)
        own_health.start()
        hub = RowHub(board, bus, rooms, clock, health.judge, because)
        map_hub = MapHub(board, map_rooms or rooms, clock)
        alert_hub = AlertHub(bus, alert_following, alert_rooms or rooms, clock, health.ordered)
        source_hub = SourceHub(bus, board, source_rooms or rooms, clock)
        hubs: tuple[Any, ...] = (hub, map_hub, alert_hub, source_hub)
        for one in hubs:
            stack.push_async_callback(one.close)
            one.start()
        if on_access is not None:
            bus.subscribe(AccessChanged, on_access, "sockets")

        limits = StreamLimits(settings.streams_per_user, settings.streams_total)
        streams = StreamHub(board, bus, access, clock, limits)
        stack.push_async_callback(streams.close)
        streams.start()

        present = Present(lambda: [row.definition for row in board], board.group_tree)
        press = StatusPress(
            PublishedReader(database),
            board,
            bus,
            clock,
            public_url=settings.public_url,
            home=settings.local_url,
            judge=health.judge,
            present=present,
        )
        stack.push_async_callback(press.close)
        await press.start()
        passwords = _password_check(hasher, clock, access)

        denials = Denials(database, clock)
        stack.push_async_callback(denials.close)
        denials.start()

        drafts = DraftUseCases(database, registry, clock)
        configuration = ConfigurationUseCases(database, registry, clock, bus)
        config_watch: ConfigWatch | None = None
        if settings.config_dir is not None:
            config_watch = ConfigWatch(settings, settings.config_dir, configuration, clock)
            stack.push_async_callback(config_watch.close)
            config_watch.start()
            own_health.config_error = partial(_config_error, config_watch)

        window_watch = WindowWatch(database, clock, bus, present)
        stack.push_async_callback(window_watch.close)
        window_watch.start()
        reports = ReportJobs(database, clock, present)
        stack.push_async_callback(reports.close)
        fleet = FleetUseCases(database, clock, present)
        stack.push_async_callback(fleet.close)
        fleet.start()

        queue_watch = QueueWatch(lambda: (row.definition for row in board), registry, network, clock, database)
        stack.push_async_callback(queue_watch.close)

        running = runtime.Runtime(
            board=board,
            follower=follower,
            hub=hub,
            services=services,
            relations=RelationUseCases(database, registry, clock, bus),
            relation_suggestions=RelationSuggestions(database, registry, clock, board),
            map_hub=map_hub,
            map_places=MapPlaces(database, clock),
            websites=WebsiteUseCases(services),
            groups=GroupUseCases(database, clock, bus),
            tags=TagUseCases(database, clock, bus),
            service_bulk=ServiceBulk(database, clock, bus),
            undo=UndoUseCases(database, registry, clock, bus),
            versions=VersionUseCases(database, registry, clock, bus),
            deleted_services=DeletedServices(database, registry, clock, [drafts, ScopesLosing(clock)]),
            check_orders=CheckOrders(database, clock, engine.ring if engine is not None else _nobody),
            idempotent_answers=IdempotentAnswers(database, clock, vault.digests),
            probing=Probing(network, registry, facts=BoardFacts(board, clock)),
            results=ResultUseCases(database),
            timeline=Timeline(database),
            notes=(notes := Notes(database, clock)),
            downtimes=Downtimes(database, notes),
            series=SeriesUseCases(database, _kept(settings)),
            demo=demo,
            heartbeats=heartbeats,
            breaker=breaker,
            queue_watch=queue_watch,
            check_queue=CheckQueueUseCases(database, clock, bus, lambda: engine_watch.stats),
            holds=holds,
            push_addresses=PushAddresses(services, registry),
            registry=registry,
            drafts=drafts,
            editors=EditorBook(),
            public_url=settings.public_url,
            denials=denials,
            audit_log=AuditLog(database),
            own_health=own_health,
            streams=streams,
            saved_views=SavedViews(database, clock),
            exporting=Exporting(database, registry, clock),
            importing=Importing(database, registry, clock, bus, AccessChanges(database, clock, access)),
            configuration=configuration,
            config_watch=config_watch,
            status_pages=StatusPageUseCases(database, clock, bus, passwords, OwnNames(settings).hosts),
            notices=NoticeUseCases(database, clock, bus),
            status_press=press,
            present=present,
            fleet=fleet,
            objectives=ObjectiveUseCases(database, clock, present),
            reports=reports,
            alert_following=alert_following,
            alert_hub=alert_hub,
            window_watch=window_watch,
            **alerting_parts(
                database, clock, present, alert_following.wake, NotifierRegistry(vault), network, settings
            ),
            sources=SourceUseCases(database, SourceRegistry(sealer=vault), network, clock, bus),
            source_hub=source_hub,
            told_checks=ToldChecks(database),
            page_entrance=PageEntrance(passwords, vault.digests, clock),
            **_accounts(database, clock, access, passwords, vault, denials),
        )
        runtime.install(running)
        stack.callback(runtime.uninstall)
        await startup_report.report(
            settings,
            database,
            registry,
            "web",
            services=len(board),
            address=settings.local_url,
            public_url=settings.public_url,
            config_dir=str(settings.config_dir or ""),
        )
        yield running
        logger.info("the web process stops")


def _password_check(hasher: Hasher, clock: Clock, access: AccessBook) -> PasswordCheck:
    """One for all that asks for passwords: the throttle counts all tries together."""
    throttle = LoginThrottle(clock)
    for username, address in access.places():
        throttle.remember(username, address)
    return PasswordCheck(hasher, throttle)


def _accounts(
    database: Database, clock: Clock, access: AccessBook, passwords: PasswordCheck, vault: Vault, denials: Denials
) -> dict[str, Any]:
    """What people do with accounts, by the names of Runtime."""
    changes = AccessChanges(database, clock, access)
    profile = ProfileUseCases(changes, passwords, vault)
    visitors = Visitors(database, clock, access, profile)
    return {
        "access": access,
        "sign_in": SignIn(changes, passwords, vault, denials),
        "accounts": AccountUseCases(changes),
        "profile": profile,
        "visitors": visitors,
        "looked": Looked(database, clock, visitors),
        "wall_tokens": WallTokens(changes),
        "security_settings": SecuritySettingsUseCases(changes),
    }


def _kept(settings: Settings) -> Kept:
    return Kept(settings.retention_raw_days, settings.retention_5min_days, settings.retention_hourly_days)


def _config_error(watch: ConfigWatch) -> str:
    return watch.status().error


def _nobody() -> None:
    """An engine of another process looks for heartbeats by itself."""


@contextmanager
def _end_with_supervisor() -> Iterator[None]:
    """End this worker in order when the process that forked it was killed; a worker alone would hold the port."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.remove_reader(supervisor.sentinel)
        logger.error("the supervisor is gone, so this worker stops too")
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(supervisor.sentinel, end)
    try:
        yield
    finally:
        loop.remove_reader(supervisor.sentinel)
