"""How a dns check is configured."""

from typing import Any

import pytest

from monitor_app.checks.dns.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry


def refused(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()["dns"].parse({"name": "example.org"} | values)
    return caught.value.fields


def test_only_the_name_is_required() -> None:
    config = Config(name="Example.org.")
    assert (config.name, config.record_type, config.expected, config.match) == ("example.org", "A", "", "exactly")
    assert (config.resolver, config.port, config.tcp_only, config.deadline_seconds) == ("", 53, False, 5.0)


def test_names_with_underscores_and_other_letters_are_taken() -> None:
    assert Config(name="_dmarc.Bücher.example").name == "_dmarc.xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "must name a host"),
        ("-example.org", "does not begin with '-'"),
        ("exam ple.org", "without spaces"),
        ("example.org\n.test", "without spaces and line breaks"),
        ("example.org\x00", "without control characters"),
        ("192.0.2.1", "must be a name, not an address, got '192.0.2.1'"),
        ("2001:db8::1", "must be a name, not an address"),
        ("a" * 64, "1-63 characters"),
        (5, "must be text, got 5"),
    ],
)
def test_wrong_names_are_refused(name: Any, message: str) -> None:
    assert message in refused(name=name)["name"]


@pytest.mark.parametrize(
    ("record_type", "value", "message"),
    [
        ("A", "2001:db8::1", "must be an IPv4 address such as 192.0.2.1, got '2001:db8::1'"),
        ("AAAA", "192.0.2.1", "must be an IPv6 address"),
        ("MX", "ten mail.example.org", "must be a preference and a name"),
        ("SRV", "1 2 www.example.org", "must be priority, weight, port and target"),
        ("CAA", "issue", "must be flags, tag and value"),
        ("SOA", "ns.example.org", "must be name server, mailbox"),
        ("NS", "a..b", "must be a name"),
        ("TXT", '"open', "must be a text"),
        ("A", "192.0.2.1\nnonsense", "got 'nonsense'"),
        ("A", "\n".join(f"192.0.2.{number}" for number in range(51)), "must be at most 50 values, got 51"),
        ("TXT", "x" * 5000, "must have values of at most 4096 characters, got 5000"),
        ("A", [1], "must be text"),
    ],
)
def test_wrong_expectations_are_refused(record_type: str, value: Any, message: str) -> None:
    assert message in refused(record_type=record_type, expected=value)["expected"]


def test_expected_values_may_be_a_list_or_lines() -> None:
    assert Config(name="a.test", expected=["192.0.2.1", " 192.0.2.2 "]).expected == "192.0.2.1\n192.0.2.2"
    config = Config(name="a.test", record_type="MX", expected="10  MAIL.test.\n\nOther.test")
    assert config.expected_values == ("10 mail.test", "other.test")


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"record_type": "PTR"}, "record_type", "must be one of"),
        ({"record_type": "A", "name": "."}, "record_type", "must be NS or SOA for the root, got A"),
        ({"name": "."}, "record_type", "must be NS or SOA for the root, got A"),
        ({"match": "all"}, "match", "must be one of"),
        ({"must_not_exist": True, "expected": "192.0.2.1"}, "must_not_exist", "must be off when values are expected"),
        ({"must_not_exist": "perhaps"}, "must_not_exist", "must be true or false"),
        ({"resolver": "-9.9.9.9"}, "resolver", "does not begin with '-'"),
        ({"resolver": "a b"}, "resolver", "without spaces"),
        ({"resolver": "9.9.9.9", "port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"port": 5353}, "port", "must be 53 unless a resolver is named, got 5353"),
        ({"deadline_seconds": 121}, "deadline_seconds", "must be at most 120"),
    ],
)
def test_wrong_and_conflicting_fields_are_refused(values: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**values)[field]


def test_target_and_limit_key() -> None:
    config = Config(name="example.org", record_type="MX", resolver="2001:db8::1")
    assert (config.target, config.limit_key) == ("example.org MX at 2001:db8::1", "[2001:db8::1]:53")
    assert (Config(name="a.test").target, Config(name="a.test").limit_key) == ("a.test A", "a.test:53")


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("dns:example.org", {"name": "example.org"}),
        ("DNS:example.org?type=mx", {"name": "example.org", "record_type": "MX"}),
        ("dns:example.org?class=IN;type=TXT", {"name": "example.org", "record_type": "TXT"}),
        ("dns://9.9.9.9/example.org?type=MX", {"name": "example.org", "record_type": "MX", "resolver": "9.9.9.9"}),
        ("dns://[::1]:5353/example.org", {"name": "example.org", "resolver": "::1", "port": 5353}),
        ("9.9.9.9:53", {"name": ".", "record_type": "NS", "resolver": "9.9.9.9"}),
    ],
)
def test_addresses_become_configs(address: str, fields: dict[str, Any]) -> None:
    assert Config.from_address(address) == [Config(**fields)]


@pytest.mark.parametrize("address", ["dns:5353", "example.org", "example.org:5353", "https://example.org:53", "::53"])
def test_addresses_of_others_are_left_to_them(address: str) -> None:
    assert Config.from_address(address) == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("dns:", "must name a host"),
        ("dns:example.org?type=PTR", "must have a type of A, AAAA"),
        ("dns:example.org?colour=red", "got 'colour=red'"),
        ("dns://9.9.9.9:70000/example.org", "must have a port from 1 to 65535"),
        ("dns:-example.org", "does not begin with '-'"),
        ("-x:53", "does not begin with '-'"),
    ],
)
def test_wrong_addresses_are_refused(address: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Config.from_address(address)
    assert message in caught.value.fields["address"]
