"""Signs that this machine has a network: its gateway, its name server, addresses that an administrator trusts."""

import asyncio
import secrets
import socket
import struct
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

from monitor_app.errors import LightbulbError
from monitor_app.net.network import Network
from monitor_app.net.ping import ping
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.settings import Settings

TRY_SECONDS = 1.0
TRIES = 2
ADDRESS_SECONDS = 2.5
# How long the kernel gets to ask the gateway for its hardware address.
NEIGHBOUR_SECONDS = 0.3

ROUTES = Path("/proc/net/route")
NEIGHBOURS = Path("/proc/net/arp")
# include/uapi/linux/route.h and if_arp.h
_ROUTE_UP_AND_GATEWAY = 0x0003
_NEIGHBOUR_COMPLETE = 0x2
_DISCARD_PORT = 9
_DNS_NO_ERROR, _DNS_NO_SUCH_NAME = 0, 3
_DNS_RECURSION_DESIRED = 0x0100
_DNS_RESPONSE_BIT, _DNS_CODE_MASK = 0x8000, 0x000F
_DNS_TYPE_A, _DNS_CLASS_IN = 1, 1
_DNS_HEADER = struct.Struct("!6H")


class Canary(Protocol):
    """Something that answers while there is a network."""

    @property
    def name(self) -> str:
        """What it is, in words."""
        ...

    async def is_alive(self) -> bool:
        """Whether it answers now; takes a few seconds at most and never raises for a network that is away."""
        ...


class GatewayCanary:
    """The default gateway: a ping, or its entry in the kernel's neighbour table, which goes when it stops answering.

    The table needs no right and no open port; where a ping was ever answered, only that counts. Linux only, IPv4 only;
    elsewhere the gateway never answers, and so never counts.
    """

    name = "the default gateway"

    def __init__(self, routes: Path = ROUTES, neighbours: Path = NEIGHBOURS) -> None:
        self._routes = routes
        self._neighbours = neighbours
        self._answers_pings = False

    async def is_alive(self) -> bool:
        """See Canary."""
        try:
            gateway = default_gateway(self._routes.read_text())
            if gateway is None:
                return False
            if await _echoes(gateway):
                self._answers_pings = True
                return True
            return not self._answers_pings and await self._is_neighbour(gateway)
        except OSError:
            return False

    async def _is_neighbour(self, gateway: str) -> bool:
        _nudge(gateway)
        await asyncio.sleep(NEIGHBOUR_SECONDS)
        return is_neighbour(gateway, self._neighbours.read_text())


class ResolverCanary:
    """The machine's name servers: whether one of them knows that a name does, or does not, exist.

    The name is made up each time, so that no cache on this machine can answer, and refusals and errors of a name
    server here that has lost those above it count for nothing.
    """

    name = "the name server"

    def __init__(self, network: Network) -> None:
        self._network = network

    async def is_alive(self) -> bool:
        """See Canary."""
        for _ in range(TRIES):
            asked = [asyncio.create_task(_answers(server)) for server in self._network.names.servers]
            try:
                for answer in asyncio.as_completed(asked):
                    if await answer:
                        return True
            finally:
                for task in asked:
                    task.cancel()
        return False


class AddressCanary:
    """A host and port that takes connections; with TLS it also has to greet."""

    def __init__(self, network: Network, host: str, port: int, *, is_tls: bool = False) -> None:
        self.name = f"{host}:{port}"
        self._network = network
        self._host = host
        self._port = port
        self._is_tls = is_tls

    async def is_alive(self) -> bool:
        """See Canary."""
        stopwatch = Stopwatch(ADDRESS_SECONDS)
        try:
            async with asyncio.timeout(ADDRESS_SECONDS):
                if self._is_tls:
                    stream = await self._network.open_tls(self._host, self._port, stopwatch, is_verifying=False)
                    stream.close()
                else:
                    (await self._network.open(self._host, self._port, stopwatch)).close()
        except (LightbulbError, OSError):
            return False
        return True


def canaries_of(settings: Settings, network: Network) -> list[Canary]:
    """All that there are here: the gateway, the name servers, and what CANARY_ADDRESSES names."""
    named = [AddressCanary(network, host, port, is_tls=is_tls) for host, port, is_tls in settings.canaries]
    return [GatewayCanary(), ResolverCanary(network), *named]


def default_gateway(routes: str) -> str | None:
    """The gateway of the default route in the text of /proc/net/route; None when there is none."""
    for line in routes.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 8 or columns[1] != "00000000" or columns[7] != "00000000":
            continue
        if int(columns[3], 16) & _ROUTE_UP_AND_GATEWAY == _ROUTE_UP_AND_GATEWAY:
            return str(IPv4Address(int.from_bytes(bytes.fromhex(columns[2]), "little")))
    return None


def is_neighbour(address: str, neighbours: str) -> bool:
    """Whether the text of /proc/net/arp knows who has an address."""
    for line in neighbours.splitlines()[1:]:
        columns = line.split()
        if len(columns) >= 3 and columns[0] == address:
            return bool(int(columns[2], 16) & _NEIGHBOUR_COMPLETE)
    return False


async def _echoes(gateway: str) -> bool:
    try:
        reply = await ping(gateway, count=TRIES, timeout_seconds=TRY_SECONDS)
    except LightbulbError:  # not allowed here, or no route
        return False
    return bool(reply.rtts_ms)


def _nudge(gateway: str) -> None:
    """A datagram that nobody reads makes the kernel ask whether the gateway is still there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.sendto(b"", (gateway, _DISCARD_PORT))


def question(number: int, name: str) -> bytes:
    """A DNS question for the IPv4 address of a name (RFC 1035, section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    header = _DNS_HEADER.pack(number, _DNS_RECURSION_DESIRED, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack("!2H", _DNS_TYPE_A, _DNS_CLASS_IN)


def is_answer(packet: bytes, number: int) -> bool:
    """Whether this says that the name exists, or that it does not."""
    if len(packet) < _DNS_HEADER.size:
        return False
    answered, flags, *_ = _DNS_HEADER.unpack_from(packet)
    is_known = flags & _DNS_CODE_MASK in (_DNS_NO_ERROR, _DNS_NO_SUCH_NAME)
    return bool(answered == number and flags & _DNS_RESPONSE_BIT and is_known)


async def _answers(server: str) -> bool:
    host, _, port = server.rpartition(":")
    number = secrets.randbelow(1 << 16)
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bool] = loop.create_future()
    try:
        async with asyncio.timeout(TRY_SECONDS):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Listener(number, heard), remote_addr=(host.strip("[]"), int(port))
            )
            try:
                transport.sendto(question(number, f"lightbulb-{secrets.token_hex(6)}.example.com"))
                return await heard
            finally:
                transport.close()
    except (OSError, ValueError):
        return False


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, number: int, heard: asyncio.Future[bool]) -> None:
        self._number = number
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if not self._heard.done():
            self._heard.set_result(is_answer(data, self._number))

    def error_received(self, exc: Exception) -> None:
        if not self._heard.done():
            self._heard.set_result(False)
