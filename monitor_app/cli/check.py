"""`python -m monitor_app check URL_OR_KIND [--json]`: run one check now and show what it found, phase by phase."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence

import uvloop
from sqlalchemy.exc import SQLAlchemyError

from monitor_app.cli._check_report import Style, report, report_json
from monitor_app.domain.result import ProbeResult
from monitor_app.engine.outbound import OutboundRules
from monitor_app.errors import DatabaseUnavailable, InvalidInput
from monitor_app.net import Network
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.settings import Settings, load_settings
from monitor_app.storage.database import Database
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.service_input import parse_config

EXIT_UP, EXIT_DOWN = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to check, and how."""
    parser.add_argument("target", metavar="URL_OR_KIND", help="a URL, a host name (https, then http), or a kind")
    parser.add_argument(
        "options", metavar="NAME=VALUE", nargs="*", help="fields of the kind, such as method=HEAD or deadline_seconds=3"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = "Exit code: 0 up, 1 not up, 2 wrong input."


def run(args: argparse.Namespace) -> int:
    """Raises InvalidInput for a target or option that is not one."""
    settings = load_settings()
    kind, config, result = uvloop.run(_check(guesses(KindRegistry(), args.target, args.options), settings))
    if args.json:
        print(json.dumps(report_json(kind.name, config.target, result)))
    else:
        print(report(config.target, result, Style.of(sys.stdout, shutil.get_terminal_size().columns)))
    return EXIT_UP if result.status.is_up else EXIT_DOWN


def guesses(registry: KindRegistry, target: str, options: Sequence[str]) -> list[tuple[Kind, CheckConfig]]:
    """What to try, best first. Raises InvalidInput."""
    values = dict(_option(option) for option in options)
    if target in {kind.name for kind in registry}:
        return [(registry[target], parse_config(registry, target, values))]
    found = registry.guess(target)
    if not values:
        return found
    return [
        (kind, parse_config(registry, kind.name, config.model_dump(exclude_unset=True) | values))
        for kind, config in found
    ]


def _option(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise InvalidInput({"options": "must be name=value, such as method=HEAD"})
    # A mapping has one `name: value` a line; a shell types a line break hard.
    return name, value.replace("\\n", "\n")


async def _check(
    candidates: list[tuple[Kind, CheckConfig]], settings: Settings
) -> tuple[Kind, CheckConfig, ProbeResult]:
    network, database = Network(), Database(settings.database_url)
    try:
        await _load_rules(OutboundRules(database, network, settings), settings)
        return await Probing(network, KindRegistry()).best_of(candidates)
    finally:
        await database.close()
        await network.close()


async def _load_rules(rules: OutboundRules, settings: Settings) -> None:
    """What may be connected to is what the engine may; without a database, what is allowed as it comes."""
    if settings.database_type == "sqlite" and not settings.sqlite_db_path.is_file():
        return
    try:
        await rules.load()
    except (DatabaseUnavailable, SQLAlchemyError) as err:  # SQLAlchemyError: it is of an older version
        reason = err if isinstance(err, DatabaseUnavailable) else "it is of an older version: run migrate"
        print(f"lightbulb: the outbound rules cannot be read, the usual ones hold: {reason}", file=sys.stderr)
