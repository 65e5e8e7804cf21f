"""The certificate probe against real TLS servers."""

import asyncio
import ssl
import warnings
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.kinds_told import sections
from tests.paces import at_any_pace
from tests.servers.certificates import Authority, IssuedCertificate, self_signed
from tests.servers.talk import SCRIPTS, talking_server
from tests.servers.tcp import closed_port, greeting_server
from tests.servers.visits import listening

Ask = Callable[..., Awaitable[ProbeResult]]
HOST = "127.0.0.1"


@pytest.fixture
def ask(network: Network) -> Ask:
    """Probes a port of 127.0.0.1 with a deadline of 5 s unless told otherwise."""
    kind = KindRegistry()["tls_certificate"]

    async def probe(port: int, **values: Any) -> ProbeResult:
        config = kind.parse({"host": HOST, "port": port, "deadline_seconds": 60} | values)
        return await kind.probe(ProbeContext(network), config)

    return probe


def tls_server(context: ssl.SSLContext) -> AbstractAsyncContextManager[int]:
    """The port of a server that shows this certificate and says nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    return listening(serve, tls=context)


@pytest.fixture
def shown(ask: Ask, tmp_path: Path) -> Callable[..., Awaitable[ProbeResult]]:
    """Probes a server that shows this certificate."""

    async def probe(certificate: IssuedCertificate, **values: Any) -> ProbeResult:
        async with tls_server(certificate.server_context(tmp_path)) as port:
            return await ask(port, **values)

    return probe


async def test_a_good_certificate_is_ok_and_told(shown: Ask, authority: Authority) -> None:
    certificate = authority.issue(HOST, "www.test")
    result = await shown(certificate)
    assert result.status is Status.OK, result.message
    assert result.message.startswith("valid for 59 days (until ")
    assert result.message.endswith("), issued by 'Test Authority'")
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.01)
    assert result.metrics["chain_days"] == pytest.approx(60, abs=0.01)
    assert result.metrics["key_bits"] == 256
    assert list(result.phases) == ["connect", "tls"]
    assert result.response_ms == round(sum(result.phases.values()), 3)
    details = dict(result.details)
    assert details["certificate_names"] == "127.0.0.1, www.test"
    assert details["sha256_fingerprint"] == certificate.certificate.fingerprint(hashes.SHA256()).hex(":")
    assert details["serial"] == f"{certificate.certificate.serial_number:x}"
    assert (details["key"], details["signature"]) == ("EC 256", "sha256")
    assert (details["protocol"], details["lowest_protocol"]) == ("TLSv1.3", "TLSv1.2")
    assert details["cipher"].startswith("TLS_")


@pytest.mark.parametrize(
    ("days", "status"), [(14.1, Status.OK), (13.9, Status.DEGRADED), (3.1, Status.DEGRADED), (2.9, Status.FAILED)]
)
async def test_days_left_are_judged(shown: Ask, authority: Authority, days: float, status: Status) -> None:
    result = await shown(authority.issue(HOST, ends_in=timedelta(days=days)))
    assert result.status is status
    assert f"{int(days)} days" in result.message
    assert (result.response_ms is None) == (status is Status.FAILED)


async def test_an_expired_certificate_is_read_all_the_same(shown: Ask, authority: Authority) -> None:
    result = await shown(authority.issue(HOST, ends_in=timedelta(days=-3.2)))
    assert result.status is Status.FAILED
    assert "TLS certificate has expired on " in result.message
    assert "3 days ago" in result.message
    assert result.metrics["certificate_days"] == pytest.approx(-3.2, abs=0.01)
    assert result.details["certificate_names"] == HOST


async def test_a_certificate_for_other_names_is_refused_and_told(shown: Ask, authority: Authority) -> None:
    certificate = authority.issue("www.test", "*.shop.test")
    result = await shown(certificate)
    assert (result.status, result.message) == (
        Status.FAILED,
        "TLS certificate is not for 127.0.0.1: it is for www.test, *.shop.test",
    )
    assert result.details["certificate_names"] == "www.test, *.shop.test"
    assert (await shown(certificate, server_name="www.test")).status is Status.OK
    assert (await shown(certificate, verify_tls=False)).status is Status.OK


async def test_a_self_signed_certificate_is_refused_and_told(shown: Ask) -> None:
    certificate = self_signed(HOST)
    result = await shown(certificate)
    assert (result.status, result.message) == (Status.FAILED, "TLS certificate is self-signed by '127.0.0.1'")
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.01)
    assert (await shown(certificate, verify_tls=False)).status is Status.OK


async def test_dates_are_judged_also_when_nothing_is_verified(shown: Ask) -> None:
    stranger = Authority("Stranger")
    result = await shown(stranger.issue(HOST, ends_in=timedelta(days=-1.5)), verify_tls=False)
    assert result.status is Status.FAILED
    assert "has expired on" in result.message


async def test_an_issuer_that_expires_first_is_told(shown: Ask, authority: Authority) -> None:
    between = Authority("Between", authority, days=5)
    result = await shown(between.issue(HOST))
    assert result.status is Status.DEGRADED
    assert result.message.startswith("certificate of the issuer 'Between' expires in 4 days")
    assert result.metrics["chain_days"] == pytest.approx(5, abs=0.01)
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.01)


async def test_a_missing_intermediate_is_told(shown: Ask, authority: Authority) -> None:
    issued = Authority("Between", authority).issue(HOST)
    result = await shown(IssuedCertificate(issued.certificate, issued.key))
    assert result.status is Status.FAILED
    assert "unknown issuer ('Between')" in result.message
    assert "does not send the whole chain" in result.message


def weak_key(authority: Authority) -> IssuedCertificate:
    return authority.issue(HOST, key=rsa.generate_private_key(65537, 1024))


def weak_signature(authority: Authority) -> IssuedCertificate:
    return Authority("Old", authority, key=rsa.generate_private_key(65537, 2048)).issue_with_sha1(HOST)


@pytest.mark.parametrize(
    ("make", "message"),
    [(weak_key, "its RSA key has 1024 bits, less than 2048"), (weak_signature, "its signature uses SHA-1")],
)
async def test_weakness_is_told(
    shown: Ask, authority: Authority, make: Callable[[Authority], IssuedCertificate], message: str
) -> None:
    certificate = make(authority)
    result = await shown(certificate)
    assert (result.status, result.message) == (Status.DEGRADED, f"TLS certificate is weak: {message}")
    assert (await shown(certificate, weak="failed")).status is Status.FAILED
    assert (await shown(certificate, weak="ignored")).status is Status.OK


@pytest.mark.parametrize(
    ("lowest", "highest", "told"),
    [
        (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3, "TLSv1"),
        (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, "TLSv1.1"),
        (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
    ],
)
async def test_the_lowest_version_is_told(
    ask: Ask, authority: Authority, tmp_path: Path, lowest: ssl.TLSVersion, highest: ssl.TLSVersion, told: str
) -> None:
    context = authority.issue(HOST).server_context(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest
    async with tls_server(context) as port:
        result = await ask(port)
        plain = await ask(port, look_for_old_versions=False)
    assert (result.status, result.details["lowest_protocol"]) == (Status.OK, told)
    assert "lowest_protocol" not in plain.details


@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3", "ldap", "postgres"])
async def test_tls_is_asked_for_as_the_protocol_says(
    ask: Ask, authority: Authority, tmp_path: Path, protocol: str
) -> None:
    good = authority.issue(HOST).server_context(tmp_path)
    async with talking_server(SCRIPTS[protocol], good) as port:
        result = await ask(port, starttls=protocol)
    assert (result.status, list(result.phases)) == (Status.OK, ["connect", "starttls", "tls"])
    assert result.details["lowest_protocol"] == "TLSv1.2"


async def test_a_refused_certificate_behind_starttls_is_read(ask: Ask, tmp_path: Path) -> None:
    async with talking_server(SCRIPTS["imap"], self_signed(HOST).server_context(tmp_path)) as port:
        result = await ask(port, starttls="imap")
    assert result.message == "TLS certificate is self-signed by '127.0.0.1'"
    assert result.metrics["certificate_days"] == pytest.approx(60, abs=0.01)


async def test_where_nobody_listens_it_fails(ask: Ask) -> None:
    result = await ask(closed_port())
    assert result.status is Status.FAILED
    assert "nothing listens there" in result.message


async def test_a_port_without_tls_fails(ask: Ask) -> None:
    async with greeting_server(b"220 hello\r\n") as port:
        result = await ask(port)
    assert result.status is Status.FAILED
    assert "does not speak TLS" in result.message


@at_any_pace
async def test_silence_fails_at_the_deadline(ask: Ask, pace: int) -> None:
    async with greeting_server(b"") as port:
        result = await ask(port, deadline_seconds=0.3 * pace)
    assert result.message == f"timed out after {0.3 * pace:g} s while negotiating TLS"


async def test_a_guarded_address_is_refused(ask: Ask) -> None:
    result = await ask(443, host="169.254.169.254")
    assert result.status is Status.UNKNOWN
    assert "is not allowed" in result.message


async def test_the_chain_and_all_names_are_told_in_full(shown: Ask, authority: Authority) -> None:
    told = sections(await shown(authority.issue(HOST, "www.test")))
    assert told["Certificate chain"]["rows"][0][:2] == [HOST, "Test Authority"]
    assert told["Certificate chain"]["columns"][-3:] == ["Key", "Signature", "Serial number"]
    assert told["Names of the certificate"]["rows"] == [[HOST], ["www.test"]]
    expired = sections(await shown(authority.issue(HOST, ends_in=timedelta(days=-3.2))))
    assert expired["Certificate chain"]["rows"][0][4] == "-3"
