"""Reads what people ask of an X.509 certificate: for whom, by whom, until when (RFC 5280, section 4.1).

Python decodes a peer's certificate only after it was verified; an expired one has to be read, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice

from monitor_app.redact import harmless

# The longest host name; RFC 5280 allows names of 64.
_TEXT_LIMIT = 253
_UTC_TIME, _CONTEXT_0, _CONTEXT_3 = 0x17, 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_COMMON_NAME, _ORGANISATION = bytes.fromhex("550403"), bytes.fromhex("55040a")
_SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("551d11")


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names` are the host names and addresses it is for; `subject` and `issuer` a common name or organisation.

    Whoever made the certificate wrote them: control characters are spelled out, long texts are cut.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def days_left(self, now: datetime) -> float:
        """Days until it expires; negative afterwards."""
        return (self.not_after - now).total_seconds() / 86_400


# Larger ones are hardly of this world: they are read, but neither kept nor read to the last name.
_KEPT_BYTES = 8 * 1024
_NAMES_LIMIT = 1000


def read_certificate(der: bytes) -> Certificate:
    """Raises ValueError when the bytes are not a certificate."""
    return _read_once(der) if len(der) <= _KEPT_BYTES else _read_carefully(der)


def _read_carefully(der: bytes) -> Certificate:
    try:
        return _read(der)
    except (IndexError, UnicodeDecodeError, StopIteration) as err:
        raise ValueError("not a certificate") from err


_read_once = lru_cache(maxsize=1024)(_read_carefully)


def _read(der: bytes) -> Certificate:
    _, certificate = next(_elements(der))
    _, to_be_signed = next(_elements(certificate))
    parts = list(_elements(to_be_signed))
    if parts[0][0] == _CONTEXT_0:  # the version; absent in version 1
        parts = parts[1:]
    issuer, validity, subject = parts[2][1], parts[3][1], parts[4][1]
    not_before, not_after = (_time(tag, value) for tag, value in _elements(validity))
    extensions = next((value for tag, value in parts[5:] if tag == _CONTEXT_3), b"")
    name = _name(subject)
    return Certificate(
        name,
        _name(issuer),
        tuple(islice(_alternative_names(extensions), _NAMES_LIMIT)) or (name,),
        not_before,
        not_after,
    )


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The DER elements that follow one another in `data`: tag and content."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(data[at : at + octets]), at + octets
        if at + length > len(data):
            raise IndexError
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:  # two digits; 50 and later are of the last century
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _name(name: bytes) -> str:
    """The common name, else the organisation, else nothing."""
    found: dict[bytes, str] = {}
    for _, relative in _elements(name):
        for _, attribute in _elements(relative):
            (_, kind), (_, value) = _elements(attribute)
            found.setdefault(kind, _text(value))
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION) or ""


def _text(value: bytes) -> str:
    return harmless(value.decode("utf-8", "replace"), _TEXT_LIMIT)


def _alternative_names(extensions: bytes) -> Iterator[str]:
    for _, sequence in _elements(extensions):
        for _, extension in _elements(sequence):
            fields = [value for _, value in _elements(extension)]
            if fields[0] == _SUBJECT_ALTERNATIVE_NAME:
                _, names = next(_elements(fields[-1]))
                for tag, value in _elements(names):
                    if tag == _DNS_NAME:
                        yield _text(value)
                    elif tag == _IP_ADDRESS:
                        yield str(ip_address(value))
