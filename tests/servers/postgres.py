"""Real PostgreSQL servers on loopback: a leader, one that follows it, and PgBouncer before the leader, with TLS."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port
from tests.postgres import NOBODY, USER, _make_cluster, _running_server, _usable_programs
from tests.servers.certificates import Authority
from tests.servers.programs import (
    dying_with_us,
    environment,
    folder_for,
    hand_over,
    reachable_root,
    running,
)


@dataclass(frozen=True)
class PostgresPair:
    """USER may do everything on both; `port` is the leader's."""

    port: int
    follower_port: int
    password: str


@contextlib.contextmanager
def running_postgres_pair() -> Iterator[PostgresPair]:
    """Start both with a folder of their own and stop them at the end; they also end when this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix="lightbulb-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        programs = _usable_programs(folder)
        password = secrets.token_hex(8)
        leader = _make_cluster(programs, folder, password)
        follower = folder / "follower"
        shutil.copytree(leader, follower)
        # The first entry that fits counts, and each user may replicate from here.
        rules = leader / "pg_hba.conf"
        rules.write_text("host replication all 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        _hand_over(leader)
        port = free_port()
        with _running_server(programs, leader, port):
            (follower / "standby.signal").touch()
            way = f"host=127.0.0.1 port={port} user={USER} password={password} application_name=follower"
            _settings(follower, primary_conninfo=way)
            follower.chmod(0o700)
            _hand_over(follower)
            follower_port = free_port()
            with _running_server(programs, follower, follower_port):
                yield PostgresPair(port, follower_port, password)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_pgbouncer(authority: Authority, pair: PostgresPair) -> Iterator[int]:
    """The port of a pooler that gives each transaction any of its connections to the leader, and speaks TLS."""
    with folder_for("pool") as folder:
        root = reachable_root(folder, "pgbouncer")
        certificate, key = authority.issue("postgres.test").write(folder)
        (folder / "users.txt").write_text(f'"{USER}" "{pair.password}"\n')
        port = free_port()
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": folder / "users.txt",
            "pool_mode": "transaction",
            "client_tls_sslmode": "allow",
            "client_tls_cert_file": certificate,
            "client_tls_key_file": key,
        }
        lines = ["[databases]", f"* = host=127.0.0.1 port={pair.port}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
        hand_over(folder)
        command = dying_with_us(root / "usr/sbin/pgbouncer", folder / "pgbouncer.ini", as_nobody=True)
        with running(command, port, folder, environment(root)):
            yield port


def _settings(data: Path, **values: str) -> None:
    with (data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in values.items())


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
