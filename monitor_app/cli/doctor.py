"""`python -m monitor_app doctor`: look whether everything is in order here, and say how to mend what is not."""

import argparse
import asyncio
import json
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from alembic.script import ScriptDirectory

from monitor_app import __version__
from monitor_app.cli import _machine, _surroundings
from monitor_app.cli._finding import Finding
from monitor_app.cli._growth import bound, lines, measure
from monitor_app.engine.retention import Policy
from monitor_app.errors import LightbulbError
from monitor_app.security.startup import unsafe
from monitor_app.security.vault import open_vault
from monitor_app.server.address import refuse_public_host
from monitor_app.server.frontend import is_current
from monitor_app.settings import Settings, load_settings, unknown_keys
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.storage.sql_upkeep import SqlUpkeep
from monitor_app.use_cases.secrets import named, status
from monitor_app.use_cases.setup_link import has_administrator

# The best first.
STATUSES = ("ok", "warn", "fail")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much is told, and in which form."""
    parser.add_argument("--settings", action="store_true", help="print all settings, secrets masked")
    parser.add_argument("--json", action="store_true", help="one JSON document, for programs")
    parser.epilog = "May run beside a Lightbulb that runs. The exit code is 1 when something fails."


def run(args: argparse.Namespace) -> int:
    """0 when nothing fails, else 1."""
    settings = load_settings()
    findings = list(examine(settings))
    worst = max((finding.status for finding in findings), key=STATUSES.index)
    if args.json:
        told = [{"name": one.name, "status": one.status, "text": one.text, "advice": one.advice} for one in findings]
        more = {"settings": settings.shown()} if args.settings else {}
        print(json.dumps({"status": worst, "findings": told, **more}, indent=2, ensure_ascii=False))
        return int(worst == "fail")
    for finding in findings:
        print(f"{finding.status:<4}  {finding.name}: {finding.text}")
        if finding.advice:
            print(f"      -> {finding.advice}")
    if args.settings:
        print("\n".join(["", *(f"{name}={value}" for name, value in settings.shown().items())]))
    return int(worst == "fail")


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything."""
    is_running = _surroundings.is_running(settings)
    yield Finding("version", f"Lightbulb {__version__}, Reflex {version('reflex')}, on {platform.platform()}")
    yield _python()
    yield _node()
    yield from _settings()
    yield Finding("address", settings.local_url)
    yield _surroundings.port(settings, is_running=is_running)
    yield _surroundings.certificate(settings)
    yield _surroundings.public_url(settings)
    yield from asyncio.run(_asked(settings, is_running=is_running))
    yield from _machine.disk(settings)
    yield _machine.open_files(settings)
    yield from _open_to_others(settings)
    yield _screens()
    yield _browser()


async def _asked(settings: Settings, *, is_running: bool) -> list[Finding]:
    """What has to be asked over connections."""
    found = await _database(settings, is_running=is_running)
    found.append(await _surroundings.redis(settings))
    return found + [finding async for finding in _machine.network()]


def _python() -> Finding:
    text = f"{platform.python_version()} at {sys.executable}"
    if sys.prefix == sys.base_prefix:
        return Finding("python", text, "this is not a virtual environment; `make install` makes one", is_hint=True)
    return Finding("python", text)


def _node() -> Finding:
    node = shutil.which("node", path=sysconfig.get_path("scripts"))
    if node is None:
        return Finding("node", "is not in the environment", "pip install -r requirements.txt")
    done = subprocess.run(  # noqa: S603 - the environment's own node
        [node, "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    return Finding("node", f"{done.stdout.strip()} at {node}")


def _settings() -> Iterator[Finding]:
    unknown = unknown_keys()
    for key, why in unknown.items():
        yield Finding("settings", f"{key} in .env", f"{key} {why}", is_hint=True)
    if not unknown:
        yield Finding("settings", "all in order" if Path(".env").is_file() else "no .env, so the environment only")


async def _database(settings: Settings, *, is_running: bool) -> list[Finding]:
    where = settings.shown()["DATABASE_URL"]
    if settings.database_type == "sqlite" and not settings.sqlite_db_path.exists():
        found = [Finding("database", f"{where} is made at the first start"), _accounts(settings, has_admin=False)]
        return found + await _surroundings.config_files(settings)
    database = Database(settings.database_url)
    try:
        await database.check_writable()
        revision = await migrations.current(settings.database_url)
        if revision != (newest := ScriptDirectory(str(migrations.SCRIPTS)).get_current_head()):
            advice = "python -m monitor_app migrate (`make run` does it too)"
            found = [Finding("database", f"{where} is at revision {revision or 'none'}, newest is {newest}", advice)]
            return found + await _surroundings.config_files(settings)
        found = [
            Finding("database", f"{where} can be written, revision {revision}"),
            _accounts(settings, has_admin=await has_administrator(database)),
            await _secrets(database, settings),
            await _machine.clock(database),
            await _surroundings.scheduler(settings, is_running=is_running),
        ]
        found += await _surroundings.config_files(settings, database)
        return found + await _size(database, settings)
    except LightbulbError as err:
        return [Finding("database", where, advice=str(err)), *await _surroundings.config_files(settings)]
    finally:
        await database.close()


def _accounts(settings: Settings, *, has_admin: bool) -> Finding:
    """Whether anybody could log in, and others may come in."""
    try:
        refuse_public_host(settings, has_admin=has_admin)
    except LightbulbError as err:
        return Finding("accounts", "there is no administrator", str(err))
    if has_admin:
        return Finding("accounts", "there is an administrator")
    advice = "open the link that `make run` shows, or run `python -m monitor_app admin create`"
    return Finding("accounts", "there is no administrator", advice, is_hint=True)


async def _secrets(database: Database, settings: Settings) -> Finding:
    """Whether the stored secrets can be read with the key that is here."""
    vault = open_vault(settings, create=False)
    found = await status(database, vault)
    text = f"{found.count} stored, sealed with {vault.source}"
    if found.lost:
        text = f"{len(found.lost)} of {found.count} cannot be read with the key in {vault.source}: {named(found.lost)}"
        return Finding("secrets", text, "put back the key they were sealed with, or enter them anew (docs/secrets.md)")
    if found.old:
        text += f", {found.old} of them with an older key"
        return Finding("secrets", text, "python -m monitor_app secrets rotate", is_hint=True)
    return Finding("secrets", text)


async def _size(database: Database, settings: Settings) -> list[Finding]:
    """How large the database is and becomes."""
    policy, now = Policy.of(settings), datetime.now(UTC)
    growth = await measure(SqlUpkeep(database), now)
    findings = [Finding("size", line) for line in lines(growth, policy)]
    if told := bound(growth, policy, now):
        text, shortens = told
        advice = "raise MAX_DB_SIZE, or lower RETENTION_RAW_DAYS, to keep what the settings say"
        findings.append(Finding("size", text, advice if shortens else "", is_hint=True))
    return findings


def _open_to_others(settings: Settings) -> Iterator[Finding]:
    """What a start in production refuses; a key that is not there yet is made by it."""
    told = dict(unsafe(settings))
    if settings.secret_key_file and not settings.secret_keys and not settings.secret_key_file.exists():
        told.pop("SECRET_KEY_FILE", None)
    for name, text in told.items():
        yield Finding("safety", name, f"{name}: {text}")


def _screens() -> Finding:
    if is_current(Path.cwd()):
        return Finding("screens", "are built")
    return Finding("screens", "are not built, or have changed", "`make run` builds them, about a minute", is_hint=True)


def _browser() -> Finding:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        return Finding("browser", "none for the tests", "only needed for `make test`, which fetches one", is_hint=True)
    return Finding("browser", path)
