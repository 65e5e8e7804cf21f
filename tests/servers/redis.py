"""A real Redis on loopback, with and without TLS, with users, and one that follows it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.programs import dying_with_us, environment, folder_for, program, running

PASSWORD = "fed-blue-otter"
READER, READER_PASSWORD = "reader", "tame-red-heron"
DATABASES = 4


@dataclass(frozen=True)
class RedisServer:
    """A running server; the default user has PASSWORD, `reader` may only read keys that begin with `open:`."""

    port: int
    tls_port: int
    folder: Path


@contextlib.contextmanager
def running_redis(authority: Authority, *extra: str, password: str = PASSWORD) -> Iterator[RedisServer]:
    """Start a server with a folder of its own and stop it at the end. It also ends when this process is killed."""
    with folder_for("redis") as folder:
        certificate, key = authority.issue("redis.test", "localhost").write(folder)
        (folder / "ca.pem").write_bytes(authority.pem)
        port, tls_port = free_port(), free_port()
        options = {
            "bind": "127.0.0.1",
            "port": port,
            "tls-port": tls_port,
            "tls-cert-file": certificate,
            "tls-key-file": key,
            "tls-ca-cert-file": folder / "ca.pem",
            "tls-auth-clients": "no",
            "databases": DATABASES,
            "dir": folder,
            "appendonly": "no",
        }
        lines = [f"{name} {value}" for name, value in options.items()]
        lines += ['save ""', f"user {READER} on >{READER_PASSWORD} ~open:* +@read +ping +select +info +hello +client"]
        lines += [f"requirepass {password}"] if password else []
        (folder / "redis.conf").write_text("\n".join([*lines, *extra]) + "\n")
        command = dying_with_us(program("redis-server"), folder / "redis.conf")
        with running(command, port, folder, environment(), more_ports=[tls_port]):
            yield RedisServer(port, tls_port, folder)
