"""What the kernel's tables and name servers say about whether there is a network."""

import pytest

from monitor_app.net import canary
from monitor_app.net.canary import GatewayCanary, default_gateway, is_answer, is_neighbour, question

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
"""
NEIGHBOURS = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.7      0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.1      0x1         0x2         02:fc:00:00:00:05     *        eth0
"""


def test_default_gateway_is_found_among_the_routes():
    assert default_gateway(ROUTES) == "192.168.1.1"


@pytest.mark.parametrize(
    "routes",
    ["", ROUTES.splitlines()[0], "\n".join(ROUTES.splitlines()[:2]), ROUTES.replace("0003", "0001"), "x\nshort line\n"],
)
def test_without_a_default_route_there_is_no_gateway(routes):
    assert default_gateway(routes) is None


@pytest.mark.parametrize(("address", "is_there"), [("192.168.1.1", True), ("192.168.1.7", False), ("10.0.0.1", False)])
def test_neighbour_is_there_while_the_kernel_knows_its_hardware_address(address, is_there):
    assert is_neighbour(address, NEIGHBOURS) is is_there


@pytest.fixture
def echoes(monkeypatch) -> list[bool]:
    """What pings are answered with, one after the other."""
    answers: list[bool] = []

    async def ping(gateway: str) -> bool:
        assert gateway == "127.0.0.1"
        return answers.pop(0)

    monkeypatch.setattr(canary, "_echoes", ping)
    return answers


async def test_gateway_that_ever_answered_a_ping_has_to_answer_the_next(tmp_path, echoes):
    (tmp_path / "route").write_text(ROUTES.replace("0101A8C0", "0100007F"))
    (tmp_path / "arp").write_text(NEIGHBOURS.replace("192.168.1.1 ", "127.0.0.1 "))
    gateway = GatewayCanary(tmp_path / "route", tmp_path / "arp")
    echoes += [False, True, False]
    assert [await gateway.is_alive() for _ in range(3)] == [True, True, False]


async def test_gateway_that_is_no_neighbour_is_not_alive(tmp_path, echoes):
    echoes += [False, False]
    (tmp_path / "route").write_text(ROUTES.replace("0101A8C0", "0100007F"))
    (tmp_path / "arp").write_text(NEIGHBOURS)
    assert not await GatewayCanary(tmp_path / "route", tmp_path / "arp").is_alive()
    (tmp_path / "arp").write_text(NEIGHBOURS.replace("192.168.1.1 ", "127.0.0.1 "))
    assert await GatewayCanary(tmp_path / "route", tmp_path / "arp").is_alive()


async def test_machine_without_these_tables_has_no_gateway_that_counts(tmp_path):
    assert not await GatewayCanary(tmp_path / "nothing", tmp_path / "nothing").is_alive()


def test_question_is_written_as_rfc_1035_says():
    assert question(0x1234, "a.example") == bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 07") + b"example" + (
        bytes.fromhex("00 0001 0001")
    )


@pytest.mark.parametrize(
    ("flags", "counts"), [("8180", True), ("8183", True), ("8182", False), ("8185", False), ("0100", False)]
)
def test_only_an_answer_that_knows_counts(flags, counts):
    assert is_answer(bytes.fromhex(f"1234 {flags} 0001 0000 0000 0000"), 0x1234) is counts


@pytest.mark.parametrize("packet", ["", "1234 8180 0001", "4321 8180 0001 0000 0000 0000"])
def test_what_is_cut_off_or_belongs_to_another_question_does_not_count(packet):
    assert not is_answer(bytes.fromhex(packet), 0x1234)
