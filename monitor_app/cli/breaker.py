"""`python -m monitor_app breaker open|close|list`: stop the checks of a service for a while, or start them again."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from monitor_app.bus.local import Bus
from monitor_app.domain import breaker as circuit
from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import SYSTEM
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.breaker import BreakerUseCases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of three actions."""
    actions = parser.add_subparsers(dest="action", metavar="open|close|list", required=True)
    opening = actions.add_parser("open", help="stop checking a service")
    opening.add_argument("service_id", metavar="SERVICE_ID")
    opening.add_argument("--reason", required=True, help="why, for the others")
    opening.add_argument("--minutes", type=float, help="for so long; without, until it is closed")
    closing = actions.add_parser("close", help="check it again, at once")
    closing.add_argument("service_id", metavar="SERVICE_ID")
    closing.add_argument("--reason", default="", help="why, for the others")
    actions.add_parser("list", help="all that are not closed")
    parser.epilog = "The engine follows within a second; without a running engine when it starts."


def run(args: argparse.Namespace) -> int:
    """Raises InvalidInput, Conflict, NotFound."""
    print(asyncio.run(_run(load_settings(), args)))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> str:
    async with _breakers(settings) as breakers:
        if args.action == "open":
            service = await breakers.open(SYSTEM, args.service_id, args.reason, args.minutes)
            order = service.breaker_order
            until = "it is closed" if order is None or order.until is None else _local(order.until)
            return f"{service.service_id} is not checked until {until}."
        if args.action == "close":
            service = await breakers.close(SYSTEM, args.service_id, args.reason)
            return f"{service.service_id} is checked again."
        found = await breakers.list_open(SYSTEM)
        lines = [f"{entry.service.service_id}  {circuit.as_text(entry.breaker, _local)}" for entry in found]
        return "\n".join(lines) or "All circuit breakers are closed."


@asynccontextmanager
async def _breakers(settings: Settings) -> AsyncIterator[BreakerUseCases]:
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield BreakerUseCases(database, SqlHistory(database), SystemClock(), Bus())
    finally:
        await database.close()


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")
