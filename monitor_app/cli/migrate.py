"""`python -m monitor_app migrate`: bring the database to this version's tables."""

import argparse
import asyncio

from monitor_app.redact import redact
from monitor_app.settings import load_settings
from monitor_app.storage import migrations


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--to` goes to a given revision, also back."""
    parser.add_argument("--to", metavar="REVISION", help="go back to this revision (`base` is before the first)")


def run(args: argparse.Namespace) -> int:
    """Upgrade, or downgrade to `--to`."""
    url = load_settings().database_url
    revision = asyncio.run(_migrate(url, args.to))
    print(f"{redact(url)} is at revision {revision or 'base'}")
    return 0


async def _migrate(url: str, revision: str | None) -> str | None:
    if revision:
        await migrations.downgrade(url, revision)
    else:
        await migrations.upgrade(url)
    return await migrations.current(url)
