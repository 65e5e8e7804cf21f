"""Apprise's own delivery to a local receiver, and what it may not do."""

import asyncio
import json
import os
import sys

import pytest

from monitor_app.errors import DeliveryFailed, InvalidInput
from monitor_app.net import Network
from monitor_app.net.policy import OutboundPolicy
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from tests.integration.notifiers.conftest import Deliver, told, words
from tests.paces import at_any_pace
from tests.servers.http import HttpServer, redirect, reply, silent


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need long to start a program."""
    monkeypatch.setattr("monitor_app.notifiers.apprise.send._START_SECONDS", 100.0)


def address(server: HttpServer, path: str = "/hook", scheme: str = "json") -> str:
    return f"{scheme}://127.0.0.1:{server.port}{path}"


async def test_apprise_delivers(deliver: Deliver, server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:1/")
    server.on("/hook", reply(200, b"fine"))
    hostile = "<script>alert('hostile')</script> **bold** @everyone"
    answer = await deliver("apprise", {"url": address(server)}, words(told(text=hostile)))
    (request,) = server.requests
    document = json.loads(request.body)
    assert answer == "Apprise has sent it to json://"
    assert document["title"] == "Critical: db-main is down"
    assert document["type"] == "failure"
    assert f"Probable cause: {hostile}" in document["message"]


async def test_a_redirect_to_metadata_is_not_followed(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook", redirect("http://169.254.169.254/latest/", 307))
    with pytest.raises(DeliveryFailed, match=r"169\.254\.169\.254 is not allowed") as info:
        await deliver("apprise", {"url": address(server)})
    assert info.value.is_final


async def test_outbound_rules_hold_before_it_connects(deliver: Deliver, server: HttpServer, network: Network) -> None:
    network.guard.use(OutboundPolicy(is_private_allowed=False))
    with pytest.raises(DeliveryFailed, match="administrators change that"):
        await deliver("apprise", {"url": address(server)})
    assert server.connections == 0


async def test_refusal_of_the_provider_may_be_tried_again(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook/tall-red-frog", reply(500, b"broken"))
    with pytest.raises(DeliveryFailed, match="error=500") as info:
        await deliver("apprise", {"url": address(server, "/hook/tall-red-frog")})
    assert (info.value.is_final, info.value.is_ambiguous) == (False, False)
    assert "tall-red-frog" not in str(info.value)


async def test_an_unknown_service_is_told(deliver: Deliver) -> None:
    with pytest.raises(DeliveryFailed, match="Apprise knows no such address: pigeon://") as info:
        await deliver("apprise", {"url": "pigeon://loft/1"})
    assert info.value.is_final


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gotify", "must have at least 6 characters"),
        ("example.org/hook", "must begin with the name of a service and ://"),
        ("syslog://local", "must be a service that is reached over the network, got 'syslog'"),
        ("json://x.org/a b", "must be one address without spaces"),
    ],
    ids=["short", "scheme", "local", "space"],
)
def test_wrong_address_is_refused_with_what_is_allowed(url: str, words: str) -> None:
    with pytest.raises(InvalidInput) as info:
        NotifierRegistry()["apprise"].parse({"url": url.replace("gotify", "goti")})
    assert words in info.value.fields["url"]


@at_any_pace
async def test_silence_ends_at_the_deadline(deliver: Deliver, server: HttpServer, pace: int) -> None:
    server.on("/hook", silent)
    with pytest.raises(DeliveryFailed) as info:
        await deliver("apprise", {"url": address(server)}, deadline_seconds=0.3 * pace)
    assert (info.value.is_final, info.value.is_ambiguous) == (False, True)


# Each way out that a library might take, tried where nothing is allowed: the names of those that it did not keep back.
WAYS_OUT = """
import os, socket, subprocess, sys, urllib.request
from monitor_app.notifiers.apprise import child
from monitor_app.notifiers.apprise.child import _Asking

child._asked = lambda question: {"refused": "nothing is allowed"}
tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
there = ("127.0.0.1", PORT)
ways = {
    "connect": lambda: tcp.connect(there),
    "connect_ex": lambda: tcp.connect_ex(there),
    "create_connection": lambda: socket.create_connection(there),
    "sendto": lambda: udp.sendto(b"x", there),
    "sendto with flags": lambda: udp.sendto(b"x", 0, there),
    "sendmsg": lambda: udp.sendmsg([b"x"], [], 0, there),
    "sendmsg to a socket of this machine": lambda: local.sendmsg([b"x"], [], 0, "/dev/log"),
    "urllib": lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/"),
    "subprocess": lambda: subprocess.run([sys.executable, "-c", ""]),
    "system": lambda: os.system("true"),
    "posix_spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    "fork": lambda: os.fork() or os._exit(0),
    "forkpty": lambda: os.forkpty()[0] or os._exit(0),
}
sys.addaudithook(_Asking())
for name, leave in ways.items():
    try:
        leave()
    except OSError as err:
        if "allowed" in str(err) or "only addresses" in str(err) or "not started" in str(err):
            continue
    print(name)
print("all were tried")
"""


async def test_no_way_out_is_left_unjudged(server: HttpServer) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"PORT = {server.port}\n{WAYS_OUT}", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().splitlines() == ["all were tried"]
    assert server.connections == 0
