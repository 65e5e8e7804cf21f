"""Follows the aliases (CNAME) of an answer to the records that were asked for."""

from dataclasses import dataclass

import dns.exception
import dns.message
import dns.rrset


class BrokenAnswer(Exception):
    """The answer contradicts itself; the text says how."""


@dataclass(frozen=True, slots=True)
class Followed:
    """`records` is None when the answer holds none; `aliases` are the names it led to, the last one's records count.

    `ttl_seconds` is the smallest of all that were passed.
    """

    records: dns.rrset.RRset | None
    aliases: tuple[str, ...]
    ttl_seconds: int


def followed(message: dns.message.Message) -> Followed:
    """Only what is in the answer itself is followed, as it is all that was vouched for. Raises BrokenAnswer."""
    try:
        chain = message.resolve_chaining()  # type: ignore[attr-defined]
    except dns.message.ChainTooLong as err:
        raise BrokenAnswer("its aliases lead in circles") from err
    except (dns.message.AnswerForNXDOMAIN, dns.exception.DNSException) as err:
        raise BrokenAnswer("the answer contradicts itself") from err
    aliases = tuple(alias[0].target.canonicalize().to_text(omit_final_dot=True) for alias in chain.cnames)
    return Followed(chain.answer, aliases, chain.minimum_ttl)
