"""A real PgBouncer on loopback with nothing behind it: it agrees on TLS as PostgreSQL does.

The PostgreSQL of the wheel that the tests use is built without TLS.
"""

import contextlib
from collections.abc import Iterator

from tests.ports import free_port
from tests.servers.certificates import IssuedCertificate
from tests.servers.programs import dying_with_us, environment, folder_for, hand_over, reachable_root, running


@contextlib.contextmanager
def lonely_pgbouncer(certificate: IssuedCertificate) -> Iterator[int]:
    """The port. It ends when this process is killed."""
    with folder_for("pool") as folder:
        root = reachable_root(folder, "pgbouncer")
        certificate_file, key_file = certificate.write(folder)
        port = free_port()
        lines = [
            "[databases]",
            "* = host=127.0.0.1 port=1",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = any",
            "client_tls_sslmode = allow",
            f"client_tls_cert_file = {certificate_file}",
            f"client_tls_key_file = {key_file}",
        ]
        (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
        hand_over(folder)
        command = dying_with_us(root / "usr/sbin/pgbouncer", folder / "pgbouncer.ini", as_nobody=True)
        with running(command, port, folder, environment(root)):
            yield port
