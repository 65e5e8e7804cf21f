"""Asks for records of a name and judges the answer."""

import secrets
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset

from monitor_app.checks.dns.answer import BrokenAnswer, Followed, followed
from monitor_app.checks.dns.config import Config
from monitor_app.checks.dns.values import difference, listed, value_of
from monitor_app.domain.report import ROWS_LIMIT, Section, table
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.dns_query import DnsAnswer, DnsServer, ask, own_servers
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless

# RFC 6891 and the DNS flag day of 2020: what passes every network in one piece.
_DATAGRAM_BYTES = 1232
_ALIASES_SHOWN = 5
_REFUSALS = {
    "SERVFAIL": "could not find out (SERVFAIL): its servers are unreachable or broken, or DNSSEC finds it forged",
    "REFUSED": "refuses to answer (REFUSED): it does not serve this name, or not for us",
    "NOTIMP": "cannot answer such questions (NOTIMP)",
    "FORMERR": "does not understand the question (FORMERR)",
}


class _Unexpected(Exception):
    """There is an answer, but not the one that is expected. `is_ours` when it is this machine's resolver that fails."""

    def __init__(self, message: str, *, is_ours: bool = False) -> None:
        self.is_ours = is_ours
        super().__init__(message)


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK when the answer is as expected; UNKNOWN when this machine's own resolvers cannot be asked; else FAILED."""
    question = _Question(context.network, config)
    try:
        message, status = await question.run(), Status.OK
    except NetworkFailure as err:
        is_ours = err.is_ours or not config.resolver
        blame = "" if config.resolver else ": this machine's name server cannot be asked"
        message, status = f"{err}{blame}", Status.UNKNOWN if is_ours else Status.FAILED
    except _Unexpected as err:
        message, status = str(err), Status.UNKNOWN if err.is_ours else Status.FAILED
    except OutboundRefused as err:
        message, status = str(err), Status.UNKNOWN
    return question.result(status, message)


class _Question:
    """One check: what is asked and what the answer showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._is_answered = False
        self._answer: DnsAnswer | None = None

    async def run(self) -> str:
        """The message of a good answer; otherwise raises."""
        servers = await self._servers()
        answer = await self._ask(servers, is_plain=False)
        if answer.message.rcode() == dns.rcode.FORMERR:
            # Old servers do not understand EDNS (RFC 6891, section 7).
            answer = await self._ask(servers, is_plain=True)
        self._is_answered = True
        self._answer = answer
        self._note(answer)
        return self._judged(answer)

    async def _servers(self) -> list[DnsServer]:
        if not self._config.resolver:
            return own_servers(self._network)
        host, port = self._config.resolver, self._config.port
        addresses = await self._network.addresses(host, port, self._stopwatch)
        return [DnsServer(address, port, name=host) for address in addresses]

    async def _ask(self, servers: list[DnsServer], *, is_plain: bool) -> DnsAnswer:
        question = dns.message.make_query(
            self._config.name,
            self._config.record_type,
            use_edns=None if is_plain else 0,
            payload=None if is_plain else _DATAGRAM_BYTES,
            id=secrets.randbelow(0x10000),
            # AD in a question asks to be told whether the answer is validated (RFC 6840, section 5.7).
            flags=dns.flags.RD | dns.flags.AD,
        )
        return await ask(self._network, question, servers, self._stopwatch, is_tcp=self._config.tcp_only)

    def _note(self, answer: DnsAnswer) -> None:
        message = answer.message
        self._details |= {
            "server": str(answer.server),
            "transport": answer.transport,
            "rcode": dns.rcode.to_text(message.rcode()),
            "authoritative": _yes_no(message.flags & dns.flags.AA),
            "dnssec_validated": _yes_no(message.flags & dns.flags.AD),
        }
        self._metrics["answers"] = 0

    def _judged(self, answer: DnsAnswer) -> str:
        """The message of a good answer. Raises _Unexpected."""
        config, message = self._config, answer.message
        self._check_rcode(answer)
        if config.require_dnssec and not message.flags & dns.flags.AD:
            raise _Unexpected(f"{answer.server} does not say that DNSSEC has validated the answer")
        try:
            found = followed(message)
        except BrokenAnswer as err:
            raise _Unexpected(f"{config.name}: {err}") from err
        is_missing = message.rcode() == dns.rcode.NXDOMAIN
        if config.must_not_exist:
            if is_missing and not found.aliases:
                return f"{config.name} does not exist, as expected"
            raise _Unexpected(f"{config.name} exists, expected that it does not")
        if is_missing:
            led = f", to which {config.name} leads" if found.aliases else ""
            raise _Unexpected(f"{(config.name, *found.aliases)[-1]} does not exist (NXDOMAIN){led}")
        if found.records is None:
            led = f": it is an alias for {found.aliases[-1]}, which has none in the answer" if found.aliases else ""
            raise _Unexpected(f"{config.name} has no {config.record_type} record{led}")
        return self._compared(found.records, found)

    def _check_rcode(self, answer: DnsAnswer) -> None:
        rcode = answer.message.rcode()
        if rcode in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return
        name = dns.rcode.to_text(rcode)
        why = _REFUSALS.get(name, f"answers with the error {name}")
        is_ours = not self._config.resolver and rcode != dns.rcode.SERVFAIL
        raise _Unexpected(f"{answer.server} {why}", is_ours=is_ours)

    def _compared(self, records: dns.rrset.RRset, way: Followed) -> str:
        config = self._config
        found = sorted({value_of(rdata) for rdata in records})
        self._metrics["answers"] = len(found)
        self._details["answer"] = listed(found)
        self._metrics["ttl_min_seconds"] = way.ttl_seconds
        if way.aliases:
            self._details["alias"] = " → ".join(way.aliases[:_ALIASES_SHOWN])
        if wrong := difference(config.record_type, config.expected_values, found, config.match):
            raise _Unexpected(f"{config.record_type} of {config.name}: {wrong}; found {listed(found)}")
        return listed(found)

    def result(self, status: Status, message: str) -> ProbeResult:
        """The result with all that was found on the way; the response time only of an answer."""
        phases = self._stopwatch.phases_ms()
        response_ms = round(sum(phases.values()), 3) if self._is_answered else None
        details = {name: harmless(text, MESSAGE_LIMIT) for name, text in self._details.items()}
        message = harmless(message, MESSAGE_LIMIT)
        return ProbeResult(status, message, response_ms, phases, self._metrics, details, self._told)

    def _told(self) -> Iterator[Section]:
        """Every record that came, also those that were not asked for."""
        if self._answer is None:
            return
        message = self._answer.message
        for title, records in (("Records", message.answer), ("Who is responsible", message.authority)):
            rows = [_row(records_of_name, rdata) for records_of_name in records for rdata in records_of_name]
            yield table(title, ("Name", "Type", "TTL", "Value"), rows[:ROWS_LIMIT], is_cut=len(rows) > ROWS_LIMIT)


def _row(records: dns.rrset.RRset, rdata: dns.rdata.Rdata) -> tuple[str, ...]:
    name = records.name.canonicalize().to_text(omit_final_dot=True)
    return name, dns.rdatatype.to_text(rdata.rdtype), f"{records.ttl} s", rdata.to_text()


def _yes_no(flag: int) -> str:
    return "yes" if flag else "no"
