"""`python -m monitor_app audit verify|export`: whether the audit log is whole, and all of it as a file."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor_app.domain.audit import AuditFilter
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.settings import load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.audit_log import AuditLog

EXIT_BROKEN = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of two actions."""
    actions = parser.add_subparsers(dest="action", metavar="verify|export", required=True)
    actions.add_parser("verify", help="follow the chain of hashes from the first line to the last")
    exporting = actions.add_parser("export", help="write all lines to the standard output")
    exporting.add_argument("--format", choices=("csv", "json"), default="json")


def run(args: argparse.Namespace) -> int:
    """1 when the log was changed by somebody."""
    return asyncio.run(_verify() if args.action == "verify" else _export(args.format))


async def _verify() -> int:
    async with _log() as log:
        found = await log.verify(COMMAND_LINE)
    if found.broken is not None:
        print(f"The audit log was tampered with: line {found.broken.id} {found.broken.reason}.", file=sys.stderr)
        return EXIT_BROKEN
    print(f"The audit log is whole: {found.lines} lines.")
    return 0


async def _export(form: str) -> int:
    async with _log() as log:
        export = log.export_csv if form == "csv" else log.export_json
        async for piece in export(COMMAND_LINE, AuditFilter()):
            sys.stdout.write(piece)
    return 0


@asynccontextmanager
async def _log() -> AsyncIterator[AuditLog]:
    settings = load_settings()
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield AuditLog(database)
    finally:
        await database.close()
