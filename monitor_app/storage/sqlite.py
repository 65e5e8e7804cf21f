"""How SQLite is opened, and what its refusals mean."""

import asyncio
import contextlib
import os
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.storage.documents import dumps, loads

BUSY_TIMEOUT_SECONDS = 5
# About half a minute's work.
REWRITE_LIMIT_BYTES = 2_000_000_000
# How a connection means to use the database: an execution option, "read" or "write".
ACCESS = "lightbulb_access"

# Run on each new connection. The WAL is folded back at 16 MB: what changes often is written to the file less often.
# Should it have grown beyond 64 MB, it does not stay that huge on the disk. What is deleted is overwritten where that
# costs no writing: some builds of SQLite would write every page that becomes free.
_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -16384",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA secure_delete = FAST",
)

logger = get_logger(__name__)


class _Connection(sqlite3.Connection):
    """Finishes its statements before it is closed.

    SQLite closes nothing as long as a statement is not finished: its transaction goes on in secret, and may lock the
    file for everybody (https://www.sqlite.org/c3ref/close.html, "zombie"). Who is cancelled leaves such a statement
    behind, in frames that nobody clears for long.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *args: Any, **options: Any) -> Any:
        cursor = super().cursor(*args, **options)
        self._cursors.add(cursor)
        return cursor

    def close(self) -> None:
        cursors, self._cursors = list(self._cursors), WeakSet()
        for cursor in cursors:
            cursor.close()
        super().close()


def file_of(url: URL) -> Path:
    """The database file.

    Raises DatabaseUnavailable when the address names none: what is kept in memory ends with its connection.
    """
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DatabaseUnavailable(f"SQLite needs the path of a file, got {url.database!r}")
    return Path(url.database).absolute()


def create_engine(
    url: URL,
    *,
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    has_foreign_keys: bool = True,
    **options: Any,
) -> AsyncEngine:
    """An engine whose transactions are SQLite's own: BEGIN IMMEDIATE for those that write.

    The driver's habit of beginning a transaction at the first INSERT is off (isolation_level None): with it a read
    that turns into a write fails at once when somebody else has written meanwhile.
    """
    path = file_of(url)
    engine = create_async_engine(
        url,
        connect_args={"isolation_level": None, "timeout": busy_timeout_seconds, "factory": _Connection},
        hide_parameters=True,  # they hold secrets, and errors are logged
        json_serializer=dumps,
        json_deserializer=loads,
        **options,
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def make_file(*_: Any) -> None:
        _make_file(path)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        # Two processes that turn a new file to WAL at once: one of them is told "locked", and need not care.
        with contextlib.suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.execute(f"PRAGMA foreign_keys = {int(has_foreign_keys)}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        is_read = connection.get_execution_options().get(ACCESS) == "read"
        script = "PRAGMA query_only = 1; BEGIN" if is_read else "PRAGMA query_only = 0; BEGIN IMMEDIATE"
        adapted: Any = connection.connection.dbapi_connection
        # One trip to the driver's thread; two statements through SQLAlchemy would be six.
        adapted.run_async(lambda driver: driver.executescript(script))

    return engine


def _make_file(path: Path) -> None:
    """Make a missing file, with a mode that SQLite gives its -wal and -shm files too.

    The file is never opened here: closing any descriptor of it drops all locks that this process holds on it, and then
    another process that closes its connection takes itself for the last one and deletes the WAL under our feet
    (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(path)
    with contextlib.suppress(FileExistsError):
        if sys.platform == "linux":
            os.mknod(path, 0o600 | stat.S_IFREG)
        else:  # others let only root make nodes; nobody holds a lock on a file that is only just made
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def flush(path: Path) -> None:
    """Write what was committed to the disk itself. Raises OSError.

    It stands in the WAL, or was moved from there, which flushes it. No lock is on the WAL, so it may be opened.
    """
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(f"{path}-wal", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def rewrite(conn: AsyncConnection, path: Path) -> bool:
    """Write the whole file anew, and empty the WAL; False when that cannot be done.

    "secure_delete" alone leaves traces where pages were split (https://www.sqlite.org/pragma.html#pragma_secure_delete).
    """
    if (await asyncio.to_thread(path.stat)).st_size > REWRITE_LIMIT_BYTES:
        return False
    raw: Any = await conn.get_raw_connection()
    try:
        for statement in ("PRAGMA query_only = 0", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            rows = await raw.driver_connection.execute_fetchall(statement)
    except sqlite3.OperationalError:
        return False
    [(is_blocked, *_)] = rows
    return not is_blocked


def close_to_others(path: Path) -> None:
    """Take the rights of everybody else off the database's files, where they are ours.

    By their paths: they must not be opened (see `_make_file`).
    """
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # what stays open refuses the start
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & 0o007:
                file.chmod(mode & ~0o007)
                logger.warning("the database was open to every user of this machine; now it is not", file=str(file))


def explain(err: BaseException, path: Path) -> str | None:
    """Why the file cannot be used, in words; None when the file is not to blame."""
    if isinstance(err, OSError):
        return _explain_os_error(err, path)
    cause = err.orig if isinstance(err, DBAPIError) else err
    code = getattr(cause, "sqlite_errorcode", None)
    # The lower byte is the kind of error, the rest says where it happened.
    match code and code & 0xFF:
        case sqlite3.SQLITE_NOTADB:
            return "the file is not an SQLite database"
        case sqlite3.SQLITE_CORRUPT:
            return "the file is damaged: restore a back-up (docs/database.md)"
        case sqlite3.SQLITE_FULL:
            return "the disk is full"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another process has kept it locked for too long"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _explain_access(path) or "it cannot be opened"
        case sqlite3.SQLITE_READONLY:
            return _explain_access(path)
        case sqlite3.SQLITE_IOERR:
            return f"the disk does not read or write properly ({cause})"
        case _ if code is not None and "no such table" in str(err):
            return "it has no tables yet: run `python -m monitor_app migrate`"
    return None


def _explain_os_error(err: OSError, path: Path) -> str:
    match err:
        case IsADirectoryError():
            return "this is a folder, not a file"
        case NotADirectoryError() | FileExistsError():
            return f"{path.parent} is not a folder"
        case PermissionError() if reason := _explain_access(path):
            return reason
        case _:
            return (err.strerror or str(err)).lower()


def _explain_access(path: Path) -> str | None:
    if os.access(path, os.F_OK) and not os.access(path, os.R_OK | os.W_OK):
        return "this user may not read and write the file"
    folder = next(parent for parent in path.parents if os.access(parent, os.F_OK))
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not create files in {folder}"
    return None
