"""Private authorities, clients that show a certificate, and certificates that are about to end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.net.tls import CONTEXTS_KEPT, TlsOptions
from tests.integration.checks.http.conftest import Ask
from tests.servers.certificates import Authority
from tests.servers.http import HttpServer, http_server, redirect, reply
from tests.servers.tls import openssl_server


async def test_a_private_authority_is_trusted_where_it_is_given(ask: Ask, tmp_path: Path) -> None:
    private = Authority("Private")
    async with http_server(tls=private.issue("127.0.0.1").server_context(tmp_path)) as web:
        web.on("/", reply())
        refused = await ask(web.url())
        trusted = await ask(web.url(), ca_certificate=private.pem.decode())
    assert refused.status is Status.FAILED
    assert "unknown issuer ('Private')" in refused.message
    assert trusted.status is Status.OK


async def test_a_private_authority_is_trusted_beside_the_others(ask: Ask, tmp_path: Path, authority: Authority) -> None:
    async with http_server(tls=authority.issue("127.0.0.1").server_context(tmp_path)) as web:
        web.on("/", reply())
        assert (await ask(web.url(), ca_certificate=Authority("Other").pem.decode())).status is Status.OK


async def test_a_wrong_name_is_still_told_under_a_private_authority(ask: Ask, tmp_path: Path) -> None:
    private = Authority("Private")
    async with http_server(tls=private.issue("other.test").server_context(tmp_path)) as web:
        result = await ask(web.url(), ca_certificate=private.pem.decode())
    assert result.message == "TLS certificate is not for 127.0.0.1: it is for other.test"


async def test_mutual_tls(ask: Ask, tmp_path: Path, authority: Authority) -> None:
    clients = Authority("Clients")
    mine, foreign = clients.issue("monitor.test"), Authority("Foreign").issue("monitor.test")
    with openssl_server(authority.issue("127.0.0.1").server_context(tmp_path, clients_of=clients)) as port:
        url = f"https://127.0.0.1:{port}/"
        known = await ask(url, client_certificate=mine.pem, client_key=mine.key_pem())
        without = await ask(url)
        unknown = await ask(url, client_certificate=foreign.pem, client_key=foreign.key_pem())
    assert (known.status, known.message) == (Status.OK, "200 OK")
    assert "tls" in known.phases
    assert without.status is unknown.status is Status.FAILED
    assert without.message == "TLS failed: the other side asks for a client certificate"
    assert unknown.message == "TLS failed: the other side does not know who issued the client certificate"


async def test_the_client_certificate_stays_with_the_first_origin(
    ask: Ask, tmp_path: Path, authority: Authority
) -> None:
    clients = Authority("Clients")
    mine = clients.issue("monitor.test")
    (tmp_path / "b").mkdir()
    one = authority.issue("127.0.0.1").server_context(tmp_path, clients_of=clients)
    two = authority.issue("127.0.0.1").server_context(tmp_path / "b", clients_of=clients)
    async with http_server(tls=one) as first:
        with openssl_server(two) as port:
            first.on("/", redirect("/here"))
            first.on("/here", redirect(f"https://127.0.0.1:{port}/"))
            result = await ask(first.url(), client_certificate=mine.pem, client_key=mine.key_pem())
    assert len(first.requests) == 2
    assert result.message == "TLS failed: the other side asks for a client certificate"


async def test_contexts_are_kept_for_those_who_need_the_same(network: Network) -> None:
    contexts = network._contexts
    options = [TlsOptions(is_verifying=False, alpn=(f"x{number}",)) for number in range(CONTEXTS_KEPT + 1)]
    first = contexts.context(options[0])
    assert contexts.context(TlsOptions(is_verifying=False, alpn=("x0",))) is first
    for other in options[1:]:
        contexts.context(other)
        contexts.context(options[0])
    assert contexts.context(options[0]) is first
    assert len(contexts._special) == CONTEXTS_KEPT


# Certificates that are about to end


@pytest.mark.parametrize(
    ("days", "values", "status"),
    [
        (20, {}, Status.OK),
        (13, {}, Status.DEGRADED),
        (1, {}, Status.DEGRADED),
        (13, {"certificate_warning_days": 0}, Status.OK),
        (20, {"certificate_warning_days": 30}, Status.DEGRADED),
        (20, {"certificate_warning_days": 30, "certificate_failure_days": 21}, Status.FAILED),
        (20, {"certificate_warning_days": 0, "certificate_failure_days": 21}, Status.FAILED),
        (13, {"verify_tls": False}, Status.OK),
        (13, {"is_inverted": True, "accepted_statuses": "404"}, Status.DEGRADED),
    ],
)
async def test_days_decide(
    ask: Ask, tmp_path: Path, authority: Authority, days: float, values: dict[str, int], status: Status
) -> None:
    # Half a day more, because part of the first one is over when the check looks.
    issued = authority.issue("127.0.0.1", ends_in=timedelta(days=days, hours=12))
    async with http_server(tls=issued.server_context(tmp_path)) as web:
        web.on("/", reply())
        result = await ask(web.url(), **values)
    assert result.status is status
    assert result.response_ms is not None
    ends = datetime.now(UTC) + timedelta(days=days, hours=12)
    words = f"the certificate of 127.0.0.1 expires in {days} day{'s' if days > 1 else ''}, on {ends:%Y-%m-%d}"
    assert (words in result.message) is (status is not Status.OK)


async def test_a_bad_answer_is_told_before_the_days(ask: Ask, tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue("127.0.0.1", ends_in=timedelta(days=3))
    async with http_server(tls=issued.server_context(tmp_path)) as web:
        result = await ask(web.url())
    assert (result.status, result.message) == (Status.FAILED, "404 Not Found, expected 200-299")


async def test_plain_http_has_no_days(ask: Ask, server: HttpServer) -> None:
    server.on("/", reply())
    assert (await ask(server.url(), certificate_failure_days=10)).status is Status.OK
