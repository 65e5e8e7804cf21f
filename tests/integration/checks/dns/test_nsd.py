"""The dns probe against a real authoritative name server."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.servers.nsd import MANY, ZONE, NsdServer, running_nsd

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture(scope="module")
def nsd() -> Iterator[NsdServer]:
    """A real NSD with one zone."""
    with running_nsd() as server:
        yield server


@pytest.fixture
def ask(network: Network, nsd: NsdServer) -> Ask:
    """Asks NSD for a name of its zone."""
    kind = KindRegistry()["dns"]

    async def probe(name: str, record_type: str = "A", **values: Any) -> ProbeResult:
        full = name if name.endswith(".") else f"{name}.{ZONE}" if name else ZONE
        given = {"name": full, "record_type": record_type, "resolver": "127.0.0.1", "port": nsd.port} | values
        return await kind.probe(ProbeContext(network), kind.parse(given))

    return probe


@pytest.mark.parametrize(
    ("name", "record_type", "expected"),
    [
        ("web", "A", ["192.0.2.80"]),
        ("mail", "AAAA", ["2001:DB8:0::25"]),
        ("www", "CNAME", ["web.zone.test"]),
        ("", "NS", ["ns1.zone.test", "ns2.zone.test."]),
        ("", "MX", ["10 mail.zone.test", "mail.elsewhere.test"]),
        ("", "TXT", ["v=spf1 -all"]),
        ("", "CAA", ['0 issue "ca.test"']),
        ("_sip._tcp", "SRV", ["1 2 5060 sip.zone.test"]),
        ("", "SOA", ["ns1.zone.test hostmaster.zone.test 7 3600 600 86400 60"]),
    ],
)
async def test_records_of_each_type(ask: Ask, name: str, record_type: str, expected: list[str]) -> None:
    result = await ask(name, record_type, expected=expected)
    assert result.status is Status.OK, result.message
    assert result.metrics["answers"] == len(expected)
    assert result.details["authoritative"] == "yes"


async def test_an_alias_inside_of_the_zone_is_followed(ask: Ask) -> None:
    result = await ask("www", expected="192.0.2.80")
    assert (result.status, result.details["alias"]) == (Status.OK, "web.zone.test")
    assert result.metrics["ttl_min_seconds"] == 60


async def test_an_alias_out_of_the_zone_is_told(ask: Ask) -> None:
    assert "it is an alias for www.elsewhere.test" in (await ask("away")).message


async def test_a_large_answer_comes_over_tcp(ask: Ask) -> None:
    result = await ask("many")
    assert (result.status, result.metrics["answers"]) == (Status.OK, MANY)
    assert result.details["transport"].startswith("tcp")


async def test_a_name_that_does_not_exist(ask: Ask) -> None:
    assert (await ask("missing")).message == "missing.zone.test does not exist (NXDOMAIN)"
    assert (await ask("missing", must_not_exist=True)).status is Status.OK
    assert (await ask("web", "MX")).message == "web.zone.test has no MX record"


async def test_a_zone_that_it_does_not_serve_is_refused(ask: Ask) -> None:
    result = await ask("example.org.")
    assert (result.status, result.details["rcode"]) == (Status.FAILED, "REFUSED")
