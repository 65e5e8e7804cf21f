"""`python -m monitor_app apply FILE|DIRECTORY...`: make all as configuration files say, or show what would change."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.security.vault import open_vault
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.document import ConfigFileError, Document
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.files import ConfigFile, find_files, folder_name, read_files, substitution_for
from monitor_app.use_cases.configuration.plan import Plan

EXIT_CHANGES = 1
EXIT_ERROR = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, and how."""
    parser.add_argument("places", metavar="FILE|DIRECTORY", nargs="+", type=Path, help=".yaml, .yml or .json")
    parser.add_argument("--env", help="lay services.ENV.yaml over services.yaml; CONFIG_ENV when left out")
    parser.add_argument("--dry-run", action="store_true", help="only show the plan")
    parser.add_argument("--prune", action="store_true", help="remove what these files made and do not have any more")
    parser.add_argument("--adopt", action="store_true", help="take over what people or other files made")
    parser.add_argument("--json", action="store_true", help="the plan, or what is wrong, as JSON")
    parser.add_argument(
        "--exit-code", action="store_true", help=f"{EXIT_CHANGES} when something changes, 0 when nothing does"
    )
    parser.epilog = "Works while Lightbulb runs. All is applied or nothing; docs/configuration.md has the format."


def run(args: argparse.Namespace) -> int:
    """0, or 1 for changes when that was asked for. 2 and all problems, one a line, when a file is refused."""
    settings = load_settings()
    try:
        documents = _documents(settings, args)
        plan = asyncio.run(_apply(settings, documents, args))
    except ConfigFileError as err:
        _tell_problems(err, is_json=args.json)
        return EXIT_ERROR
    _tell(plan, args)
    return EXIT_CHANGES if args.exit_code and plan.changes else 0


def _documents(settings: Settings, args: argparse.Namespace) -> list[Document]:
    environment = settings.config_env if args.env is None else args.env
    documents: list[Document] = []
    found: list[ConfigFile] = []
    for place in args.places:
        files = find_files(place, environment, folder=_folder(settings, place))
        base = place if place.is_dir() else place.parent
        documents += read_files(files, substitution_for(settings, base))
        found += files
    if args.env and not any(file.overlay for file in found):
        wanted = found[0].path.with_suffix(f".{args.env}{found[0].path.suffix}").name if found else "any overlay"
        raise InvalidInput({"env": f"there is no overlay for {args.env}: {wanted} does not exist"})
    return documents


def _folder(settings: Settings, place: Path) -> str:
    """Its objects are known by the directory that is watched, also when only one file of it is applied."""
    watched = settings.config_dir
    if watched is None or place.resolve().parent != watched.resolve():
        return ""
    return folder_name(watched)


async def _apply(settings: Settings, documents: Sequence[Document], args: argparse.Namespace) -> Plan:
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        registry = KindRegistry(sealer=open_vault(settings))
        use_cases = ConfigurationUseCases(database, registry, SystemClock(), Bus())
        folders = {folder_name(place) for place in args.places if place.is_dir()}
        options = Options(prune=args.prune, adopt=args.adopt, folders=frozenset(folders))
        if args.dry_run:
            return await use_cases.plan(COMMAND_LINE, documents, options)
        return await use_cases.apply(COMMAND_LINE, documents, options)
    finally:
        await database.close()


def _tell(plan: Plan, args: argparse.Namespace) -> None:
    if args.json:
        print(_as_json({**plan.document(), "applied": not args.dry_run}))
        return
    for line in plan.lines():
        print(line)
    if plan.changes:
        print()
    print(plan.summary(is_done=not args.dry_run))


def _tell_problems(err: ConfigFileError, *, is_json: bool) -> None:
    if is_json:
        print(_as_json({"problems": [problem.document() for problem in err.problems]}))
    count = len(err.problems)
    print(f"{err}\nlightbulb: nothing was applied: {count} problem{'s' if count > 1 else ''}", file=sys.stderr)


def _as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
