"""A chain of certificates as a table of a report."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from monitor_app.domain.report import Section, table
from monitor_app.net.certificate import Certificate, read_certificate
from monitor_app.net.tls import TlsStream

TITLE: Final = "Certificate chain"
COLUMNS: Final = ("Certificate of", "Issued by", "Valid from", "Expires", "Days left")
# Chains of this world have two to five.
_LIMIT = 10


def chain_of(stream: TlsStream | None) -> Iterable[Section]:
    """The chain that a connection showed, also after it was closed; nothing of one without TLS."""
    return [] if stream is None else chain_section(stream.session().chain)


def chain_section(chain: Sequence[bytes]) -> list[Section]:
    """DER certificates, the server's own first; those that cannot be read end it."""
    now, rows = datetime.now(UTC), []
    for der in chain[:_LIMIT]:
        try:
            rows.append(certificate_row(read_certificate(der), now))
        except ValueError:
            break
    return [table(TITLE, COLUMNS, rows, is_cut=len(chain) > _LIMIT)] if rows else []


def certificate_row(certificate: Certificate, now: datetime) -> tuple[str, ...]:
    """The cells under COLUMNS."""
    return (
        certificate.subject or "no name",
        certificate.issuer or "no name",
        f"{certificate.not_before:%Y-%m-%d}",
        f"{certificate.not_after:%Y-%m-%d %H:%M} UTC",
        str(int(certificate.days_left(now))),
    )
