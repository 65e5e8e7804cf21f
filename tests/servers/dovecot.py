"""A real Dovecot on loopback: IMAP with STARTTLS on one port, with TLS from the first byte on another."""

import contextlib
import grp
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port
from tests.servers.certificates import Authority
from tests.servers.programs import (
    dying_with_us,
    environment,
    folder_for,
    hand_over,
    reachable_root,
    running,
    unprivileged,
)

USER, PASSWORD = "anna", "shy-green-toad"
# Compiled into Debian's libdovecot: where its TLS module is.
_MODULES = b"/usr/lib/dovecot/modules"


@dataclass(frozen=True)
class DovecotServer:
    """A running server; `port` knows STARTTLS and takes no password before it, `tls_port` begins with TLS."""

    port: int
    tls_port: int
    folder: Path


@contextlib.contextmanager
def running_dovecot(authority: Authority, *extra: str) -> Iterator[DovecotServer]:
    """Start a server with a folder of its own and stop it at the end. It also ends when this process is killed.

    It needs no rights. `extra` are further lines of its configuration.
    """
    with folder_for("imap") as folder:
        root = reachable_root(folder, "dovecot", "doveconf")
        libraries = _libraries_with_modules(root, folder)
        server = DovecotServer(free_port(), free_port(), folder)
        certificate, key = authority.issue("imap.test", "localhost").write(folder)
        (folder / "dovecot.conf").write_text(_settings(server, root, certificate, key) + "\n".join(extra) + "\n")
        user, group = unprivileged()
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{user}:{group}::{folder}::\n")
        hand_over(folder)
        found = environment(root)
        found["LD_LIBRARY_PATH"] = f"{libraries}:{found['LD_LIBRARY_PATH']}"
        # Dovecot looks for doveconf in /usr/bin only; started like this, nobody has to look for it.
        settings = ["-c", folder / "dovecot.conf"]
        dovecot = [root / "usr/sbin/dovecot", "-F", *settings]
        command = dying_with_us(root / "usr/bin/doveconf", *settings, "-m", "master", "-e", *dovecot, as_nobody=True)
        log, also = folder / "dovecot.log", [server.tls_port]
        with running(command, server.port, folder, found, log, more_ports=also):
            yield server


def _libraries_with_modules(root: Path, folder: Path) -> Path:
    """A folder with a libdovecot that looks for its modules where they are, unless they are where it looks anyway."""
    libraries = folder / "l"
    libraries.mkdir()
    if root == Path("/"):
        return libraries
    modules = folder / "m"
    modules.symlink_to(root / "usr/lib/dovecot/modules")
    code = (root / "usr/lib/dovecot/libdovecot.so.0").read_bytes()
    place = os.fsencode(modules)
    assert len(place) <= len(_MODULES)
    assert code.count(_MODULES + b"\0") == 1
    (libraries / "libdovecot.so.0").write_bytes(code.replace(_MODULES + b"\0", place.ljust(len(_MODULES) + 1, b"\0")))
    return libraries


def _settings(server: DovecotServer, root: Path, certificate: Path, key: Path) -> str:
    user, group = unprivileged()
    folder, libraries = server.folder, root / "usr/lib/dovecot"
    return f"""
protocols = imap
listen = 127.0.0.1
instance_name = lightbulb-test
base_dir = {folder}/run
state_dir = {folder}/state
libexec_dir = {libraries}
login_plugin_dir = {libraries}/modules/login
mail_plugin_dir = {libraries}/modules
log_path = {folder}/dovecot.log
import_environment = TZ LD_LIBRARY_PATH
default_internal_user = {_name(user)}
default_internal_group = {_group_name(group)}
default_login_user = {_name(user)}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = yes
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _name(user: int) -> str:
    return pwd.getpwuid(user).pw_name


def _group_name(group: int) -> str:
    return grp.getgrgid(group).gr_name
