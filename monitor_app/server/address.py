"""Looks at HOST, PORT and the TLS files before anything is built or started, and says how to mend them."""

import errno
import ipaddress
import os
import socket
import ssl
from pathlib import Path

import psutil

from monitor_app.errors import SettingsError
from monitor_app.settings import Settings


def check_address(settings: Settings) -> None:
    """Raises SettingsError when Lightbulb cannot listen where the settings say."""
    check_port(settings)
    check_tls(settings)


def refuse_public_host(settings: Settings, *, has_admin: bool) -> None:
    """Raises SettingsError for any HOST but loopback as long as there is no administrator who could say who may in."""
    if not settings.is_loopback and not has_admin:
        raise SettingsError(
            {
                "HOST": f"must be 127.0.0.1, ::1 or localhost until there is an administrator, got {settings.host!r}. "
                "Run `HOST=127.0.0.1 make run` and open the set-up link that it shows, from elsewhere through a tunnel "
                f"(ssh -L {settings.port}:localhost:{settings.port} <this machine>); or make one here with "
                "`python -m monitor_app admin create`"
            }
        )


def check_port(settings: Settings) -> None:
    """Raises SettingsError when PORT cannot be listened on, and says who has it."""
    family = socket.AF_INET6 if ipaddress.ip_address(settings.bind_address).version == 6 else socket.AF_INET
    with socket.socket(family) as probe:
        # With SO_REUSEADDR only a listening socket counts as taken, not the last moments of old connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind_address, settings.port))
        except OSError as err:
            raise SettingsError(_why_not(settings, err)) from err


def check_tls(settings: Settings) -> None:
    """Raises SettingsError when TLS_CERT and TLS_KEY cannot be read or do not belong together."""
    if settings.tls_cert is None or settings.tls_key is None:
        return
    for name, path in (("TLS_CERT", settings.tls_cert), ("TLS_KEY", settings.tls_key)):
        _check_readable(name, path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key, _no_password)
    except (ssl.SSLError, ValueError) as err:
        raise SettingsError(
            {
                "TLS_CERT": f"must be a PEM certificate chain that belongs to TLS_KEY (PEM, without a password), got "
                f"{settings.tls_cert} and {settings.tls_key}: {err}"
            }
        ) from err


def _no_password() -> str:
    raise ValueError("the key is protected by a password")


def _check_readable(name: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as err:
        reason = os.strerror(err.errno) if err.errno else str(err)
        raise SettingsError({name: f"must be a file that can be read, got {path}: {reason}"}) from err


def _why_not(settings: Settings, err: OSError) -> dict[str, str]:
    if err.errno == errno.EADDRINUSE:
        other = 3001 if settings.port == 3000 else 3000
        return {
            "PORT": f"{settings.port} is taken by {_listener(settings.port)}: stop that, or choose another one, "
            f"for example PORT={other} make run"
        }
    if err.errno == errno.EACCES:
        return {"PORT": f"must be 1024 or more unless the user may listen below that, got {settings.port}"}
    return {"HOST": f"must be an address of this machine, got {settings.host}: {err.strerror or err}"}


def _listener(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return "another program"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.Error:
                return f"process {connection.pid}"
    return "another program"
