"""STARTTLS of real servers: aiosmtpd, Dovecot, OpenLDAP, PgBouncer, and a PostgreSQL that has no TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.postgres import running_postgres
from tests.servers.certificates import Authority
from tests.servers.dovecot import running_dovecot
from tests.servers.ldap import running_slapd
from tests.servers.pgbouncer import lonely_pgbouncer

HOST = "127.0.0.1"


async def looked(network: Network, port: int, starttls: str, **values: Any) -> ProbeResult:
    kind = KindRegistry()["tls_certificate"]
    config = kind.parse({"host": HOST, "port": port, "starttls": starttls, "deadline_seconds": 60} | values)
    return await kind.probe(ProbeContext(network), config)


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Sink(), hostname="mail.test", tls_context=tls, loop=loop, enable_SMTPUTF8=True), HOST, 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_mail_server(network: Network, authority: Authority, tmp_path: Path) -> None:
    async with mail_server(authority.issue(HOST).server_context(tmp_path)) as port:
        result = await looked(network, port, "smtp")
        other = await looked(network, port, "smtp", server_name="www.test")
    assert (result.status, list(result.phases)) == (Status.OK, ["connect", "starttls", "tls"]), result.message
    assert result.details["lowest_protocol"] == "TLSv1.2"
    assert other.message == "TLS certificate is not for www.test: it is for 127.0.0.1"


async def test_a_mail_server_without_tls(network: Network) -> None:
    async with mail_server(None) as port:
        result = await looked(network, port, "smtp")
    assert (result.status, result.message) == (Status.FAILED, "the mail server does not offer STARTTLS")


@contextmanager
def dovecot(authority: Authority) -> Iterator[int]:
    with running_dovecot(authority) as server:
        yield server.port


@contextmanager
def slapd(authority: Authority) -> Iterator[int]:
    with running_slapd(authority.issue("imap.test")) as port:
        yield port


@contextmanager
def pooler(authority: Authority) -> Iterator[int]:
    with lonely_pgbouncer(authority.issue("imap.test")) as port:
        yield port


@pytest.mark.parametrize(("protocol", "serve"), [("imap", dovecot), ("ldap", slapd), ("postgres", pooler)])
async def test_other_servers(network: Network, authority: Authority, protocol: str, serve: Any) -> None:
    serving: AbstractContextManager[int] = serve(authority)
    port = await asyncio.to_thread(serving.__enter__)
    try:
        result = await looked(network, port, protocol, server_name="imap.test")
        other = await looked(network, port, protocol, server_name="www.test")
    finally:
        await asyncio.to_thread(serving.__exit__, None, None, None)
    assert (result.status, list(result.phases)) == (Status.OK, ["connect", "starttls", "tls"]), result.message
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.1)
    assert result.details["lowest_protocol"].startswith("TLSv1")
    assert other.status is Status.FAILED
    assert other.message.startswith("TLS certificate is not for www.test: it is for imap.test")


async def test_a_directory_server_without_tls(network: Network) -> None:
    serving = running_slapd(None)
    port = await asyncio.to_thread(serving.__enter__)
    try:
        result = await looked(network, port, "ldap")
    finally:
        await asyncio.to_thread(serving.__exit__, None, None, None)
    assert result.status is Status.FAILED
    assert result.message.startswith("the directory server refuses StartTLS with result 2 (protocol error)")


async def test_a_postgresql_without_tls(network: Network) -> None:
    serving = running_postgres()
    server = await asyncio.to_thread(serving.__enter__)
    try:
        result = await looked(network, server.port, "postgres")
    finally:
        await asyncio.to_thread(serving.__exit__, None, None, None)
    assert (result.status, result.message) == (
        Status.FAILED,
        "the PostgreSQL server does not offer TLS (ssl = off)",
    )
