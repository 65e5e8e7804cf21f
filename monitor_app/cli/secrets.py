"""`python -m monitor_app secrets status|rotate|key`: look after what the stored passwords are encrypted with."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor_app.engine.clock import SystemClock
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import KeyFile, new_key, open_vault
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases import secrets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of three actions."""
    actions = parser.add_subparsers(dest="action", metavar="status|rotate|key", required=True)
    actions.add_parser("status", help="whether every stored secret can be read with the key that is here")
    actions.add_parser("rotate", help="seal them all with a new key, also while Lightbulb runs")
    actions.add_parser("key", help="print a new key for SECRET_KEY")
    parser.epilog = "docs/secrets.md tells where the key is and what to do when it is lost."


def run(args: argparse.Namespace) -> int:
    """1 when a secret cannot be read. Raises SettingsError, DatabaseUnavailable, Conflict."""
    if args.action == "key":
        print(new_key())
        return 0
    settings = load_settings()
    return asyncio.run(_status(settings) if args.action == "status" else _rotate(settings))


async def _status(settings: Settings) -> int:
    async with _database(settings) as database:
        found = await secrets.status(database, open_vault(settings, create=False))
    print(f"The key is in {_place(settings)}.")
    print(f"Secrets that are stored: {found.count}, of them sealed with an older key: {found.old}.")
    if found.lost:
        print(f"Cannot be read with the key that is here: {len(found.lost)}, in {secrets.named(found.lost)}")
    return 1 if found.lost else 0


async def _rotate(settings: Settings) -> int:
    file = None if settings.secret_keys else _key_file(settings)
    async with _database(settings) as database:
        vault = open_vault(settings, create=False)
        found = await secrets.rotate(database, COMMAND_LINE, vault, file, SystemClock().now())
    print(f"All secrets ({found}) are sealed with the newest key in {_place(settings)}. Keep a copy of it.")
    if len(settings.secret_keys) > 1:
        print("SECRET_KEY needs its first key only from now on.")
    return 0


def _place(settings: Settings) -> str:
    return "SECRET_KEY" if settings.secret_keys else str(settings.secret_key_file)


def _key_file(settings: Settings) -> KeyFile:
    assert settings.secret_key_file is not None  # Settings fills it
    return KeyFile(settings.secret_key_file)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()
