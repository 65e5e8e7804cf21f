"""Connects, agrees on TLS, reads the chain of certificates and judges it, also when it is refused."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from monitor_app.checks.tls_certificate.chain import Link, read_link
from monitor_app.checks.tls_certificate.config import Config
from monitor_app.checks.tls_certificate.judge import good_news, judged
from monitor_app.checks.tls_certificate.versions import lowest_version
from monitor_app.domain.days import days_found
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import MESSAGE_LIMIT, ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import OutboundRefused
from monitor_app.net import Network
from monitor_app.net.chain_report import COLUMNS, TITLE, certificate_row
from monitor_app.net.failures import NetworkFailure, TlsFailed, TlsSession
from monitor_app.net.starttls import DIALOGUES, Dialogue
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.redact import harmless

_NAMES_SHOWN = 20
_VERSIONS_SECONDS = 5.0


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """OK, DEGRADED or FAILED by the certificate; UNKNOWN when this machine or its name server failed."""
    visit = _Visit(context.network, config)
    try:
        status, message = await visit.run()
    except (NetworkFailure, OutboundRefused) as err:
        status, message = Status.UNKNOWN if err.is_ours else Status.FAILED, str(err)
        if isinstance(err, TlsFailed) and err.session is not None:
            visit.note(err.session)
    return visit.result(status, message)


class _Visit:
    """One check and what it showed."""

    def __init__(self, network: Network, config: Config) -> None:
        self._network = network
        self._config = config
        self._dialogue: Dialogue | None = None if config.starttls == "none" else DIALOGUES[config.starttls]
        self._stopwatch = Stopwatch(config.deadline_seconds)
        self._now = datetime.now(UTC)
        self._metrics: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._chain: Sequence[Link] = ()

    async def run(self) -> tuple[Status, str]:
        """Raises NetworkFailure and OutboundRefused."""
        config = self._config
        stream = await self._network.open_tls(
            config.host,
            config.port,
            self._stopwatch,
            tls=TlsOptions(is_verifying=config.verify_tls, alpn=(), takes_weak=True),
            server_name=config.server_name,
            dialogue=self._dialogue,
        )
        try:
            session = stream.session()
        finally:
            stream.close()
        self._details["address"] = stream.address
        chain = self.note(session)
        if config.look_for_old_versions:
            self._details["lowest_protocol"] = await lowest_version(
                self._network,
                config.host,
                stream.address,
                config.port,
                config.expected_name,
                self._dialogue,
                session.protocol,
                min(self._stopwatch.left_seconds, _VERSIONS_SECONDS),
            )
        if not chain:
            return Status.FAILED, "the server shows a certificate that cannot be read"
        findings = judged(chain, config, self._now, is_verified=session.is_verified)
        if not findings:
            return Status.OK, good_news(chain[0], self._now)
        return findings[0].status, "; ".join(finding.text for finding in findings)

    def note(self, session: TlsSession) -> Sequence[Link]:
        """Write down what the session shows; the chain as far as it can be read."""
        self._details |= {"protocol": session.protocol, "cipher": session.cipher}
        chain: list[Link] = []
        for der in session.chain:
            try:
                chain.append(read_link(der))
            except ValueError:
                break
        self._chain = chain
        if chain:
            self._note_own(chain[0])
            shortest = min(chain, key=lambda link: link.certificate.not_after)
            self._metrics["chain_days"] = days_found(shortest.days_left(self._now))
        return chain

    def _note_own(self, link: Link) -> None:
        certificate = link.certificate
        self._metrics["certificate_days"] = days_found(link.days_left(self._now))
        self._metrics["key_bits"] = link.key_bits
        names, more = ", ".join(certificate.names[:_NAMES_SHOWN]), len(certificate.names) - _NAMES_SHOWN
        self._details |= {
            "certificate_subject": certificate.subject,
            "certificate_issuer": certificate.issuer,
            "certificate_names": f"{names} and {more} more" if more > 0 else names,
            "certificate_begins": f"{certificate.not_before:%Y-%m-%d %H:%M} UTC",
            "certificate_expires": f"{certificate.not_after:%Y-%m-%d %H:%M} UTC",
            "serial": link.serial,
            "sha256_fingerprint": link.fingerprint,
            "key": _key(link),
            "signature": link.signature or "without a hash of its own",
        }

    def result(self, status: Status, message: str) -> ProbeResult:
        """The response time only where a certificate was shown and accepted."""
        phases = self._stopwatch.phases_ms()
        response_ms = round(sum(phases.values()), 3) if status.is_up else None
        details = {name: harmless(text, MESSAGE_LIMIT) for name, text in self._details.items()}
        message = harmless(message, MESSAGE_LIMIT)
        return ProbeResult(status, message, response_ms, phases, self._metrics, details, self._told)

    def _told(self) -> Iterator[Section]:
        """The chain, and every name that the server's own certificate is for."""
        if not self._chain:
            return
        yield table(
            TITLE,
            (*COLUMNS, "Key", "Signature", "Serial number"),
            [
                (*certificate_row(link.certificate, self._now), _key(link), link.signature or "–", link.serial)
                for link in self._chain
            ],
        )
        names = self._chain[0].certificate.names
        yield table("Names of the certificate", ("Name",), [(name,) for name in names])


def _key(link: Link) -> str:
    return f"{link.key_type} {link.key_bits}" if link.key_bits else "of an unknown kind"
