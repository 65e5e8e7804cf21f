"""`python -m monitor_app admin create|list|reset-password|link`: accounts, also when nobody can log in."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from monitor_app.cli._asking import asked
from monitor_app.domain.account import AccountView
from monitor_app.engine.clock import SystemClock
from monitor_app.security.passwords import LONGEST, Hasher
from monitor_app.security.throttle import LoginThrottle
from monitor_app.server import first_start
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.password_check import PasswordCheck
from monitor_app.use_cases.rescue import Rescue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of four actions."""
    actions = parser.add_subparsers(dest="action", metavar="create|list|reset-password|link", required=True)
    creating = actions.add_parser("create", help="make an administrator")
    creating.add_argument("--username", default="admin", help="default: admin")
    actions.add_parser("list", help="all accounts")
    resetting = actions.add_parser("reset-password", help="a new password; enables the account, ends its sessions")
    resetting.add_argument("username", metavar="USERNAME")
    resetting.add_argument(
        "--drop-second-factor", action="store_true", help="for who has lost phone and recovery codes, too"
    )
    actions.add_parser("link", help="a fresh set-up link, as long as there is no administrator")
    parser.epilog = (
        "The password is asked for, or read as one line from standard input. A running Lightbulb follows within "
        "seconds."
    )


def run(args: argparse.Namespace) -> int:
    """Raises InvalidInput, Conflict, NotFound."""
    print(asyncio.run(_run(load_settings(), args)))
    return 0


async def _run(settings: Settings, args: argparse.Namespace) -> str:
    await migrations.upgrade(settings.database_url)
    if args.action == "link":
        url = await first_start.setup_url(settings)
        return "There is an administrator: log in." if url is None else first_start.words(url)
    async with _rescue(settings) as rescue:
        if args.action == "create":
            name = await rescue.create_admin(args.username, _password())
            return f"{name} is an administrator: log in at {settings.public_url or settings.local_url}/login"
        if args.action == "reset-password":
            dropped = args.drop_second_factor
            name = await rescue.reset_password(args.username, _password(), drops_second_factor=dropped)
            return f"{name} has a new password{' and no second factor' if dropped else ''}; all sessions have ended."
        return "\n".join(_line(account) for account in await rescue.list_all()) or "There are no accounts."


def _password() -> str:
    """Typed twice on a terminal, where it is not shown; else the first line of standard input. Raises InvalidInput."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(LONGEST * 4).rstrip("\r\n")
    return asked("password", is_new=True)


def _line(account: AccountView) -> str:
    marks = [account.role]
    marks += ["disabled"] if account.is_disabled else []
    marks += ["second factor"] if account.has_second_factor else []
    last = "never logged in" if account.signed_in_at is None else f"last logged in {_local(account.signed_in_at)}"
    return f"{account.username:<24} {', '.join(marks)}; {last}"


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


@asynccontextmanager
async def _rescue(settings: Settings) -> AsyncIterator[Rescue]:
    database, clock, hasher = Database(settings.database_url), SystemClock(), Hasher()
    try:
        yield Rescue(AccessChanges(database, clock), PasswordCheck(hasher, LoginThrottle(clock)))
    finally:
        hasher.close()
        await database.close()
