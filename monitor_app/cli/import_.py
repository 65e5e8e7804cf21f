"""`python -m monitor_app import FILE`: bring in services, relations, groups and settings, also from other monitors."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

from monitor_app.bus.local import Bus
from monitor_app.cli.export import passphrase_of
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import harmless
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import open_vault
from monitor_app.settings import load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.importers.sources import IMPORTERS, read_path
from monitor_app.use_cases.importers.taking import Found
from monitor_app.use_cases.portable.files import content_of
from monitor_app.use_cases.portable.formats import FORMATS, format_of
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.portable.reading import ReadFile, read_file
from monitor_app.use_cases.portable.report import ON_CONFLICT, ImportReport, Options, Step

EXIT_WRONG = 1
BAR_WIDTH = 40
SHOWN_LIMIT = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, and what to do with what is there already."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--format", choices=FORMATS, help="default: by the ending of the file's name")
    parser.add_argument("--from", dest="importer", choices=IMPORTERS, help="the file is another program's")
    parser.add_argument("--modules", metavar="FILE", type=Path, help="blackbox.yml, with --from blackbox")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    parser.add_argument("--partial", action="store_true", help="take what is good although something else is wrong")
    parser.add_argument(
        "--on-conflict",
        choices=ON_CONFLICT,
        default="fail",
        help="what is there already and other than in the file: leave it, change it, or refuse the file (default)",
    )
    parser.add_argument("--passphrase-file", metavar="FILE", type=Path, help="what secrets were encrypted with")
    parser.add_argument("--passphrase", action="store_true", help="the same, and ask for it")
    parser.epilog = "docs/export-import.md and docs/importers.md tell more. A running Lightbulb follows within seconds."


def run(args: argparse.Namespace) -> int:
    """1 when something was wrong. Raises InvalidInput, Conflict, DatabaseUnavailable."""
    passphrase = passphrase_of(args, is_new=False) or ""
    options = Options(args.dry_run, args.partial, args.on_conflict, passphrase)
    return asyncio.run(_import(args, options))


async def _import(args: argparse.Namespace, options: Options) -> int:
    async with _importing() as (importing, registry):
        found = await asyncio.to_thread(_read, args, registry)
        if found is not None:
            _tell_notes(found)
            file = found.file
        else:
            file = await asyncio.to_thread(_read_own, args, registry)
        report = await importing.take(COMMAND_LINE, file, options, Progress(sys.stderr))
    _tell(report, options)
    return EXIT_WRONG if report.errors else 0


def _read(args: argparse.Namespace, registry: KindRegistry) -> Found | None:
    return read_path(args.importer, args.file, registry, args.modules) if args.importer else None


def _read_own(args: argparse.Namespace, registry: KindRegistry) -> ReadFile:
    form = args.format or format_of(args.file.name)
    return read_file(content_of(args.file), form, args.file.name, registry)


def _tell_notes(found: Found) -> None:
    for note in found.notes:
        line = f"line {note.line}: " if note.line else ""
        print(f"note: {line}{harmless(str(note), 600)}")
    taken = len(found.file.document.services)
    print(f"{found.seen} found, {taken} of them can be taken.", flush=True)


def _tell(report: ImportReport, options: Options) -> None:
    if options.is_dry_run:
        for step in report.steps:
            print("\n".join(_lines(step)))
    for problem in report.errors[:SHOWN_LIMIT]:
        print(harmless(str(problem), 600), file=sys.stderr)
    if len(report.errors) > SHOWN_LIMIT:
        print(f"and {len(report.errors) - SHOWN_LIMIT} more", file=sys.stderr)
    counts = f"{report.unchanged} unchanged, {report.skipped} skipped, {report.failed} wrong"
    if report.is_written:
        print(f"Added {report.added}, changed {report.changed}; {counts}.")
    elif options.is_dry_run:
        print(f"Would add {report.added}, change {report.changed}; {counts}. Nothing was written.")
    elif report.errors:
        print("Nothing was written: mend what is wrong, or take the rest with --partial.", file=sys.stderr)
    else:
        print(f"Nothing to do: {counts}.")


def _lines(step: Step) -> list[str]:
    sign = "+" if step.action == "add" else "~"
    changes = [
        f"    {name}: {harmless(repr(before), 100)} -> {harmless(repr(after), 100)}"
        for name, (before, after) in step.fields.items()
    ]
    return [f"{sign} {step.what} {harmless(step.name, 200)}", *changes]


class Progress:
    """A bar on a terminal; elsewhere a line at each tenth."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._tenth = -1

    def __call__(self, what: str, done: int, total: int) -> None:
        share = done / total if total else 1.0
        if self._is_terminal:
            filled = round(share * BAR_WIDTH)
            end = "\n" if done == total else ""
            print(f"\r{what:<8} [{'#' * filled:<{BAR_WIDTH}}] {done}/{total}{end}", end="", file=self._out, flush=True)
            return
        tenth = int(share * 10)
        if tenth != self._tenth:
            self._tenth = tenth
            print(f"{what} {done} of {total}", file=self._out, flush=True)


@asynccontextmanager
async def _importing() -> AsyncIterator[tuple[Importing, KindRegistry]]:
    settings, clock = load_settings(), SystemClock()
    await migrations.upgrade(settings.database_url)
    database, registry = Database(settings.database_url), KindRegistry(sealer=open_vault(settings))
    try:
        yield Importing(database, registry, clock, Bus(), AccessChanges(database, clock)), registry
    finally:
        await database.close()
