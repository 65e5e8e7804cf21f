"""Which RDAP server knows a domain: IANA's list (RFC 9224), asked for once a day by the whole program."""

import time
from collections.abc import Mapping
from typing import Any

from monitor_app.checks.domain_expiry.config import checked_base
from monitor_app.checks.domain_expiry.fetch import fetch
from monitor_app.errors import LightbulbError, OutboundRefused
from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer
from monitor_app.net.stopwatch import Stopwatch

IANA_URL = "https://data.iana.org/rdap/dns.json"
KEPT_SECONDS = 86_400.0
# After a failure, and how long an old list is better than none.
AGAIN_SECONDS = 300.0
USABLE_SECONDS = 30 * 86_400.0
_ENTRIES_LIMIT = 20_000


class NoServer(LightbulbError):
    """The list names no RDAP server for a domain."""


class Bootstrap:
    """IANA's list as it was last seen."""

    def __init__(self) -> None:
        self._bases: Mapping[str, str] = {}
        self._seen_at = float("-inf")
        self._again_at = float("-inf")
        self._trouble: LightbulbError | None = None

    async def base_for(self, network: Network, domain: str, stopwatch: Stopwatch) -> str:
        """The base address for a domain. Raises NoServer, NetworkFailure and OutboundRefused."""
        now = time.monotonic()
        if now >= self._again_at:
            await self._refresh(network, stopwatch)
        if self._trouble is not None and time.monotonic() - self._seen_at > USABLE_SECONDS:
            raise self._trouble
        labels = domain.split(".")
        for first in range(len(labels)):
            if base := self._bases.get(".".join(labels[first:])):
                return base
        raise NoServer(f"IANA's list has no RDAP server for .{labels[-1]}: name the registry's in rdap_base_url")

    async def _refresh(self, network: Network, stopwatch: Stopwatch) -> None:
        try:
            fetched = await fetch(network, IANA_URL, stopwatch)
            if fetched.document is None:
                raise BadAnswer(f"IANA answers {fetched.status_code} instead of its list of RDAP servers")
            self._bases = read_bases(fetched.document)
        except LightbulbError as err:
            # What our own rules forbid is tried again at once: they may have been changed.
            pause = 0.0 if isinstance(err, OutboundRefused) else AGAIN_SECONDS
            self._trouble, self._again_at = err, time.monotonic() + pause
        else:
            self._trouble, self._seen_at = None, time.monotonic()
            self._again_at = self._seen_at + KEPT_SECONDS


def read_bases(document: Any) -> dict[str, str]:
    """Base addresses by the end of the name. Raises BadAnswer when it is no such list."""
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, list):
        raise BadAnswer("IANA's list of RDAP servers is not in the form of RFC 9224")
    bases: dict[str, str] = {}
    for service in services[:_ENTRIES_LIMIT]:
        match service:
            case [list(ends), list(urls), *_] if base := _best(urls):
                bases.update((end.lower(), base) for end in ends if isinstance(end, str))
    return bases


def _best(urls: list[Any]) -> str:
    """The first address, an encrypted one if there is any; empty when none is valid."""
    valid = []
    for url in urls:
        try:
            valid.append(checked_base(url))
        except (ValueError, TypeError, AttributeError):
            continue
    return next((url for url in valid if url.startswith("https:")), valid[0] if valid else "")
