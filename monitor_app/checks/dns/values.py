"""Records as text in one form only, so that what is expected can be compared with what came.

Names are lower-case without a final dot; MX is "10 mail.example.org", SRV "priority weight port target", CAA
'0 issue "ca.example"', SOA all its seven values; the pieces of a TXT record are joined.
"""

from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype

from monitor_app.plugins.forms import shown_value

RecordType = Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA", "SOA"]
Match = Literal["exactly", "at_least", "any"]

_SHOWN = 4
_SHOWN_CHARACTERS = 80
_LOOKS_LIKE: dict[RecordType, str] = {
    "A": "an IPv4 address such as 192.0.2.1",
    "AAAA": "an IPv6 address such as 2001:db8::1",
    "CNAME": "a name such as www.example.org",
    "MX": "a preference and a name such as 10 mail.example.org, or the name alone",
    "NS": "a name such as ns1.example.org",
    "TXT": "a text; when in quotes, of pieces that are joined",
    "SRV": "priority, weight, port and target such as 10 5 443 www.example.org",
    "CAA": 'flags, tag and value such as 0 issue "ca.example"',
    "SOA": "name server, mailbox, serial, refresh, retry, expire and minimum",
}


def expected_value(record_type: RecordType, text: str) -> str:
    """What somebody expects, in the one form. Raises ValueError, saying what it should look like."""
    try:
        return _expected(record_type, text)
    except (dns.exception.DNSException, ValueError) as err:
        raise ValueError(f"must be {_LOOKS_LIKE[record_type]}, got {shown_value(text)}") from err


def value_of(rdata: Any) -> str:
    """A record that came, in the one form. `rdata` is dnspython's, of one of our types."""
    match dns.rdatatype.to_text(rdata.rdtype):
        case "A":
            return str(IPv4Address(rdata.address))
        case "AAAA":
            return str(IPv6Address(rdata.address))
        case "CNAME" | "NS":
            return _name(rdata.target)
        case "MX":
            return f"{rdata.preference} {_name(rdata.exchange)}"
        case "TXT":
            return b"".join(rdata.strings).decode("utf-8", "backslashreplace")
        case "SRV":
            return f"{rdata.priority} {rdata.weight} {rdata.port} {_name(rdata.target)}"
        case "CAA":
            value = rdata.value.decode("utf-8", "backslashreplace")
            return f'{rdata.flags} {rdata.tag.decode("ascii", "backslashreplace").lower()} "{value}"'
        case _:
            numbers = (rdata.serial, rdata.refresh, rdata.retry, rdata.expire, rdata.minimum)
            return " ".join([_name(rdata.mname), _name(rdata.rname), *map(str, numbers)])


def difference(record_type: RecordType, expected: Sequence[str], found: Collection[str], match: Match) -> str:
    """What is wrong with the values found, in words; empty when nothing is, as when nothing certain is expected."""
    if not expected:
        return ""

    def is_meant(value: str, other: str) -> bool:
        is_name_alone = record_type == "MX" and " " not in value
        return value == (other.partition(" ")[2] if is_name_alone else other)

    missing = [value for value in expected if not any(is_meant(value, other) for other in found)]
    if match == "any":
        return f"none of {listed(expected)}" if len(missing) == len(expected) else ""
    surplus = [value for value in found if not any(is_meant(other, value) for other in expected)]
    parts = [f"{listed(missing)} missing"] if missing else []
    if match == "exactly" and surplus:
        parts.append(f"{listed(surplus)} not expected")
    return ", ".join(parts)


def listed(values: Sequence[str]) -> str:
    """The first few values, long ones cut."""
    shown = [value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 1] + "…" for value in values]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _expected(record_type: RecordType, text: str) -> str:
    if record_type == "TXT" and not text.startswith('"'):
        return text
    if record_type == "MX" and len(text.split()) == 1:
        return value_of(_rdata("NS", text))
    return value_of(_rdata(record_type, text))


def _rdata(record_type: RecordType, text: str) -> dns.rdata.Rdata:
    return dns.rdata.from_text("IN", record_type, text, origin=dns.name.root, relativize=False)


def _name(name: dns.name.Name) -> str:
    return name.canonicalize().to_text(omit_final_dot=True)
