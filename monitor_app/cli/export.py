"""`python -m monitor_app export`: write services, relations, groups and settings to a file, as YAML, JSON or CSV."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from monitor_app.cli._asking import asked
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.passphrase import LONGEST
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import open_vault
from monitor_app.settings import load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.files import content_of
from monitor_app.use_cases.portable.formats import FORMATS, TABLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Without options: YAML to the standard output, secrets masked."""
    parser.add_argument("--format", choices=FORMATS, default="yaml", help="default: yaml")
    parser.add_argument("--table", choices=TABLES, default="services", help="which one, with csv; default: services")
    parser.add_argument("--out", metavar="FILE", type=Path, help="instead of the standard output; only you may read it")
    parser.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help="encrypt secrets with its first line instead of masking"
    )
    parser.add_argument("--passphrase", action="store_true", help="the same, and ask for it")
    parser.epilog = "docs/export-import.md tells what is in the file and what is not."


def run(args: argparse.Namespace) -> int:
    """Raises InvalidInput, Conflict, DatabaseUnavailable."""
    text = asyncio.run(_export(args, passphrase_of(args, is_new=True)))
    if args.out is None:
        sys.stdout.write(text)
        return 0
    _write(args.out, text)
    print(f"Written to {args.out}.", file=sys.stderr)
    return 0


def passphrase_of(args: argparse.Namespace, *, is_new: bool) -> str | None:
    """From a file, or asked for: twice when it is a new one. None when none is wanted. Raises InvalidInput."""
    if args.passphrase_file is not None:
        content = content_of(args.passphrase_file, LONGEST * 4).decode("utf-8", "replace")
        return content.split("\n", 1)[0].rstrip("\r")
    if not args.passphrase:
        return None
    if not sys.stdin.isatty():
        raise InvalidInput({"passphrase": "cannot be asked for without a terminal: use --passphrase-file"})
    return asked("passphrase", is_new=is_new)


async def _export(args: argparse.Namespace, passphrase: str | None) -> str:
    async with _exporting() as exporting:
        return await exporting.export(COMMAND_LINE, args.format, args.table, passphrase)


@asynccontextmanager
async def _exporting() -> AsyncIterator[Exporting]:
    settings = load_settings()
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield Exporting(database, KindRegistry(sealer=open_vault(settings)), SystemClock())
    finally:
        await database.close()


def _write(path: Path, text: str) -> None:
    """Whole or not at all; an export tells more than everybody should read."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with open(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            file.write(text)
        beside.replace(path)
    except OSError as err:
        beside.unlink(missing_ok=True)
        raise InvalidInput({"out": f"cannot be written: {path}: {(err.strerror or str(err)).lower()}"}) from err
