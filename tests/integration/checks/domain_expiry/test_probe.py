"""The domain's expiry, asked of a registry that does all that registries do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor_app.checks.domain_expiry import bootstrap, registry
from monitor_app.checks.domain_expiry import probe as probe_module
from monitor_app.checks.domain_expiry.fetch import BODY_LIMIT_BYTES
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.pauses import longest_pause
from tests.servers import http
from tests.servers.certificates import Authority
from tests.servers.dns import NameServer
from tests.servers.http import Behaviour, HttpServer, delayed, http_server, raw, redirect, reply, sequence, silent
from tests.servers.tcp import closed_port

Ask = Callable[..., Awaitable[ProbeResult]]


class Clock:
    """The monotonic clock that keeps answers; a test moves it on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's own clock stands still."""
    clock = Clock()
    monkeypatch.setattr(registry, "time", clock)
    monkeypatch.setattr(bootstrap, "time", clock)
    return clock


@pytest.fixture
def ask(network: Network, server: HttpServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Checks a domain at the registry on loopback; nothing is known yet."""
    monkeypatch.setattr(probe_module, "REGISTRY", registry.Registry())
    kind = KindRegistry()["domain_expiry"]

    async def probe(domain: str = "example.test", **values: Any) -> ProbeResult:
        given = {"domain": domain, "rdap_base_url": server.url("/rdap"), "deadline_seconds": 60} | values
        return await kind.probe(ProbeContext(network), kind.parse(given))

    return probe


def rdap(days: float | None = 200.5, name: str = "EXAMPLE.test", **values: Any) -> Behaviour:
    """The registry's answer about a domain that expires in so many days."""
    events = [{"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"}]
    if days is not None:
        date = (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")
        events.append({"eventAction": "expiration", "eventDate": date})
    document = {
        "objectClassName": "domain",
        "ldhName": name,
        "status": ["active"],
        "events": events,
        "entities": [
            {"roles": ["technical"], "handle": "T"},
            {"roles": ["registrar"], "handle": "9", "vcardArray": ["vcard", [["fn", {}, "text", "Registrar Ltd"]]]},
        ],
        "nameservers": [{"ldhName": "NS1.example.test"}, {"ldhName": "ns2.example.test"}],
    } | values
    return reply(200, json.dumps(document).encode(), {"Content-Type": "application/rdap+json"})


PATH = "/rdap/domain/example.test"


# The days that are left


@pytest.mark.parametrize(
    ("days", "status", "message"),
    [
        (200.5, Status.OK, "in 200 days"),
        (30.5, Status.OK, "in 30 days"),
        (29.5, Status.DEGRADED, "in 29 days"),
        (7.5, Status.DEGRADED, "in 7 days"),
        (6.5, Status.FAILED, "in 6 days"),
        (1.5, Status.FAILED, "in 1 day"),
        (0.5, Status.FAILED, "in less than a day"),
        (-2.5, Status.FAILED, ", 2 days ago"),
    ],
)
async def test_the_days_left_decide(ask: Ask, server: HttpServer, days: float, status: Status, message: str) -> None:
    server.on(PATH, rdap(days))
    result = await ask()
    assert result.status is status
    assert result.message.startswith("example.test expire")
    assert message in result.message
    assert result.metrics["domain_days"] == pytest.approx(days, abs=0.1)


async def test_what_else_the_registry_says(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap())
    result = await ask()
    assert result.details == {
        "domain": "example.test",
        "registrar": "Registrar Ltd",
        "status": "active",
        "expires": result.details["expires"],
        "nameservers": "ns1.example.test, ns2.example.test",
    }
    assert result.response_ms == pytest.approx(sum(result.phases.values()))
    request = server.requests[0]
    assert request.headers["accept"] == "application/rdap+json, application/json"
    assert request.headers["user-agent"].startswith("Lightbulb/")


async def test_limits_can_be_others(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap(100))
    assert (await ask(warning_days=101)).status is Status.DEGRADED
    assert (await ask(warning_days=200, failure_days=101)).status is Status.FAILED


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("redemption period", "can only be bought back"),
        ("Pending Delete", "about to be deleted"),
        ("client hold", "hold"),
    ],
)
async def test_a_domain_that_is_lost_fails(ask: Ask, server: HttpServer, status: str, words: str) -> None:
    server.on(PATH, rdap(status=["active", status]))
    result = await ask()
    assert result.status is Status.FAILED
    assert words in result.message


async def test_without_a_date_nothing_is_known(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap(None))
    result = await ask()
    message = "the registry does not tell until when example.test is registered"
    assert (result.status, result.message) == (Status.UNKNOWN, message)
    assert "domain_days" not in result.metrics


# Names below a domain, and names that nobody has


async def test_a_name_below_a_domain_is_found_by_its_end(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap())
    server.on("/rdap/domain/shop.example.test", reply(400, b"{}"))
    result = await ask("www.shop.example.test")
    assert (result.status, result.details["domain"]) == (Status.OK, "example.test")
    assert [request.path.rpartition("/")[2] for request in server.requests] == [
        "www.shop.example.test",
        "shop.example.test",
        "example.test",
    ]
    await ask("mail.example.test")
    assert len(server.requests) == 4, "example.test was known"


async def test_a_domain_that_nobody_has_fails(ask: Ask, server: HttpServer) -> None:
    result = await ask()
    assert (result.status, result.message) == (Status.FAILED, "example.test is not registered")


# How often registries are asked


async def test_a_domain_is_asked_for_once_in_six_hours(ask: Ask, server: HttpServer, clock: Clock) -> None:
    server.on(PATH, rdap())
    assert "(as the registry said" not in (await ask()).message
    clock.now += 300
    result = await ask()
    assert result.message.endswith("(as the registry said 5 min ago)")
    assert result.response_ms is None
    clock.now += 5.5 * 3600
    assert (await ask()).message.endswith("(as the registry said 6 h ago)")
    assert len(server.requests) == 1
    clock.now += 1800
    assert "(as" not in (await ask()).message
    assert len(server.requests) == 2


async def test_another_base_is_another_answer(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap())
    server.on("/other/domain/example.test", rdap(3))
    assert (await ask()).status is Status.OK
    assert (await ask(rdap_base_url=server.url("/other/"))).status is Status.FAILED


async def test_those_who_ask_at_once_ask_once(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, delayed(0.05, rdap()))
    results = await asyncio.gather(*(ask() for _ in range(5)))
    assert {result.status for result in results} == {Status.OK}
    assert len(server.requests) == 1


async def test_one_who_is_cut_off_leaves_the_question_to_the_next(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, sequence(silent, rdap()))
    first = asyncio.create_task(ask())
    while not server.requests:
        await asyncio.sleep(0)
    second = asyncio.create_task(ask())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).status is Status.OK


async def test_waiting_for_another_check_ends_in_time(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, silent)
    first = asyncio.create_task(ask())
    while not server.requests:
        await asyncio.sleep(0)
    result = await ask(deadline_seconds=0.1)
    assert (result.status, "takes too long" in result.message) == (Status.UNKNOWN, True)
    first.cancel()


async def test_trouble_is_unknown_and_asked_again_after_ten_minutes(ask: Ask, server: HttpServer, clock: Clock) -> None:
    server.on(PATH, sequence(reply(500), rdap()))
    result = await ask()
    assert (result.status, result.message) == (Status.UNKNOWN, "the registry (127.0.0.1) answers 500")
    clock.now += 599
    assert (await ask()).status is Status.UNKNOWN
    assert len(server.requests) == 1
    clock.now += 2
    assert (await ask()).status is Status.OK


async def test_an_old_answer_is_better_than_trouble(ask: Ask, server: HttpServer, clock: Clock) -> None:
    server.on(PATH, sequence(rdap(), reply(500)))
    await ask()
    clock.now += 8 * 3600
    result = await ask()
    assert result.status is Status.OK
    assert result.message.endswith("(as the registry said 8 h ago, because the registry (127.0.0.1) answers 500)")
    clock.now += 7 * 86_400
    assert (await ask()).status is Status.UNKNOWN


@pytest.mark.parametrize("is_date", [False, True])
async def test_a_registry_that_wants_to_be_left_alone_is(
    ask: Ask, server: HttpServer, clock: Clock, is_date: bool
) -> None:
    wait = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True) if is_date else "7200"
    server.on(PATH, sequence(reply(429, headers={"Retry-After": wait}), rdap()))
    result = await ask()
    assert (result.status, "answers 429: it is asked too often" in result.message) == (Status.UNKNOWN, True)
    result = await ask("other.test")
    assert (result.status, result.message) == (
        Status.UNKNOWN,
        "the registry asks to wait 120 min before it is asked again",
    )
    clock.now += 7100
    assert (await ask()).status is Status.UNKNOWN
    assert len(server.requests) == 1
    clock.now += 700
    assert (await ask()).status is Status.OK


async def test_no_registry_is_left_alone_for_more_than_a_day(ask: Ask, server: HttpServer, clock: Clock) -> None:
    server.on(PATH, sequence(reply(503, headers={"Retry-After": "999999999"}), rdap()))
    assert (await ask()).status is Status.UNKNOWN
    clock.now += 86_401
    assert (await ask()).status is Status.OK


# Answers that are none


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (reply(200, b"<html>"), "the registry's answer is not JSON"),
        (reply(200, b"[" * 100_000), "the registry's answer is not JSON"),
        (reply(200, b"[]"), "the registry's answer is not about a domain"),
        (reply(200, b"{}"), "the registry's answer is not RDAP"),
        (reply(200, b'{"objectClassName": "entity"}'), "the registry's answer is not about a domain"),
        (reply(200, b"x" * (BODY_LIMIT_BYTES + 1)), "is longer than 400 KB"),
        (http.endless(), "is longer than 400 KB"),
        (raw(b"SSH-2.0\r\n"), "not HTTP"),
        (silent, "timed out after 0.3 s"),
        (redirect(PATH), "redirects more than 5 times"),
        (redirect("ftp://example.test/"), "redirects to an address that is not valid"),
        (redirect("http://user:hunter2@example.test/"), "redirects to an address that is not valid"),
        (redirect("http://169.254.169.254/"), "is not allowed"),
    ],
)
async def test_a_broken_answer_says_nothing_about_the_domain(
    ask: Ask, server: HttpServer, behaviour: Behaviour, message: str
) -> None:
    server.on(PATH, behaviour)
    result = await ask(deadline_seconds=0.3 if behaviour is silent else 60)
    assert result.status is Status.UNKNOWN
    assert message in result.message
    assert "hunter2" not in result.message


@pytest.mark.parametrize(
    "values",
    [
        {"events": "x", "entities": 5, "nameservers": None, "status": {}},
        {"events": [None, {"eventAction": "expiration"}], "entities": [{"roles": ["registrar"]}], "ldhName": 7},
        {"events": [{"eventAction": "expiration", "eventDate": "soon"}], "entities": [{"roles": "registrar"}]},
        {"events": [{"eventAction": ["expiration"], "eventDate": 5}]},
        {"events": [{"eventAction": "expiration", "eventDate": "0001-01-01T00:00:00+23:00"}]},
        {"entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn"], 5]]}], "events": []},
    ],
)
async def test_nonsense_in_places_is_passed_over(ask: Ask, server: HttpServer, values: dict[str, Any]) -> None:
    server.on(PATH, rdap(**values))
    assert (await ask()).status is Status.UNKNOWN


async def test_a_registrars_date_is_better_than_none(ask: Ask, server: HttpServer) -> None:
    events = [{"eventAction": "registrar expiration", "eventDate": "2001-02-03 04:05:06"}]
    server.on(PATH, rdap(events=events))
    assert "expired on 2001-02-03" in (await ask()).message


async def test_a_redirect_is_followed(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, redirect("/elsewhere?x=1"))
    server.on("/elsewhere", rdap())
    assert (await ask()).status is Status.OK


async def test_encryption_is_not_given_up(
    ask: Ask, server: HttpServer, authority: Authority, names: NameServer, tmp_path: Path
) -> None:
    names.records["registry.test"] = ["127.0.0.1"]
    async with http_server(tls=authority.issue("registry.test").server_context(tmp_path)) as secure:
        secure.on("/domain/example.test", redirect(server.url("/plain")))
        result = await ask(rdap_base_url=secure.url("/", host="registry.test"))
    assert result.message == "the registry redirects to 127.0.0.1 without encryption"


async def test_nobody_there_is_unknown(ask: Ask) -> None:
    result = await ask(rdap_base_url=f"http://127.0.0.1:{closed_port()}/")
    assert result.status is Status.UNKNOWN
    assert "connection refused" in result.message


async def test_what_others_wrote_steers_no_terminal(ask: Ask, server: HttpServer) -> None:
    server.on(PATH, rdap(name="a\x1b[31m.test", status=["\u202eactive"]))
    result = await ask()
    assert "\x1b" not in result.message + "".join(result.details.values())
    assert "\u202e" not in result.details["status"]


# IANA's list


@pytest.fixture
def iana(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> HttpServer:
    """The list names the registry on loopback for .test."""
    monkeypatch.setattr(bootstrap, "IANA_URL", server.url("/dns.json"))
    services = [[["com", "NET"], ["https://rdap.test/"]], [["test"], ["nonsense", server.url("/rdap")]], "nonsense"]
    server.on("/dns.json", reply(200, json.dumps({"version": "1.0", "services": services}).encode()))
    return server


async def test_the_list_tells_who_is_asked_and_is_kept_a_day(ask: Ask, iana: HttpServer, clock: Clock) -> None:
    iana.on(PATH, rdap())
    iana.on("/rdap/domain/other.test", rdap())
    for domain in ("example.test", "other.test"):
        assert (await ask(domain, rdap_base_url="")).status is Status.OK
    assert [request.path for request in iana.requests].count("/dns.json") == 1
    clock.now += 90_000
    await ask(rdap_base_url="")
    assert [request.path for request in iana.requests].count("/dns.json") == 2


async def test_an_end_that_is_not_in_the_list_is_unknown(ask: Ask, iana: HttpServer) -> None:
    result = await ask("example.zz", rdap_base_url="")
    message = "IANA's list has no RDAP server for .zz: name the registry's in rdap_base_url"
    assert (result.status, result.message) == (Status.UNKNOWN, message)


async def test_an_old_list_is_better_than_none(ask: Ask, iana: HttpServer, clock: Clock) -> None:
    iana.on(PATH, rdap())
    await ask(rdap_base_url="")
    iana.on("/dns.json", reply(500))
    clock.now += 90_000
    assert (await ask(rdap_base_url="")).message.startswith("example.test expires")
    clock.now += 31 * 86_400
    result = await ask(rdap_base_url="")
    assert result.message == "IANA answers 500 instead of its list of RDAP servers"


async def test_a_broken_list_is_unknown(ask: Ask, iana: HttpServer) -> None:
    iana.on("/dns.json", reply(200, b"[1]"))
    result = await ask(rdap_base_url="")
    assert result.status is Status.UNKNOWN
    assert "not in the form of RFC 9224" in result.message


async def test_a_flood_of_tiny_pieces_lets_others_run(ask: Ask, server: HttpServer) -> None:
    pieces = b"1\r\n \r\n" * 80_000
    server.on(PATH, raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces))
    result, longest = await longest_pause(ask())
    assert result.status is Status.UNKNOWN
    assert longest < 0.08
