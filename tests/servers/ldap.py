"""A real OpenLDAP server on loopback: plain, with StartTLS when it has a certificate."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.ports import free_port
from tests.servers.certificates import IssuedCertificate
from tests.servers.programs import dying_with_us, environment, folder_for, program, running


@contextlib.contextmanager
def running_slapd(certificate: IssuedCertificate | None) -> Iterator[int]:
    """The port of a server without any entries; it needs no rights, and ends when this process is killed."""
    with folder_for("ldap") as folder:
        settings = folder / "slapd.conf"
        settings.write_text(_settings(folder, certificate))
        port = free_port()
        command = dying_with_us(program("slapd"), "-f", settings, "-h", f"ldap://127.0.0.1:{port}", "-d", "0")
        with running(command, port, folder, environment()):
            yield port


def _settings(folder: Path, certificate: IssuedCertificate | None) -> str:
    lines = [f"pidfile {folder}/pid"]
    if certificate:
        certificate_file, key_file = certificate.write(folder)
        # Debian builds it with GnuTLS, which looks for the chain among the authorities.
        lines += [
            f"TLSCertificateFile {certificate_file}",
            f"TLSCertificateKeyFile {key_file}",
            f"TLSCACertificateFile {certificate_file}",
        ]
    return "\n".join(lines) + "\n"
