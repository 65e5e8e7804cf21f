"""Marked texts in every secret there is, and a look into everything that leaves the process: none is found there.

Secrets of kinds come from tests/secret_ways.py, which tells when a field is missing; those of accounts from the use
cases and, by themselves, from every column that is sealed or holds a hash. A new way out is one more function under
`@way_out`.
"""

import asyncio
import io
import json
import pickle
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyotp
import pytest
import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext
from sqlalchemy import select
from starlette.routing import BaseRoute

from monitor_app import log, pages
from monitor_app.api.app import create_api
from monitor_app.bootstrap import start_web
from monitor_app.domain.audit import AuditFilter
from monitor_app.engine.clock import SystemClock
from monitor_app.models import Table
from monitor_app.security.permissions import BOARD_READ, SYSTEM, VIEWER
from monitor_app.security.vault import KeyFile, open_vault
from monitor_app.settings import Settings, load_settings
from monitor_app.state.failures import tell_failure
from monitor_app.state.guard import EventGuard, app_handlers
from monitor_app.state.push import PushDialog
from monitor_app.state.rows.wire import wire_row
from monitor_app.state.runtime import Runtime
from monitor_app.state.services import RowActions, ServiceDialog
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.importers.sources import read_sent
from monitor_app.use_cases.portable.report import Options
from monitor_app.use_cases.setup_link import new_setup_link
from monitor_app.use_cases.visitors import key_of
from tests.integration.access.canary_configuration import plans
from tests.integration.screen.conftest import Screen
from tests.people import People, Person
from tests.recorder import Recorder
from tests.secret_ways import VARIANTS, untried, values_of
from tests.servers.certificates import Authority
from tests.servers.talk import talking_server

PASSWORD = "k4nary-lantern-orchid-72"
ADDRESS = "192.0.2.7"
# As much of a secret as nobody may see; shorter pieces could be anything.
PIECE = 16
# Of the form of a service.
PARTS = ("fields", "board_fields", "option_fields", "rare_fields", "judging_fields")
# What shows a secret on purpose, to who made it or may change it, and what would end the test.
SHOWN_ONCE = {"PushDialog.show", "PushDialog.renew"}
# What takes away what is looked at: services, and the session of who looks.
ENDING = {"DeleteDialog.delete", "UndoState.undo", "DemoState.load", "DemoState.remove", "SessionsState.end"}
# From a hash nobody gets a secret back. A browser's state knows by it whose session it belongs to.
HOLDING_HASHES = {"database_files", "state_files"}


@dataclass
class Stage:
    """The running program, what is secret in it, and what it has said so far."""

    running: Runtime
    settings: Settings
    database: Database
    screen: Screen
    said: Callable[[], str]
    patches: list[dict[str, Any]]
    cookie: str
    states: StateManagerMemory
    secrets: dict[str, str] = field(default_factory=dict)  # by what they are
    hashes: dict[str, str] = field(default_factory=dict)

    def look_for(self, way: str) -> dict[str, str]:
        """What must not be found there."""
        return self.secrets if way in HOLDING_HASHES else self.secrets | self.hashes


WAYS_OUT: dict[str, Callable[[Stage], AsyncIterator[tuple[str, bytes]]]] = {}


def way_out(find: Callable[[Stage], AsyncIterator[tuple[str, bytes]]]) -> Callable[..., Any]:
    """Something that leaves the process: yields what it is, and its bytes."""
    WAYS_OUT[find.__name__] = find
    return find


def forms(secret: str) -> Iterator[bytes]:
    """The ways to write it; long ones are also found by their beginning."""
    for text in (secret, secret.replace("\n", "\\n"), quote(secret, safe=""), b64encode(secret.encode()).decode()):
        yield text[: max(PIECE, len(text) // 2)].encode()


def found_in(data: bytes, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if any(form in data for form in forms(secret))]


@way_out
async def database_files(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """Read by a process that does not use the database: whoever closes its file drops the locks of all connections.

    Then what another process writes meanwhile is read half (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    for path in stage.settings.sqlite_db_path.parent.glob("lightbulb.db*"):
        yield path.name, subprocess.run(["cat", path], stdout=subprocess.PIPE, check=True).stdout


@way_out
async def rest_answers(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """Of every route, with whatever it says to a call that knows nothing of it."""
    api = create_api(stage.settings)
    transport = httpx.ASGITransport(api, client=(ADDRESS, 1), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        for path, method in sorted(routes(api.routes)):
            headers = {"Cookie": stage.cookie, "Origin": "http://localhost:3000"}
            answer = await client.request(method, path, headers=headers, json=None if method == "GET" else {})
            yield f"{method} {path}", repr(answer.headers).encode() + answer.content


def routes(known: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Paths with something in the place of their parameters, and methods. Who logs out sees nothing more."""
    for route in known:
        path = before + str(getattr(route, "path", ""))
        if inner := getattr(route, "routes", None):
            yield from routes(inner, path)
        elif "logout" not in path:
            filled = "/".join(
                "1" if part.startswith("{") else part.replace("{rest:path}", "1") for part in path.split("/")
            )
            yield from ((filled, method) for method in getattr(route, "methods", None) or {"GET"} if method != "HEAD")


@way_out
async def services_by_api(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """Each service to an administrator, before and after it is changed in all ways, and what is kept of the answers."""
    transport = httpx.ASGITransport(create_api(stage.settings), client=(ADDRESS, 1), raise_app_exceptions=False)
    headers = {"Cookie": stage.cookie, "Origin": "http://localhost:3000"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000", headers=headers) as client:
        for row in list(stage.running.board):
            path = f"/api/admin/services/{row.definition.service_id}"
            shown = await client.get(path)
            config = {"kind": row.definition.kind, "status_config": shown.json()["status_config"]}
            answers = [
                shown,
                await client.patch(path, json={"label": "Renamed"}),
                await client.put(path, json=config | {"label": "Anew", "service_id": row.definition.service_id}),
                await client.post("/api/admin/services", json=config, headers={"Idempotency-Key": f"k{row.pk}"}),
                await client.post("/api/check", json=config),
            ]
            assert [answer.status_code for answer in answers[:3]] == [200] * 3, answers[2].text
            yield path, b"".join(answer.content for answer in answers)


@way_out
async def screens(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """What the browser of an administrator is sent by every handler, for every service."""
    screen = stage.screen
    handlers = [registered for _, registered in app_handlers()]
    pks = [row.pk for row in stage.running.board]
    for registered in handlers:
        handler = registered.handler
        name = f"{registered.states[0].__name__}.{handler.fn.__name__}"
        if name in SHOWN_ONCE | ENDING:
            continue
        names = list(signature(handler.fn).parameters)[1:]
        for pk in pks if "pk" in names else [0]:
            payload = {each: pk if each == "pk" else {} if each == "form" else "x" for each in names}
            before = len(screen.seen)
            await screen.send(getattr(registered.states[0], handler.fn.__name__), **payload)
            yield f"{name}({pk})", json.dumps(screen.seen[before:], default=str).encode()
    for pk in pks:
        before = len(screen.seen)
        await screen.send(RowActions.act, action="edit", pk=pk)
        rows = [row for part in PARTS for row in screen.shows(ServiceDialog, part)]
        typed = {row["key"]: row["is_on"] if row["type"] == "switch" else row["value"] for row in rows}
        await screen.send(ServiceDialog.test, form=typed | {"config.deadline_seconds": "0.3"})
        await screen.send(ServiceDialog.leave, key="label", form=typed)
        await screen.send(ServiceDialog.save, form=typed | {"label": ""})
        await screen.send(ServiceDialog.save, form=typed)
        yield f"the form of {pk}", json.dumps(screen.seen[before:], default=str).encode()


@way_out
async def live_patches(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    yield "patches", json.dumps(stage.patches, default=str).encode()
    yield "rows", json.dumps([wire_row(row) for row in stage.running.board], default=str).encode()


@way_out
async def state_files(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """What Reflex would write into a file, or into Redis, of each browser's state."""
    assert stage.states.states
    for token, state in stage.states.states.items():
        yield f"state {token[:8]}", state._serialize()


@way_out
async def memory_of_definitions(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """What an error report or a core dump of the board would tell."""
    yield "definitions", pickle.dumps([row.definition for row in stage.running.board])
    yield "settings", repr(stage.settings).encode() + json.dumps(stage.settings.shown()).encode()


@way_out
async def audit_lines(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    async with stage.database.read() as conn:
        lines = await read(conn, AuditFilter(), limit=1000)
    assert lines
    yield "audit log", "\n".join(map(repr, lines)).encode()


@way_out
async def configuration_plans(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    async for said in plans(stage.running):
        yield said


@way_out
async def exports(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """The whole configuration as a file, masked and encrypted; and what an import of it would do."""
    running = stage.running
    for form, table in (("yaml", "services"), ("json", "services"), ("csv", "services"), ("csv", "relations")):
        yield f"masked {table}.{form}", (await running.exporting.export(SYSTEM, form, table)).encode()
        text = await running.exporting.export(SYSTEM, form, table, "quiet harbour anvil")
        yield f"encrypted {table}.{form}", text.encode()
        options = Options(is_dry_run=True, on_conflict="update", passphrase="quiet harbour anvil")
        changed = text.replace("127.0.0.1", "127.0.0.2")
        report = await running.importing.import_text(SYSTEM, changed, form, "f", options)
        yield f"import of {table}.{form}", repr(report).encode()
    imported = Path(__file__).parents[2] / "imported" / "gatus.yaml"
    found = read_sent("gatus", imported.read_bytes(), "gatus.yaml", running.registry)
    report = await running.importing.take(SYSTEM, found.file, Options(is_dry_run=True))
    assert b"hunter2" not in repr([found.notes, report]).encode()
    yield "import from gatus", repr([found, report]).encode()


@way_out
async def log_lines(stage: Stage) -> AsyncIterator[tuple[str, bytes]]:
    """Last: it has seen all the others."""
    yield "log", stage.said().encode()


class Patches:
    """A room in which somebody notes all that is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def move(self, sid: str, room: str) -> bool:
        return True

    def listeners(self, room: str) -> int:
        return 1

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        self.sent.append(patch)


async def plant_services(stage: Stage, port: int) -> None:
    authority = Authority()
    for number, way in enumerate(VARIANTS):
        kind, values = values_of(way, port, authority)
        label = {"label": way, "kind": kind.name, "status_config": values, "interval_seconds": 5}
        service = await stage.running.services.create(SYSTEM, label)
        for text in secret_texts(values, kind.secret_fields):
            stage.secrets[f"{way} {number}"] = text
        # Changed once, so that there is a line with a before and an after.
        changed = {"group": "north"}
        await stage.running.services.update(SYSTEM, service.service_id, changed, expected_revision=service.revision)


def secret_texts(values: dict[str, Any], secret_fields: frozenset[str]) -> Iterator[str]:
    for name, value in values.items():
        if name in secret_fields:
            yield value.splitlines()[1] if "\n" in value else value
        elif isinstance(value, dict):
            yield from map(str, value.values())


async def plant_accounts(stage: Stage) -> None:
    """One of each secret that people and programs have."""
    running, keep = stage.running, stage.secrets
    link = await new_setup_link(AccessChanges(stage.database, SystemClock(), running.access))
    assert link is not None
    keep["set-up link"], keep["password"] = link, PASSWORD
    signed = await running.sign_in.set_up(link, "ada", PASSWORD, False, "Firefox", ADDRESS)
    keep["session"] = signed.token
    stage.cookie = f"{stage.settings.cookie_name}={signed.token}"
    ada = running.access.of_cookie(stage.cookie, ADDRESS)
    offer = await running.profile.begin_second_factor(ada)
    codes = await running.profile.confirm_second_factor(ada, offer.secret, pyotp.TOTP(offer.secret).now())
    keep["second factor"] = offer.secret
    keep |= {f"recovery code {number}": code for number, code in enumerate(codes)}
    keep["key"] = await running.profile.make_key(ada, "nightly", [BOARD_READ], 30, [])
    keep["invitation"] = await running.accounts.invite(ada, VIEWER, "for Bob")
    keep["wall token"] = await running.wall_tokens.make(ada, "hall")
    keep["wall session"] = (await running.sign_in.open_wall(keep["wall token"], "Screen", ADDRESS)).token
    program = running.access.of_authorization(f"Bearer {keep['key']}", ADDRESS)
    keep["machine token"] = (await running.sign_in.issue_token(program)).token
    ada = running.access.of_cookie(stage.cookie, ADDRESS)
    stage.screen.person = Person(ada.account_pk, "ada", signed.token)
    assert stage.settings.secret_key_file is not None
    keep["key of all"] = KeyFile(stage.settings.secret_key_file).keys()[0]


async def plant_answer(stage: Stage) -> None:
    """One that is kept to be given again, to a request that held a secret."""
    keep = stage.secrets["secret of a request"] = "canary-of-a-request-8f2c"
    transport = httpx.ASGITransport(create_api(stage.settings), client=(ADDRESS, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        config = {"url": "http://127.0.0.1:1/", "auth": "bearer", "token": keep}
        headers = {"Cookie": stage.cookie, "Origin": "http://localhost:3000", "Idempotency-Key": "canary"}
        answer = await client.post("/api/admin/services", json={"status_config": config}, headers=headers)
    assert answer.status_code == 201


async def plant_pages(stage: Stage) -> None:
    """A status page with a password, and a program that chose how it sees the board."""
    running, keep = stage.running, stage.secrets
    ada = running.access.of_cookie(stage.cookie, ADDRESS)
    keep["password of a page"] = "canary-of-a-page-51d0"
    page = {"slug": "1", "title": "For some", "access": "password", "password": keep["password of a page"]}
    await running.status_pages.create(ada, page)
    await running.status_press.read_now()
    program = running.access.of_authorization(f"Bearer {keep['key']}", ADDRESS)
    await running.visitors.change(program, key_of(program, "", ""), {"density": "compact"})


async def plant_source(stage: Stage) -> None:
    """A connection to Consul with a token, that was changed once."""
    running, keep = stage.running, stage.secrets
    ada = running.access.of_cookie(stage.cookie, ADDRESS)
    keep["token of Consul"] = "canary-of-consul-77b1"
    config = {"address": "http://127.0.0.1:1", "token": keep["token of Consul"]}
    await running.sources.create(ada, {"kind": "consul", "label": "Main", "slug": "1", "config": config})
    await running.sources.update(ada, "1", {"interval_seconds": 30})
    await running.sources.try_out(ada, "consul", {**config, "token": "***"}, "1")


async def plant_columns(stage: Stage) -> None:
    """What stands in sealed columns, and in those that hold hashes: each must have something, or it is not tested."""
    vault = open_vault(stage.settings)
    async with stage.database.read() as conn:
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                is_sealed = bool(column.info.get("is_sealed"))
                if (not is_sealed and not column.name.endswith("_hash")) or table.name == "audit_entry":
                    continue
                found = list((await conn.execute(select(column).where(column.is_not(None)))).scalars())
                assert found, f"nothing is planted in {table.name}.{column.name}"
                for number, value in enumerate(found):
                    name = f"{table.name}.{column.name} {number}"
                    if is_sealed:
                        stage.secrets[name] = vault.unseal(value)
                    else:
                        stage.hashes[name] = value


@pytest.fixture
async def stage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Everything runs, the engine too; it has checked, and somebody has looked."""
    logged = io.StringIO()
    log.configure("DEBUG", logged)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'lightbulb.db'}")  # the engine's process reads it too
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    settings, rooms = load_settings(), Patches()
    heard: list[str] = []

    def said() -> str:
        heard.extend(capfd.readouterr())
        return logged.getvalue() + "".join(heard)

    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(talking_server(echo))
        running = await stack.enter_async_context(start_web(settings, rooms))
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        people = People(database, running.access)
        screen = Screen(running, Recorder(database), people, Person(0, "", ""))
        made = Stage(running, settings, database, screen, said, rooms.sent, "", StateManagerMemory())
        await plant_services(made, port)
        await plant_accounts(made)
        await plant_answer(made)
        await plant_pages(made)
        await plant_source(made)
        await plant_columns(made)
        await running.follower.read_now()
        with RegistrationContext.ensure_context().fork():
            assert pages  # importing it has registered its states
            app = rx.App(_state=rx.State, backend_exception_handler=tell_failure)
            app.add_middleware(EventGuard(), index=0)
            screen.processor = BaseStateEventProcessor(
                middleware=app, backend_exception_handler=app.backend_exception_handler
            )
            async with screen.processor.configure(event_namespace=screen, state_manager=made.states):
                await until_checked(running)
                yield made
    log.configure("INFO", io.StringIO())


async def until_checked(running: Runtime) -> None:
    """Until each service has a result; those that report of themselves wait for that."""
    for _ in range(1200):
        waiting = [row.definition.label for row in running.board if row.state is None and row.definition.kind != "push"]
        if not waiting:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never checked: {waiting}")


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """A target that repeats what it is sent, secrets too."""
    while data := await reader.read(65536):
        writer.write(b"HTTP/1.1 401 " + data.replace(b"\r\n", b" ")[:200] + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
    return False


async def test_nothing_that_leaves_tells_a_secret(stage: Stage) -> None:
    assert not untried()
    told, seen = [], 0
    for name, find in WAYS_OUT.items():
        async for place, data in find(stage):
            seen += 1
            hits = found_in(data, stage.look_for(name))
            told += [f"{name}: {place}: {hit}" for hit in hits]
    assert not told
    assert seen > 100
    assert len(stage.secrets) > 25
    # To be sure that it would have been seen: this dialog shows an address on purpose.
    [push] = [row.pk for row in stage.running.board if row.definition.kind == "push"]
    await stage.screen.send(PushDialog.show, pk=push)
    assert found_in(json.dumps(stage.screen.seen[-5:], default=str).encode(), stage.secrets)
