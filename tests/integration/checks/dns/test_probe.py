"""The dns probe against a name server that does all that name servers do."""

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from monitor_app.checks.dns import probe as probe_module
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network, dns_query
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.kinds_told import sections
from tests.paces import at_any_pace
from tests.servers.dns import NameServer
from tests.servers.dns_zone import ZoneServer, answering_thread, zone_server
from tests.servers.tcp import closed_port

Ask = Callable[..., Awaitable[ProbeResult]]


@pytest.fixture
async def zone() -> AsyncIterator[ZoneServer]:
    """A name server on loopback."""
    async with zone_server() as server:
        yield server


@pytest.fixture
def ask(network: Network, zone: ZoneServer) -> Ask:
    """Asks the zone's server for a name."""
    kind = KindRegistry()["dns"]

    async def probe(name: str, record_type: str = "A", **values: Any) -> ProbeResult:
        given = {"name": name, "record_type": record_type, "resolver": "127.0.0.1", "port": zone.port} | values
        return await kind.probe(ProbeContext(network), kind.parse(given))

    return probe


# Good answers


async def test_an_answer_is_ok_and_told(ask: Ask, zone: ZoneServer) -> None:
    zone.add("web.test", "A", "192.0.2.1", "192.0.2.2", ttl=120)
    zone.flags = dns.flags.AA
    result = await ask("web.test")
    assert (result.status, result.message) == (Status.OK, "192.0.2.1, 192.0.2.2")
    assert result.metrics == {"answers": 2, "ttl_min_seconds": 120}
    assert result.details == {
        "server": f"127.0.0.1:{zone.port}",
        "transport": "udp",
        "rcode": "NOERROR",
        "authoritative": "yes",
        "dnssec_validated": "no",
        "answer": "192.0.2.1, 192.0.2.2",
    }
    assert list(result.phases) == ["answer"]
    assert result.response_ms == result.phases["answer"]


@pytest.mark.parametrize(
    ("record_type", "record", "expected"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8::1", "2001:0DB8:0:0::1"),
        ("CNAME", "Other.Test.", "other.test"),
        ("NS", "NS1.test.", "ns1.TEST."),
        ("MX", "10 Mail.Test.", "10 mail.test"),
        ("MX", "10 mail.test.", "mail.test"),
        ("TXT", '"v=spf1 " "-all"', "v=spf1 -all"),
        ("TXT", '"v=spf1 -all"', '"v=spf1" " -all"'),
        ("SRV", "1 2 443 Web.Test.", "1 2 443 web.test."),
        ("CAA", '0 Issue "ca.test"', "0 issue ca.test"),
        ("SOA", "ns.test. host.test. 7 1 2 3 4", "NS.test host.test 7 1 2 3 4"),
    ],
)
async def test_every_type_is_compared_in_one_form(
    ask: Ask, zone: ZoneServer, record_type: str, record: str, expected: str
) -> None:
    zone.add("some.test", record_type, record)
    result = await ask("some.test", record_type, expected=expected)
    assert result.status is Status.OK, result.message


@pytest.mark.parametrize(
    ("match", "expected", "message"),
    [
        ("exactly", ["192.0.2.2", "192.0.2.1"], ""),
        ("exactly", ["192.0.2.1"], "192.0.2.2 not expected; found"),
        ("exactly", ["192.0.2.1", "192.0.2.3"], "192.0.2.3 missing, 192.0.2.2 not expected; found"),
        ("at_least", ["192.0.2.1"], ""),
        ("at_least", ["192.0.2.1", "192.0.2.3"], "192.0.2.3 missing; found 192.0.2.1, 192.0.2.2"),
        ("any", ["192.0.2.9", "192.0.2.2"], ""),
        ("any", ["192.0.2.8", "192.0.2.9"], "none of 192.0.2.8, 192.0.2.9; found"),
    ],
)
async def test_expected_values(ask: Ask, zone: ZoneServer, match: str, expected: list[str], message: str) -> None:
    zone.add("web.test", "A", "192.0.2.1", "192.0.2.2")
    result = await ask("web.test", expected=expected, match=match)
    assert result.status is (Status.FAILED if message else Status.OK)
    assert message in result.message


async def test_a_text_that_ends_like_another_is_not_the_same(ask: Ask, zone: ZoneServer) -> None:
    zone.add("some.test", "TXT", '"10 abc"')
    assert (await ask("some.test", "TXT", expected="abc")).status is Status.FAILED


async def test_aliases_are_followed(ask: Ask, zone: ZoneServer) -> None:
    zone.add("www.test", "CNAME", "cdn.test.", ttl=30)
    zone.add("cdn.test", "CNAME", "edge.test.", ttl=600)
    zone.add("edge.test", "A", "192.0.2.7", ttl=90)
    result = await ask("www.test", expected="192.0.2.7")
    assert (result.status, result.details["alias"]) == (Status.OK, "cdn.test → edge.test")
    assert result.metrics["ttl_min_seconds"] == 30


async def test_an_alias_to_nowhere_fails(ask: Ask, zone: ZoneServer) -> None:
    zone.add("www.test", "CNAME", "gone.test.")
    result = await ask("www.test")
    assert result.message == "gone.test does not exist (NXDOMAIN), to which www.test leads"
    assert (await ask("www.test", must_not_exist=True)).status is Status.FAILED


async def test_an_alias_whose_records_are_not_in_the_answer_fails(ask: Ask, zone: ZoneServer) -> None:
    zone.add("www.test", "CNAME", "web.test.")
    zone.add("web.test", "TXT", "x")
    message = "www.test has no A record: it is an alias for web.test, which has none in the answer"
    assert (await ask("www.test")).message == message


async def test_aliases_in_circles_fail(ask: Ask, zone: ZoneServer) -> None:
    zone.add("a.test", "CNAME", "b.test.")
    zone.add("b.test", "CNAME", "a.test.")
    assert (await ask("a.test")).message == "a.test: its aliases lead in circles"


# Names that do not exist


async def test_a_missing_name_fails_unless_it_must_not_exist(ask: Ask, zone: ZoneServer) -> None:
    zone.add("there.test", "A", "192.0.2.1")
    result = await ask("missing.test")
    assert (result.status, result.message) == (Status.FAILED, "missing.test does not exist (NXDOMAIN)")
    assert result.response_ms is not None
    result = await ask("missing.test", must_not_exist=True)
    assert (result.status, result.message) == (Status.OK, "missing.test does not exist, as expected")
    result = await ask("there.test", must_not_exist=True)
    assert (result.status, result.message) == (Status.FAILED, "there.test exists, expected that it does not")


async def test_a_name_without_such_records_fails(ask: Ask, zone: ZoneServer) -> None:
    zone.add("there.test", "A", "192.0.2.1")
    result = await ask("there.test", "MX")
    assert (result.status, result.message) == (Status.FAILED, "there.test has no MX record")
    assert result.metrics == {"answers": 0}
    assert (await ask("there.test", "MX", must_not_exist=True)).status is Status.FAILED


# Errors of the name server


@pytest.mark.parametrize(
    ("rcode", "words"),
    [
        (dns.rcode.SERVFAIL, "could not find out (SERVFAIL)"),
        (dns.rcode.REFUSED, "refuses to answer (REFUSED)"),
        (dns.rcode.NOTIMP, "cannot answer such questions"),
        (dns.rcode.FORMERR, "does not understand the question"),
        (dns.rcode.NOTAUTH, "answers with the error NOTAUTH"),
    ],
)
async def test_errors_are_told_in_words(ask: Ask, zone: ZoneServer, rcode: dns.rcode.Rcode, words: str) -> None:
    zone.add("web.test", "A", "192.0.2.1")
    zone.rcode = rcode
    result = await ask("web.test")
    assert result.status is Status.FAILED
    assert words in result.message
    assert result.details["rcode"] == dns.rcode.to_text(rcode)


async def test_a_server_that_knows_no_edns_is_asked_again_without(ask: Ask, zone: ZoneServer) -> None:
    zone.add("web.test", "A", "192.0.2.1")

    def bend(question: dns.message.Message, answer: dns.message.Message) -> bytes:
        if question.edns >= 0:
            return struct.pack("!HHHHHH", question.id, 0x8001, 0, 0, 0, 0)
        return answer.to_wire()

    zone.bend = bend
    assert (await ask("web.test")).status is Status.OK
    assert [question.edns for question in zone.asked] == [0, -1]


@at_any_pace
async def test_a_silent_server_fails_in_time(ask: Ask, zone: ZoneServer, pace: int) -> None:
    zone.lost = 1000
    started_at = time.perf_counter()
    result = await ask("web.test", deadline_seconds=0.3 * pace)
    assert (result.status, result.message) == (
        Status.FAILED,
        f"timed out after {0.3 * pace:g} s while waiting for the answer",
    )
    assert (result.phases, result.response_ms) == ({"answer": pytest.approx(300 * pace)}, None)
    assert 0.3 * pace <= time.perf_counter() - started_at < 5 * pace


async def test_nobody_there_fails_at_once(ask: Ask) -> None:
    port = closed_port()
    result = await ask("web.test", port=port)
    message = f"127.0.0.1:{port} does not take questions: nothing listens there"
    assert (result.status, result.message) == (Status.FAILED, message)


async def test_a_lost_datagram_is_sent_again(ask: Ask, zone: ZoneServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_query, "RESEND_SECONDS", 0.1)
    zone.add("web.test", "A", "192.0.2.1")
    zone.lost = 2
    result = await ask("web.test")
    assert result.status is Status.OK
    assert result.phases["answer"] >= 200


async def test_the_time_is_that_of_the_answer(ask: Ask, zone: ZoneServer) -> None:
    zone.add("web.test", "A", "192.0.2.1")
    zone.delay_seconds = 0.1
    result = await ask("web.test")
    assert result.response_ms is not None
    assert result.response_ms >= 100


@at_any_pace
async def test_a_stalled_loop_is_not_counted(ask: Ask, pace: int) -> None:
    """The answer comes after 50 ms; this program looks at it 600 ms later, which is after the deadline."""
    with answering_thread(after_seconds=0.05) as port:
        asking = asyncio.create_task(ask("web.test", port=port, deadline_seconds=0.5 * pace))
        await asyncio.sleep(0)
        stall(0.6 * pace)
        result = await asking
    assert result.message == "web.test has no A record"
    assert result.response_ms is not None
    assert 50 <= result.response_ms < 400 * pace


# Cut answers and TCP


async def test_a_cut_answer_is_asked_for_over_tcp(ask: Ask, zone: ZoneServer) -> None:
    zone.add("many.test", "A", *(f"192.0.2.{number}" for number in range(1, 201)))
    zone.cut.add("many.test")
    result = await ask("many.test")
    assert (result.status, result.metrics["answers"]) == (Status.OK, 200)
    assert result.details["transport"] == "tcp, because the answer over udp was cut"
    assert (zone.questions["udp"], zone.questions["tcp"]) == (1, 1)
    assert list(result.phases) == ["answer", "connect"]


async def test_tcp_alone(ask: Ask, zone: ZoneServer) -> None:
    zone.add("web.test", "A", "192.0.2.1")
    result = await ask("web.test", tcp_only=True)
    assert (result.status, result.details["transport"]) == (Status.OK, "tcp")
    assert zone.questions["udp"] == 0


async def test_a_cut_answer_without_tcp_fails(network: Network) -> None:
    kind = KindRegistry()["dns"]
    async with zone_server(has_tcp=False) as zone:
        zone.add("web.test", "A", "192.0.2.1")
        zone.cut.add("web.test")
        config = kind.parse({"name": "web.test", "resolver": "127.0.0.1", "port": zone.port})
        result = await kind.probe(ProbeContext(network), config)
    assert result.message.startswith("connection refused by 127.0.0.1")


# Answers that are none


async def test_answers_to_other_questions_are_not_taken(ask: Ask, zone: ZoneServer) -> None:
    """Neither another id nor another name nor a question counts, however many come."""
    zone.add("web.test", "A", "192.0.2.1")

    def bend(question: dns.message.Message, answer: dns.message.Message) -> bytes:
        answer.id = question.id ^ 1
        return answer.to_wire()

    zone.bend = bend
    assert "timed out" in (await ask("web.test", deadline_seconds=0.2)).message
    zone.bend = lambda question, _: question.to_wire()
    assert "timed out" in (await ask("web.test", deadline_seconds=0.2)).message

    def other_name(question: dns.message.Message, _: dns.message.Message) -> bytes:
        other = dns.message.make_query("other.test", "A", id=question.id)
        return dns.message.make_response(other).to_wire()

    zone.bend = other_name
    assert "timed out" in (await ask("web.test", deadline_seconds=0.2)).message


async def test_many_answers_to_no_question_end_the_check(ask: Ask, zone: ZoneServer) -> None:
    zone.bend = lambda question, _: question.to_wire()
    zone.copies = dns_query.STRANGERS_LIMIT + 1
    result = await ask("web.test")
    assert result.message == f"127.0.0.1:{zone.port} sends answers that belong to no question"


@pytest.mark.parametrize("tail", [b"", b"\xc0\x0c", b"\xc0\x0c\0\1\0\1\0\0\0\1\0\xff1"])
async def test_a_broken_answer_fails(ask: Ask, zone: ZoneServer, tail: bytes) -> None:
    def bend(question: dns.message.Message, answer: dns.message.Message) -> bytes:
        whole = question.to_wire()
        # One answer is promised.
        end = len(dns.message.make_query("web.test", "A").to_wire())
        return whole[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + whole[12:end] + tail

    zone.bend = bend
    result = await ask("web.test")
    assert result.status is Status.FAILED
    assert "breaks the rules of DNS messages" in result.message


async def test_what_others_wrote_steers_no_terminal(ask: Ask, zone: ZoneServer) -> None:
    zone.add("some.test", "TXT", r'"\027[31mred"')
    result = await ask("some.test", "TXT")
    assert result.message == r"\x1b[31mred"
    assert result.details["answer"] == r"\x1b[31mred"


# DNSSEC


async def test_validation_can_be_required(ask: Ask, zone: ZoneServer) -> None:
    zone.add("web.test", "A", "192.0.2.1")
    result = await ask("web.test", require_dnssec=True)
    assert result.status is Status.FAILED
    assert result.message.endswith("does not say that DNSSEC has validated the answer")
    zone.flags = dns.flags.AD
    result = await ask("web.test", require_dnssec=True)
    assert (result.status, result.details["dnssec_validated"]) == (Status.OK, "yes")
    assert zone.asked[-1].flags & dns.flags.AD


# Who is asked


async def test_a_resolver_may_be_named(ask: Ask, zone: ZoneServer, names: NameServer) -> None:
    zone.add("web.test", "A", "192.0.2.1")
    names.records["resolver.test"] = ["127.0.0.1"]
    result = await ask("web.test", resolver="resolver.test")
    assert (result.status, list(result.phases)) == (Status.OK, ["dns", "answer"])
    result = await ask("web.test", resolver="missing.test")
    assert (result.status, result.message) == (Status.FAILED, "name not found: missing.test does not exist")


@pytest.mark.parametrize("resolver", ["169.254.169.254", "0.0.0.0", "224.0.0.1"])
async def test_the_guard_judges_the_resolver(ask: Ask, resolver: str) -> None:
    result = await ask("web.test", resolver=resolver)
    assert result.status is Status.UNKNOWN
    assert f"connecting to {resolver} is not allowed" in result.message


async def test_without_a_resolver_this_machines_own_are_asked(ask: Ask, names: NameServer) -> None:
    names.records["web.test"] = ["192.0.2.1"]
    result = await ask("web.test", resolver="", port=53)
    assert (result.status, result.details["server"]) == (Status.OK, names.address)


async def test_silence_of_this_machines_own_resolver_says_nothing(ask: Ask, names: NameServer) -> None:
    names.silent.add("web.test")
    result = await ask("web.test", resolver="", port=53, deadline_seconds=0.2)
    assert result.status is Status.UNKNOWN
    assert result.message.endswith("this machine's name server cannot be asked")
    names.broken.add("bad.test")
    assert (await ask("bad.test", resolver="", port=53)).status is Status.FAILED


@at_any_pace
async def test_the_next_server_is_asked_when_one_is_silent_or_gone(
    network: Network, zone: ZoneServer, monkeypatch: pytest.MonkeyPatch, pace: int
) -> None:
    monkeypatch.setattr(dns_query, "SERVER_SECONDS", 0.1 * pace)
    zone.add("web.test", "A", "192.0.2.1")
    async with zone_server() as silent:
        silent.lost = 1000
        servers = [
            dns_query.DnsServer("127.0.0.1", closed_port(), is_own=True),
            dns_query.DnsServer("127.0.0.1", silent.port, is_own=True),
            dns_query.DnsServer("127.0.0.1", zone.port, is_own=True),
        ]
        monkeypatch.setattr(probe_module, "own_servers", lambda network: servers)
        kind = KindRegistry()["dns"]
        result = await kind.probe(ProbeContext(network), kind.parse({"name": "web.test"}))
    assert (result.status, result.details["server"]) == (Status.OK, str(servers[-1]))
    assert result.phases["answer"] >= 100 * pace


def stall(seconds: float) -> None:
    """Keep the event loop from running, as a busy program does."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def test_every_record_is_told_in_full(zone: ZoneServer, ask: Ask) -> None:
    zone.add("www.test", "CNAME", "cdn.test.", ttl=30)
    zone.add("cdn.test", "A", "192.0.2.7", ttl=600)
    records = sections(await ask("www.test"))["Records"]
    assert records["columns"] == ["Name", "Type", "TTL", "Value"]
    assert records["rows"] == [["www.test", "CNAME", "30 s", "cdn.test."], ["cdn.test", "A", "600 s", "192.0.2.7"]]
    assert (await ask("www.test", port=closed_port())).tell is not None
