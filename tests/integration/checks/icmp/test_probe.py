"""The ping probe against this machine, and in networks of its own."""

import json
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.servers.dns import NameServer
from tests.servers.namespace import run_in_namespace

ALLOW_PING_SOCKETS = "echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range"
FORBID_PING_SOCKETS = "echo '1 0' > /proc/sys/net/ipv4/ping_group_range"

PROBE = """
import asyncio, json
from pathlib import Path
from monitor_app.net import Network
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry

ignore = Path("/proc/sys/net/ipv4/icmp_echo_ignore_all")

async def main():
    kind, network = KindRegistry()["icmp"], Network()
    running = asyncio.create_task(kind.probe(ProbeContext(network), kind.parse({values!r})))
    await asyncio.sleep({silent_after})
    if {silent_after}:
        ignore.write_text("1")
    result = await running
    await network.close()
    print(json.dumps([int(result.status), result.message, result.metrics, result.response_ms]))

asyncio.run(main())
"""


async def pinged(network: Network, **values: Any) -> ProbeResult:
    kind = KindRegistry()["icmp"]
    return await kind.probe(ProbeContext(network), kind.parse({"spacing_seconds": 0.02} | values))


def pinged_apart(*setup: str, silent_after: float = 0.0, **values: Any) -> Any:
    code = PROBE.format(values={"host": "127.0.0.1"} | values, silent_after=silent_after)
    return json.loads(run_in_namespace(code, *setup))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_machine_that_answers_is_ok(network: Network, host: str) -> None:
    result = await pinged(network, host=host)
    assert result.status is Status.OK
    assert result.message.startswith("3 of 3 echoes answered, ")
    assert result.details == {"address": host}
    assert result.metrics["loss_percent"] == 0
    assert result.response_ms == result.metrics["rtt_avg_ms"] == result.phases["answer"]
    assert result.metrics["rtt_max_ms"] >= result.metrics["rtt_avg_ms"]
    assert result.metrics.keys() == {"loss_percent", "rtt_avg_ms", "rtt_max_ms", "jitter_ms"}


async def test_a_name_is_looked_up_for_the_version_that_is_wanted(network: Network, names: NameServer) -> None:
    names.records["both.example"] = ["127.0.0.1", "::1"]
    for version, address in (("4", "127.0.0.1"), ("6", "::1")):
        result = await pinged(network, host="both.example", ip_version=version)
        assert (result.status, result.details["address"]) == (Status.OK, address)
        assert list(result.phases) == ["dns", "answer"]


async def test_a_missing_version_is_told(network: Network, names: NameServer) -> None:
    names.records["old.example"] = ["127.0.0.1"]
    result = await pinged(network, host="old.example", ip_version="6")
    assert (result.status, result.message) == (Status.FAILED, "old.example has no IPv6 address")


async def test_a_name_that_does_not_exist_fails(network: Network) -> None:
    result = await pinged(network, host="nobody.example")
    assert (result.status, result.message) == (Status.FAILED, "name not found: nobody.example does not exist")


async def test_a_silent_name_server_of_ours_is_unknown(network: Network, names: NameServer) -> None:
    names.silent.add("slow.example")
    result = await pinged(network, host="slow.example", deadline_seconds=0.3)
    assert result.status is Status.UNKNOWN
    assert "this machine's name server does not answer in time" in result.message


async def test_a_guarded_address_is_refused(network: Network) -> None:
    result = await pinged(network, host="169.254.169.254")
    assert result.status is Status.UNKNOWN
    assert result.message.startswith("connecting to 169.254.169.254 is not allowed")


def test_silence_fails() -> None:
    status, message, metrics, response_ms = pinged_apart(
        ALLOW_PING_SOCKETS, "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all", deadline_seconds=0.6
    )
    assert (status, message) == (Status.FAILED, "127.0.0.1 does not answer, all 3 echoes are lost")
    assert (metrics, response_ms) == ({"loss_percent": 100.0}, None)


@pytest.mark.parametrize(("warning_percent", "expected"), [(50, Status.DEGRADED), (51, Status.OK)])
def test_loss_is_judged(warning_percent: float, expected: Status) -> None:
    for pace in (1, 4, 8):  # a busy machine may miss the moment between the two
        status, message, metrics, _ = pinged_apart(
            ALLOW_PING_SOCKETS,
            silent_after=0.3 * pace,
            count=2,
            spacing_seconds=0.6 * pace,
            deadline_seconds=1 * pace,
            loss_warning_percent=warning_percent,
        )
        if metrics["loss_percent"] == 50:
            break
    assert (status, metrics["loss_percent"]) == (expected, 50.0)
    assert message.startswith("1 of 2 echoes lost (50 %), ")


def test_no_route_fails_and_says_so() -> None:
    status, message, _, _ = pinged_apart(host="192.0.2.1")
    assert (status, message) == (
        Status.FAILED,
        "no way to 192.0.2.1: this machine has no route to that network",
    )


def test_a_machine_that_forbids_pings_is_unknown_with_what_to_set() -> None:
    probe = PROBE.format(values={"host": "127.0.0.1"}, silent_after=0.0)
    without_raw = f"""
import os, sys
os.execvp("setpriv", ["setpriv", "--bounding-set", "-net_raw", sys.executable, "-c", {probe!r}])
"""
    status, message, _, _ = json.loads(run_in_namespace(without_raw, FORBID_PING_SOCKETS))
    assert status == Status.UNKNOWN
    assert "net.ipv4.ping_group_range" in message
    assert "setcap cap_net_raw+ep" in message
