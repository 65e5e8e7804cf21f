"""ICMP echoes, on this machine's loopback and in networks of their own."""

import asyncio
import errno
import json
import socket
from typing import Any

import pytest

from monitor_app.net import ping as ping_module
from monitor_app.net.failures import ConnectFailed
from monitor_app.net.ping import PingForbidden, PingReply, ping
from tests.paces import PACES, at_any_pace
from tests.servers.namespace import run_in_namespace

ALLOW_PING_SOCKETS = "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range"
FORBID_PING_SOCKETS = "echo '1 0' > /proc/sys/net/ipv4/ping_group_range"
SILENT = "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all"

PING = """
import asyncio, dataclasses, json, sys
from monitor_app.errors import LightbulbError
from monitor_app.net.ping import ping
try:
    reply = asyncio.run(ping({address!r}, {arguments}))
    print(json.dumps(dataclasses.asdict(reply)))
except LightbulbError as err:
    print(json.dumps({{"error": type(err).__name__, "message": str(err)}}))
"""


def ping_in_namespace(address: str, *setup: str, arguments: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_in_namespace(PING.format(address=address, arguments=arguments), *setup))
    return found


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_this_machine_answers(address: str) -> None:
    reply = await ping(address, spacing_seconds=0.01)
    assert (reply.address, reply.sent, len(reply.rtts_ms), reply.loss_percent) == (address, 3, 3, 0.0)
    assert all(0 <= rtt < 1000 for rtt in reply.rtts_ms)
    assert reply.average_ms is not None
    assert reply.max_ms is not None
    assert reply.jitter_ms is not None
    assert reply.average_ms <= reply.max_ms


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("setup", [ALLOW_PING_SOCKETS, FORBID_PING_SOCKETS], ids=["ping socket", "raw socket"])
def test_both_kinds_of_sockets_work(address: str, setup: str) -> None:
    reply = ping_in_namespace(address, setup, arguments="spacing_seconds=0.01, payload_bytes=1001")
    assert len(reply["rtts_ms"]) == 3


async def test_pings_at_once_do_not_take_each_others_answers() -> None:
    replies = await asyncio.gather(*(ping("127.0.0.1", count=5, spacing_seconds=0.005) for _ in range(30)))
    assert [len(reply.rtts_ms) for reply in replies] == [5] * 30


@at_any_pace
async def test_a_stalled_loop_neither_loses_nor_slows_an_answer(pace: int) -> None:
    async def stall() -> None:
        await asyncio.sleep(0.005)
        busy_until = asyncio.get_running_loop().time() + 0.3 * pace
        while asyncio.get_running_loop().time() < busy_until:
            pass

    reply, _ = await asyncio.gather(ping("127.0.0.1", spacing_seconds=0.02, timeout_seconds=0.2 * pace), stall())
    assert len(reply.rtts_ms) == 3
    assert reply.max_ms is not None
    assert reply.max_ms < 150 * pace


@pytest.mark.parametrize("setup", [ALLOW_PING_SOCKETS, FORBID_PING_SOCKETS], ids=["ping socket", "raw socket"])
def test_silence_is_loss(setup: str) -> None:
    reply = ping_in_namespace("127.0.0.1", setup, SILENT, arguments="spacing_seconds=0.01, timeout_seconds=0.1")
    assert (reply["sent"], reply["rtts_ms"], reply["trouble"]) == (3, [], "")


def test_echoes_that_are_lost_in_between_are_counted() -> None:
    code = """
import asyncio
from pathlib import Path
from monitor_app.net.ping import ping
ignore = Path("/proc/sys/net/ipv4/icmp_echo_ignore_all")
async def main():
    running = asyncio.create_task(ping("127.0.0.1", count=4, spacing_seconds=0.4 * pace, timeout_seconds=0.3 * pace))
    await asyncio.sleep(0.2 * pace)
    ignore.write_text("1")
    await asyncio.sleep(0.4 * pace)
    ignore.write_text("0")
    reply = await running
    print(len(reply.rtts_ms), reply.loss_percent)
asyncio.run(main())
"""
    tries = (run_in_namespace(f"pace = {pace}\n{code}", ALLOW_PING_SOCKETS) for pace in PACES)
    assert "3 25.0" in tries


@pytest.mark.parametrize(
    ("address", "setup", "message"),
    [
        ("192.0.2.1", "true", "no way to 192.0.2.1: this machine has no route to that network"),
        ("2001:db8::1", "true", "no way to 2001:db8::1: this machine has no route to that network"),
        ("192.0.2.1", "ip route add unreachable 192.0.2.0/24", "no way to 192.0.2.1: the host is unreachable"),
        ("192.0.2.1", "ip route add prohibit 192.0.2.0/24", "cannot ping 192.0.2.1: Permission denied"),
    ],
)
def test_no_way_is_told(address: str, setup: str, message: str) -> None:
    assert ping_in_namespace(address, setup) == {"error": "ConnectFailed", "message": message}


ROUTER = (
    "ip link add near type veth peer name far",
    "{ unshare --net sleep 300 > /dev/null 2>&1 & } && peer=$!",
    "until [ $(readlink /proc/$peer/ns/net) != $(readlink /proc/$$/ns/net) ]; do :; done",
    "ip link set far netns $peer",
    "ip addr add 192.0.2.1/24 dev near && ip link set near up",
    "nsenter --net=/proc/$peer/ns/net ip addr add 192.0.2.2/24 dev far",
    "nsenter --net=/proc/$peer/ns/net ip link set far up",
    "nsenter --net=/proc/$peer/ns/net sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'",
    "ip route add 198.51.100.0/24 via 192.0.2.2",
)


@pytest.mark.parametrize("setup", [ALLOW_PING_SOCKETS, FORBID_PING_SOCKETS], ids=["ping socket", "raw socket"])
def test_what_a_router_says_is_told(setup: str) -> None:
    reply = ping_in_namespace("198.51.100.7", setup, *ROUTER, arguments="spacing_seconds=0.05, timeout_seconds=2")
    assert reply["rtts_ms"] == []
    assert reply["trouble"] == "192.0.2.2 says: there is no route to that network"


def forbid_sockets(monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """A stand-in: the rights of the tests' own process cannot be taken away."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(error, "no")

    monkeypatch.setattr(ping_module.socket, "socket", refuse)


async def test_a_machine_that_forbids_pings_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_sockets(monkeypatch, errno.EPERM)
    with pytest.raises(PingForbidden) as caught:
        await ping("127.0.0.1")
    assert caught.value.is_ours
    assert "net.ipv4.ping_group_range" in str(caught.value)
    assert "CAP_NET_RAW" in str(caught.value)


async def test_a_machine_without_ipv6_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_sockets(monkeypatch, errno.EAFNOSUPPORT)
    with pytest.raises(ConnectFailed, match="cannot ping ::1"):
        await ping("::1")


def test_figures_of_a_ping() -> None:
    reply = PingReply("192.0.2.1", 4, (10.0, 14.0, 11.0))
    assert (reply.loss_percent, reply.average_ms, reply.max_ms) == (25.0, 35 / 3, 14.0)
    assert reply.jitter_ms == 3.5
    nothing = PingReply("192.0.2.1", 3, ())
    assert (nothing.loss_percent, nothing.average_ms, nothing.max_ms, nothing.jitter_ms) == (100.0, None, None, None)
