"""A world that is hostile all over: what is watched, how it is named, what it answers, and who knocks at the door."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from monitor_app.domain.audit import AuditEntry
from monitor_app.domain.service import GROUP_LIMIT, LABEL_LIMIT, TAG_LIMIT
from monitor_app.security.permissions import VIEWER
from monitor_app.security.tokens import new_key, new_token, token_hash
from monitor_app.storage import audit
from monitor_app.storage.accounts import insert_account
from monitor_app.storage.api_keys import NewApiKey, insert_key
from monitor_app.storage.database import Database
from monitor_app.storage.invitations import NewInvitation, insert_invitation
from monitor_app.storage.services import insert_services
from monitor_app.storage.sessions import NewSession, insert_session
from tests.e2e.conftest import LiveApp, select_pause
from tests.e2e.target import watched_server
from tests.samples import service_row
from tests.samples_hostile import NAMES, PAYLOADS
from tests.servers.certificates import self_signed
from tests.servers.http import HttpServer, raw
from tests.servers.talk import lines, talking_server

ADMIN_PK = 1
SOON_SECONDS = 180.0
# Each of these takes a server of its own, and more of them would only be the same again.
BANNERS = NAMES[::4]
CERTIFICATES = ("script-0", "script-5", "template-0", "format-2", "terminal-2", "direction-0", "formula-1", "long-0")
# Texts for the tables that show one page of 50 rows, and for a list that may only have a few.
SOME, FEW = PAYLOADS[::3], (PAYLOADS[0], PAYLOADS[5], PAYLOADS[46])
Ports = AbstractAsyncContextManager[int]


@contextmanager
def hostile_world(app: LiveApp) -> Iterator[list[dict[str, Any]]]:
    """Rows of services in the database of a program that runs; past all validation, so nothing is held back."""
    banners = [talking_server(lines((b"", _bytes(text) + b"\r\n"))) for text in PAYLOADS[::4]]
    with watched_server() as target, _talking([*banners, *map(_certified, CERTIFICATES)]) as ports:
        services = _services(target, ports[: len(banners)], ports[len(banners) :])
        with ThreadPoolExecutor(1) as pool:  # the browser's driver runs a loop in this thread
            pool.submit(asyncio.run, _fill(app, services)).result()
        _report(app)
        yield services


def _services(target: HttpServer, banners: Sequence[int], certificates: Sequence[int]) -> list[dict[str, Any]]:
    made = []
    for number, (name, payload) in enumerate(zip(NAMES, PAYLOADS, strict=True)):
        target.on(f"/{name}", raw(_answer(payload)))
        texts = {"label": payload[:LABEL_LIMIT], "group": payload[:GROUP_LIMIT], "tags": [payload[:TAG_LIMIT], name]}
        http = {"url": target.url(f"/{name}"), "body_json": '$.state == "fine"'}
        push = {"token": _push_token(number), "period_seconds": 3600}
        made.append(_service(f"http-{name}", "http", http, **texts))
        made.append(_service(f"push-{name}", "push", push, **texts))
    for name, port in zip(BANNERS, banners, strict=True):
        made.append(_service(f"tcp-{name}", "tcp", {"host": "127.0.0.1", "port": port, "expect": "never said"}))
    for name, port in zip(CERTIFICATES, certificates, strict=True):
        made.append(_service(f"tls-{name}", "tls_certificate", {"host": "127.0.0.1", "port": port}))
    return made


def _service(service_id: str, kind: str, config: dict[str, Any], **texts: Any) -> dict[str, Any]:
    return service_row(service_id, kind=kind, status_config=config, interval_seconds=3600, **texts)


def _answer(payload: str) -> bytes:
    """An HTTP answer. A line end in its reason begins a header, as an attacker would want it."""
    text, body = _bytes(payload)[:2_000].replace(b"\0", b""), json.dumps({"state": payload, payload: payload}).encode()
    head = b"HTTP/1.1 200 %b\r\nContent-Type: application/json; %b\r\nX-Hostile: %b\r\n" % (text, text, text)
    return head + b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)


def _certified(name: str) -> Ports:
    """A server whose certificate is issued to, and by, one of the texts."""
    payload = PAYLOADS[NAMES.index(name)][:64]
    issued = self_signed(payload.encode("ascii", "ignore").decode(), subject=payload)
    with tempfile.TemporaryDirectory() as folder:
        context = issued.server_context(Path(folder))

    async def starts_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        return True

    return talking_server(starts_tls, context)


@contextmanager
def _talking(servers: Sequence[Ports]) -> Iterator[list[int]]:
    """These servers in a thread; their ports."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    ready: asyncio.Future[list[int]] = asyncio.Future(loop=loop)

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            ready.set_result([await stack.enter_async_context(server) for server in servers])
            await stop.wait()

    async def ports() -> list[int]:
        return await asyncio.wait_for(ready, 60)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(loop.run_until_complete, serve())
        try:
            yield asyncio.run_coroutine_threadsafe(ports(), loop).result()
        finally:
            loop.call_soon_threadsafe(stop.set)
            done.result()
    loop.close()


async def _fill(app: LiveApp, services: list[dict[str, Any]]) -> None:
    """Services, and people, invitations, keys, sessions and denials with such names."""
    database = Database(f"sqlite+aiosqlite:///{app.database}")
    now = datetime.now(UTC)
    later = now + timedelta(days=1)
    async with database.write() as conn:
        await insert_services(conn, services)
        for payload in SOME:
            key, name = new_key(), payload[:64]
            await insert_account(conn, name, VIEWER, "", now)
            await insert_invitation(
                conn, NewInvitation(token_hash(new_token()), VIEWER, name, now, later, note=payload[:200])
            )
            await insert_key(conn, NewApiKey(key.key_id, token_hash(key.secret), "key", name, ADMIN_PK, now))
            await insert_key(conn, NewApiKey(new_key().key_id, token_hash(key.secret), "wall", name, ADMIN_PK, now))
            entry = AuditEntry(name, VIEWER, payload, payload, payload, "denied", payload, payload, before=payload)
            await audit.append(conn, entry, now)
        for payload in FEW:
            agent = NewSession(token_hash(new_token()), now, later, ADMIN_PK, user_agent=payload, address=payload[:45])
            await insert_session(conn, agent)
    await database.close()


def _report(app: LiveApp) -> None:
    """What a service says of itself is a text of others, too."""
    with httpx.Client() as client:
        for number, payload in enumerate(PAYLOADS):
            deadline = time.monotonic() + SOON_SECONDS
            while client.post(f"{app.url}/push/{_push_token(number)}/fail", content=_bytes(payload)[:9_000]).is_error:
                assert time.monotonic() < deadline, f"the report of {NAMES[number]} is not taken"
                select_pause()


def _push_token(number: int) -> str:
    return f"{number:03}-hostile-text-of-a-push-token"


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
