"""What the doctor says of the machine: room on the disk, open files, pings, names, the clock."""

import asyncio
import resource
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

from monitor_app.cli._finding import Finding
from monitor_app.cli._growth import in_units
from monitor_app.engine.process import SPARE_DESCRIPTORS
from monitor_app.errors import LightbulbError
from monitor_app.net import Network
from monitor_app.net.canary import ResolverCanary
from monitor_app.net.ping import ping
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.moments import newest_check, server_time

LITTLE_BYTES, LEAST_BYTES = 1_000_000_000, 100_000_000
ANSWER_SECONDS = 8.0
# No machine can have this version before it was made.
MADE = datetime(2026, 1, 1, tzinfo=UTC)
BEHIND = timedelta(minutes=1)
APART = timedelta(seconds=5)
SET_CLOCK = "set the clock, and keep it set: `timedatectl set-ntp true`, or chrony"


def disk(settings: Settings) -> Iterator[Finding]:
    """Room beside an SQLite file; PostgreSQL's disk is its own."""
    if settings.database_type != "sqlite":
        return
    folder = next(parent for parent in settings.sqlite_db_path.parents if parent.exists())
    free = shutil.disk_usage(folder).free
    text = f"{in_units(free)} are free in {folder}"
    if free < LITTLE_BYTES:
        advice = "make room, or set MAX_DB_SIZE: what is found out is lost when the disk is full"
        yield Finding("disk", text, advice, is_hint=free >= LEAST_BYTES)
    else:
        yield Finding("disk", text)


def open_files(settings: Settings) -> Finding:
    """Each check in flight needs one; the engine raises the limit as far as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard - SPARE_DESCRIPTORS >= settings.max_checks_in_flight:
        return Finding("open files", f"enough for {settings.max_checks_in_flight} checks at a time")
    affordable = max(1, hard - SPARE_DESCRIPTORS)
    text = f"at most {hard}, so {affordable} checks at a time instead of {settings.max_checks_in_flight}"
    advice = "raise the limit (`ulimit -Hn`, LimitNOFILE= of systemd), or lower MAX_CHECKS_IN_FLIGHT"
    return Finding("open files", text, advice, is_hint=True)


async def network() -> AsyncIterator[Finding]:
    """Names and pings."""
    going_out = Network()
    try:
        yield await _names(going_out)
        yield await _pings()
    finally:
        await going_out.close()


async def _names(going_out: Network) -> Finding:
    servers = ", ".join(going_out.names.servers) or "none"
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            is_alive = await ResolverCanary(going_out).is_alive()
    except TimeoutError:
        is_alive = False
    if is_alive:
        return Finding("names", f"a name server answers ({servers})")
    advice = "look at /etc/resolv.conf: without it only services with addresses can be checked"
    return Finding("names", f"no name server answers ({servers})", advice, is_hint=True)


async def _pings() -> Finding:
    try:
        await ping("127.0.0.1", count=1, timeout_seconds=1.0)
    except LightbulbError as err:
        return Finding("ping", "services of kind icmp cannot be checked", str(err), is_hint=True)
    return Finding("ping", "this user may send pings")


async def clock(database: Database) -> Finding:
    """Whether the time can be right. Raises DatabaseUnavailable."""
    async with database.read() as conn:
        newest, elsewhere = await newest_check(conn), await server_time(conn)
    now = datetime.now(UTC)
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < MADE:
        return Finding("clock", f"{text}, which is before this version was made", SET_CLOCK)
    if newest is not None and now < newest - BEHIND:
        return Finding("clock", f"{text}, but the newest check was at {newest:%Y-%m-%d %H:%M:%S}", SET_CLOCK)
    if abs(now - elsewhere) > APART:
        apart = (now - elsewhere).total_seconds()
        return Finding("clock", f"{text}, {apart:+.0f} s from that of the database's machine", SET_CLOCK, is_hint=True)
    return Finding("clock", text)
