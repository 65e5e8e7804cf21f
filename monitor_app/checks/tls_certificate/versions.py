"""Finds the lowest TLS version that a server offers, by asking for ever lower ones."""

import ssl
import warnings
from functools import cache

from monitor_app.errors import LightbulbError
from monitor_app.net import Network
from monitor_app.net.starttls import Dialogue
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import WEAK_CIPHERS, TlsStream

# By their names in the protocol; the lower one of each is asked for next.
_VERSIONS = {
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1": ssl.TLSVersion.TLSv1,
}
_NAMES = list(_VERSIONS)


async def lowest_version(
    network: Network,
    host: str,
    address: str,
    port: int,
    name: str,
    dialogue: Dialogue | None,
    agreed: str,
    seconds: float,
) -> str:
    """The lowest that is taken, at most `agreed`; each step down is a connection to the address where the host was.

    Stops where time runs out.
    """
    stopwatch = Stopwatch(seconds)
    lowest = agreed
    while lowest in _NAMES[:-1] and stopwatch.left_seconds:
        below = _NAMES[_NAMES.index(lowest) + 1]
        taken = await _taken(network, host, address, port, name, dialogue, below, stopwatch)
        if not taken:
            break
        lowest = taken
    return lowest


async def _taken(
    network: Network,
    host: str,
    address: str,
    port: int,
    name: str,
    dialogue: Dialogue | None,
    highest: str,
    stopwatch: Stopwatch,
) -> str:
    """The version that is agreed on when none above `highest` is offered; empty when there is none."""
    try:
        stream = await network.open(host, port, stopwatch, found_at=address)
        try:
            if dialogue is not None:
                await dialogue(stream)
            tls = TlsStream(stream, _context(highest), name)
            await tls.handshake()
            return tls.session().protocol
        finally:
            stream.close()
    except LightbulbError:
        return ""


@cache
def _context(highest: str) -> ssl.SSLContext:
    """Takes any certificate and any version up to this one: nothing is sent over such a connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Level 0 is what OpenSSL asks for versions before 1.2.
    context.set_ciphers(WEAK_CIPHERS)
    with warnings.catch_warnings():
        # That these versions are not safe any more is what is looked for.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = _VERSIONS[highest]
    return context
