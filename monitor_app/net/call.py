"""One call of an address that somebody set, for what Lightbulb has to say of itself."""

import httpx

from monitor_app.errors import LightbulbError
from monitor_app.net.network import DEFAULT_HEADERS, Network
from monitor_app.net.stopwatch import Stopwatch

GOOD = range(200, 300)


class CallRefused(LightbulbError):
    """The other side answered, but not with a 2xx."""


async def call(network: Network, url: str, seconds: float) -> None:
    """GET an address and be content with any 2xx; redirects are not followed.

    Raises NetworkFailure, OutboundRefused and CallRefused; their texts do not hold the address, which may be a secret.
    """
    request = httpx.Request("GET", url, headers=DEFAULT_HEADERS)
    response = await network.exchange(request, Stopwatch(seconds))
    await response.aclose()
    if response.status_code not in GOOD:
        raise CallRefused(f"the answer was {response.status_code}, not a 2xx")
