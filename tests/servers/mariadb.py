"""A real MariaDB on loopback, with TLS and a user of its own."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.programs import dying_with_us, environment, folder_for, program, running

USER, PASSWORD = "watcher", "calm-grey-lynx"
DATABASE = "shop"
OPTIONS = {
    "bind-address": "127.0.0.1",
    "innodb-buffer-pool-size": "16M",
    "innodb-log-file-size": "8M",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-flush-method": "nosync",
    "aria-pagecache-buffer-size": "1M",
    "performance-schema": "off",
    "skip-name-resolve": "on",
    "max-connections": "20",
}
_FIRST_ROWS = f"""
CREATE DATABASE {DATABASE};
CREATE TABLE {DATABASE}.orders (id INT PRIMARY KEY, price DECIMAL(8,2), note VARCHAR(200)) ENGINE=InnoDB;
INSERT INTO {DATABASE}.orders VALUES (1, 9.50, 'first'), (2, 20.00, NULL), (3, 0.25, 'third');
CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON {DATABASE}.* TO '{USER}'@'%';
CREATE USER 'replica'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT SLAVE MONITOR, REPLICATION SLAVE, BINLOG MONITOR, REPLICATION SLAVE ADMIN ON *.* TO 'replica'@'%';
CREATE USER 'sealed'@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL;
CREATE USER 'single'@'%' IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS 1;
"""


@dataclass(frozen=True)
class MariaDbServer:
    """A running server; `watcher` may do everything in the database `shop`, which has a table `orders` of 3 rows."""

    port: int
    folder: Path


@contextlib.contextmanager
def running_mariadb(authority: Authority | None, *extra: str) -> Iterator[MariaDbServer]:
    """Start a server with a folder of its own and stop it at the end. It also ends when this process is killed.

    Without an authority it has no TLS. `extra` are further options, without the dashes.
    """
    with folder_for("mariadb") as folder:
        mariadbd = program("mariadbd")
        shared = _shared_folder(mariadbd)
        base = [mariadbd, "--no-defaults", f"--datadir={folder / 'data'}", f"--lc-messages-dir={shared}"]
        base += ["--user=root"] if os.geteuid() == 0 else []
        base += [f"--{name}={value}" for name, value in OPTIONS.items()]
        _make_tables(base, shared, folder)
        port = free_port()
        options = [f"--port={port}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"]
        if authority is not None:
            certificate, key = authority.issue("mariadb.test", "localhost").write(folder)
            options += [f"--ssl-cert={certificate}", f"--ssl-key={key}"]
        command = dying_with_us(*base, *options, *(f"--{option}" for option in extra))
        with running(command, port, folder, environment()):
            yield MariaDbServer(port, folder)


def _shared_folder(mariadbd: Path) -> Path:
    return next(folder for folder in mariadbd.parent.parent.glob("share/m*") if (folder / "english").exists())


def _make_tables(base: list[str | Path], shared: Path, folder: Path) -> None:
    """The system's tables and the tests' own; the same as mariadb-install-db does, without other programs."""
    (folder / "data").mkdir()
    scripts = [(shared / name).read_text() for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql")]
    sql = "\n".join(["CREATE DATABASE mysql;\nUSE mysql;", *scripts, "FLUSH PRIVILEGES;", _FIRST_ROWS])
    made = subprocess.run(
        [*base, "--bootstrap", "--default-storage-engine=Aria"],
        input=sql.replace("@auth_root_socket=NULL", "@auth_root_socket='root'"),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
    )
    if made.returncode != 0 or "ERROR:" in made.stderr:
        pytest.fail(f"mariadbd --bootstrap failed:\n{made.stderr[-3000:]}", pytrace=False)
