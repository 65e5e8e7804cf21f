"""What stands in a database or backup of Uptime Kuma, in the names of the database's columns.

The database is opened as a copy, by SQLite itself and not by our own storage: nobody writes to it, what it defines is
not trusted, and a question that takes too long is broken off.
"""

import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from monitor_app.security import documents
from monitor_app.security.placed import FILE
from monitor_app.use_cases.importers.taking import listed, refuse

MONITORS_LIMIT: Final = 20_000
DATABASE_LIMIT: Final = 8 << 30
_HEAD: Final = b"SQLite format 3\0"
_TEXT_LIMIT: Final = 1 << 20
_NEITHER: Final = "must be an Uptime Kuma database or its JSON backup, with a monitorList"
# A small file can stand for much more: columns that are computed, rows that share their content.
_TOTAL_LIMIT: Final = 64 << 20
_COLUMNS_LIMIT: Final = 256
_SECONDS: Final = 30.0
_STEPS: Final = 100_000
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
# What is there beside monitors and does not come along.
_OTHERS: Final = {
    "notification": "SELECT count(*) FROM notification",
    "status_page": "SELECT count(*) FROM status_page",
    "maintenance": "SELECT count(*) FROM maintenance",
    "docker_host": "SELECT count(*) FROM docker_host",
    "api_key": "SELECT count(*) FROM api_key",
    "remote_browser": "SELECT count(*) FROM remote_browser",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class KumaFile:
    """The monitors, tags by monitor (`name` and `value`), proxies by id, and how many there are of other things."""

    monitors: Sequence[Row] = field(repr=False)
    tags: Mapping[int, Sequence[Row]] = field(repr=False)
    proxies: Mapping[int, Row] = field(repr=False)
    others: Mapping[str, int]


def is_database(beginning: bytes) -> bool:
    """Whether a file begins as one of SQLite does."""
    return beginning.startswith(_HEAD)


def read_database(path: Path) -> KumaFile:
    """To be called in a thread. Raises InvalidInput."""
    with _copied(path) as copy:
        try:
            with closing(_opened(copy)) as conn:
                return _database(conn)
        except sqlite3.Error as err:
            raise refuse(f"cannot be read as an Uptime Kuma database: {err}") from err


def read_uploaded(data: bytes) -> KumaFile:
    """The same of a database that was sent."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-import-") as folder:
        place = Path(folder, "kuma.db")
        place.write_bytes(data)
        return read_database(place)


def read_backup(data: bytes) -> KumaFile:
    """The JSON that version 1 exports. Raises InvalidInput."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise refuse(_NEITHER)
    document = documents.parse_json(data, limits=FILE, field="file")
    monitors = document.get("monitorList") if isinstance(document, dict) else None
    if not isinstance(monitors, list) or not all(isinstance(each, dict) for each in monitors):
        raise refuse(_NEITHER)
    if len(monitors) > MONITORS_LIMIT:
        raise refuse(f"must have at most {MONITORS_LIMIT} monitors, has {len(monitors)}")
    rows = [_snake(each) for each in monitors]
    proxies = [_snake(each) for each in listed(document.get("proxyList")) if isinstance(each, dict)]
    notifications = document.get("notificationList")
    return KumaFile(
        rows,
        {_number(row): _tags_of(row) for row in rows},
        {_number(row): row for row in proxies},
        {"notification": len(notifications) if isinstance(notifications, list) else 0},
    )


def _tags_of(row: Row) -> list[Row]:
    tags = row.get("tags")
    return [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []


def _snake(values: Mapping[str, Any]) -> dict[str, Any]:
    """`ignoreTls` as the database has it: `ignore_tls`."""
    return {_CAMEL.sub(r"_\1", name).lower(): value for name, value in values.items()}


def _number(row: Row) -> int:
    number = row.get("id")
    return number if isinstance(number, int) else 0


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """With what is written of it but not yet in it: Uptime Kuma may be running."""
    with tempfile.TemporaryDirectory(prefix="lightbulb-import-") as folder:
        copy = Path(folder, "copy.db")
        _copy(path, copy)
        ahead = path.with_name(f"{path.name}-wal")
        if ahead.is_file() and not ahead.is_symlink():
            _copy(ahead, copy.with_name("copy.db-wal"))
        yield copy


def _copy(source: Path, copy: Path) -> None:
    try:
        # Without waiting for somebody at the other end, should it be a pipe.
        with open(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise refuse("must be a plain file")
            if found.st_size > DATABASE_LIMIT:
                raise refuse(f"must have at most {DATABASE_LIMIT >> 30} GiB, has {found.st_size >> 30}")
            if found.st_size > shutil.disk_usage(copy.parent).free:
                raise refuse(f"needs {found.st_size >> 20} MiB for a copy in {copy.parent.parent}, there is less")
            with copy.open("wb") as target:
                shutil.copyfileobj(file, target, 1 << 20)
    except OSError as err:
        raise refuse(f"cannot be read: {(err.strerror or str(err)).lower()}") from err


def _opened(copy: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(copy)
    end = time.monotonic() + _SECONDS
    conn.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _TEXT_LIMIT)
    conn.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, _COLUMNS_LIMIT)
    conn.text_factory = lambda raw: raw.decode("utf-8", "replace")
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA trusted_schema = OFF")
    conn.execute("PRAGMA query_only = ON")
    conn.execute("PRAGMA cell_size_check = ON")
    return conn


class _Reader:
    """Reads rows, and not more than a real database has."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._bytes = 0

    def rows(self, question: str, limit: int) -> Iterator[Row]:
        """Raises InvalidInput."""
        for found in self._conn.execute(question, (limit,)):
            row = dict(found)
            self._bytes += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())
            if self._bytes > _TOTAL_LIMIT:
                raise refuse(f"must hold at most {_TOTAL_LIMIT >> 20} MiB of monitors, tags and proxies, holds more")
            yield row


def _database(conn: sqlite3.Connection) -> KumaFile:
    tables = {row["name"] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "monitor" not in tables:
        raise refuse("is no Uptime Kuma database: it has no table monitor")
    reader = _Reader(conn)
    monitors = list(reader.rows("SELECT * FROM monitor ORDER BY id LIMIT ?", MONITORS_LIMIT + 1))
    if len(monitors) > MONITORS_LIMIT:
        raise refuse(f"must have at most {MONITORS_LIMIT} monitors, has more")
    if monitors and not {"id", "name", "type"} <= monitors[0].keys():
        raise refuse("is no Uptime Kuma database: its table monitor has other columns")
    tags: dict[int, list[Row]] = {}
    if {"tag", "monitor_tag"} <= tables:
        joined = (
            "SELECT monitor_tag.monitor_id, tag.name, monitor_tag.value FROM monitor_tag "
            "JOIN tag ON tag.id = monitor_tag.tag_id ORDER BY monitor_tag.id LIMIT ?"
        )
        for row in reader.rows(joined, MONITORS_LIMIT * 20):
            tags.setdefault(row["monitor_id"], []).append(row)
    proxies = {}
    if "proxy" in tables:
        proxies = {row["id"]: row for row in reader.rows("SELECT * FROM proxy LIMIT ?", 1000)}
    others = {name: conn.execute(count).fetchone()[0] for name, count in _OTHERS.items() if name in tables}
    return KumaFile(monitors, tags, proxies, others)
