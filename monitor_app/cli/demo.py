"""`python -m monitor_app demo`: run a dozen little servers on this machine and watch them."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor_app.bus.local import Bus
from monitor_app.demo.servers import running_servers
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.security.vault import open_vault
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.demo import DemoServices
from monitor_app.use_cases.demo_reports import DemoReports
from monitor_app.use_cases.heartbeats import Heartbeats
from monitor_app.use_cases.services import ServiceUseCases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Without options the servers run in the foreground; their services stay when they stop."""
    parser.add_argument("--remove", action="store_true", help="remove the demo's services, and nothing else")
    parser.add_argument(
        "--serve", action="store_true", help="only run the servers, until standard input ends (used by the program)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo, or take it away."""
    settings = load_settings()
    if args.serve:
        asyncio.run(_serve(settings.demo_port))
    elif args.remove:
        asyncio.run(_remove(settings))
    else:
        asyncio.run(_show(settings))
    return 0


async def _serve(base_port: int) -> None:
    """Says in one line of JSON where the servers are, then serves until the parent closes the pipe, or is gone."""
    stop = _stopped_by_signals()
    loop = asyncio.get_running_loop()

    def wait_for_the_end_of_input() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        with contextlib.suppress(RuntimeError):  # a signal was faster
            loop.call_soon_threadsafe(stop.set)

    # A daemon: a thread that waits for input must not keep the process from ending at a signal.
    threading.Thread(target=wait_for_the_end_of_input, daemon=True).start()
    async with running_servers(base_port) as urls:
        print(json.dumps({"event": "listening", "urls": urls}), flush=True)
        await stop.wait()


async def _show(settings: Settings) -> None:
    stop = _stopped_by_signals()
    async with _demo_services(settings) as (demo, database, registry):
        if await demo.are_served():
            print("The demo is running already.")
            return
        async with running_servers(settings.demo_port) as urls:
            await demo.bring(SYSTEM, urls, with_missing=True)
            found = await demo.find()
            for service in found:
                print(f"{service.label:<20} {registry[service.kind].parse(service.status_config).target}")
            print(
                "Ctrl-C stops these servers. Their services stay until `python -m monitor_app demo --remove`.",
                flush=True,
            )
            await _report_until(stop, found, database, registry)


async def _report_until(
    stop: asyncio.Event, found: list[ServiceDefinition], database: Database, registry: KindRegistry
) -> None:
    """Reports for those that are told, straight into the database: an engine looks there by itself."""

    async def find() -> list[ServiceDefinition]:
        return found

    heartbeats = Heartbeats(SqlHistory(database), registry, SystemClock(), lambda: (1, found), lambda: None)
    heartbeats.start()
    reporter = asyncio.create_task(DemoReports(find, heartbeats.report, registry).run())
    try:
        await stop.wait()
    finally:
        reporter.cancel()
        await asyncio.gather(reporter, return_exceptions=True)
        await heartbeats.close()


async def _remove(settings: Settings) -> None:
    async with _demo_services(settings) as (demo, _, _):
        removed = await demo.remove(SYSTEM)
        print(f"Removed {len(removed)} demo services.")


@asynccontextmanager
async def _demo_services(settings: Settings) -> AsyncIterator[tuple[DemoServices, Database, KindRegistry]]:
    await migrations.upgrade(settings.database_url)
    database, registry = Database(settings.database_url), KindRegistry(sealer=open_vault(settings))
    try:
        yield DemoServices(ServiceUseCases(database, registry, SystemClock(), Bus())), database, registry
    finally:
        await database.close()


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
