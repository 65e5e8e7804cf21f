"""Which rule decides."""

from ipaddress import ip_address

import pytest

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.net.own import OwnPlace
from monitor_app.net.policy import METADATA_ADDRESSES, OutboundPolicy

WHERE = "administrators change that under Admin, Security"


def policy(**values: object) -> OutboundPolicy:
    return OutboundPolicy.of(SecuritySettings().changed(values))


def refusal(decides: OutboundPolicy, address: str, port: int | None = 443, host: str = "x.example") -> str | None:
    return decides.refusal(ip_address(address), port, host)


def test_as_it_comes_private_addresses_are_open() -> None:
    for address in ("10.0.0.1", "127.0.0.1", "::1", "fd12::1", "100.64.0.1", "8.8.8.8", "2606:4700::1"):
        assert refusal(policy(), address) is None


def test_private_addresses_may_be_closed() -> None:
    closed = policy(outbound_private=False)
    assert refusal(closed, "8.8.8.8") is None
    assert refusal(closed, "10.0.0.1") == f"it is a private address, and no rule allows it; {WHERE}"
    assert "this machine itself" in str(refusal(closed, "127.0.0.1"))
    assert "a provider's network" in str(refusal(closed, "100.64.0.1"))
    assert "reserved" in str(refusal(closed, "4000::1"))


@pytest.mark.parametrize("rule", ["10.0.0.0/8", "10.0.0.1", "10.0.0.1:443", "x.example", "*.example", "*:443", "*"])
def test_a_rule_opens_a_private_address(rule: str) -> None:
    assert refusal(policy(outbound_private=False, outbound_allow=[rule]), "10.0.0.1") is None


@pytest.mark.parametrize("rule", ["10.1.0.0/16", "10.0.0.1:80", "y.example", "*.x.example", "*:80", "fd00::/8"])
def test_another_rule_does_not(rule: str) -> None:
    assert refusal(policy(outbound_private=False, outbound_allow=[rule]), "10.0.0.1") is not None


def test_a_rule_with_a_port_is_not_about_pings() -> None:
    some = policy(outbound_private=False, outbound_allow=["10.0.0.1:443"], outbound_deny=["8.8.8.8:53"])
    assert refusal(some, "10.0.0.1", None) is not None
    assert refusal(some, "8.8.8.8", None) is None


def test_what_forbids_wins() -> None:
    both = policy(outbound_allow=["10.0.0.1", "*"], outbound_deny=["10.0.0.0/8"])
    assert refusal(both, "10.0.0.1") == f'the rule "10.0.0.0/8" forbids it; {WHERE}'
    assert refusal(policy(outbound_deny=["*.example"]), "8.8.8.8") == f'the rule "*.example" forbids it; {WHERE}'


@pytest.mark.parametrize("address", ["169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255"])
def test_no_rule_opens_what_is_always_refused(address: str) -> None:
    rules = ["*", "0.0.0.0/0", "::/0", address]
    assert str(refusal(policy(outbound_allow=rules), address)).endswith(", which is always refused")


def test_no_rule_opens_metadata() -> None:
    for address in METADATA_ADDRESSES:
        assert refusal(policy(outbound_allow=["*", str(address)]), str(address)) == (
            "it is a cloud metadata address, which is always refused"
        )


def test_what_matters_is_known_for_the_cache() -> None:
    assert (policy().is_about_ports, policy().is_about_names) == (False, False)
    assert policy(outbound_allow=["10.0.0.1:80"]).is_about_ports
    assert policy(outbound_deny=["*.example"]).is_about_names


def test_own_places_are_found_by_port_and_address() -> None:
    place = OwnPlace("Lightbulb's own database", 5432, "db.example", (ip_address("10.0.0.7"),))
    own = OutboundPolicy.of(SecuritySettings(), [place])
    assert own.own_ports == {5432}
    assert own.own_refusal(ip_address("10.0.0.7"), 5432) == "it is Lightbulb's own database, which is always refused"
    assert own.own_refusal(ip_address("10.0.0.7"), 5433) is None
    assert own.own_refusal(ip_address("10.0.0.8"), 5432) is None
