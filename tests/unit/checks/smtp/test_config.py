"""What may be entered for a mail server (smtp)."""

from typing import Any

import pytest

from monitor_app.checks.smtp.config import Config
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry

KIND = KindRegistry()["smtp"]


def messages(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        KIND.parse({"host": "mail.example.org"} | values)
    return dict(caught.value.fields)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"host": ""}, "host", "must name a host"),
        ({"host": "-mail"}, "host", "must have a host that does not begin with '-', got '-mail'"),
        ({"host": "a\nb"}, "host", "must have a host without spaces and line breaks"),
        ({"host": 25}, "host", "must be text, got 25"),
        ({"port": 0}, "port", "must be at least 1, got 0"),
        ({"port": 70000}, "port", "must be at most 65535, got 70000"),
        ({"tls": "perhaps"}, "tls", "must be one of 'none', 'starttls' or 'tls', got 'perhaps'"),
        ({"verify_tls": "perhaps"}, "verify_tls", "must be true or false, got 'perhaps'"),
        ({"user": "anna"}, "password", "is required with a user"),
        ({"password": "toad"}, "user", "is required with a password"),
        ({"user": "a\r\nb", "password": "toad"}, "user", "must not contain control characters and line breaks"),
        ({"user": "a", "password": "toad", "tls": "none"}, "tls", "must be starttls or tls to log in, unless"),
        ({"colour": "red"}, "colour", "is not a field of this kind"),
    ],
)
def test_wrong_input_is_told_at_its_field(values: dict[str, Any], field: str, message: str) -> None:
    assert messages(**values)[field].startswith(message)


def test_wrong_passwords_are_not_repeated() -> None:
    for password in ("to\nad-1234", 1234, "1234" * 300):
        assert "1234" not in str(messages(user="anna", password=password))


def test_the_password_is_in_no_representation() -> None:
    config = Config(host="mail", user="anna", password="shy-toad ")
    assert "toad" not in repr(config) + str(config) + config.target + config.limit_key
    assert config.password == "shy-toad "


def test_logging_in_without_tls_can_be_allowed() -> None:
    assert Config(host="mail", tls="none", user="a", password="b", allow_plain_login=True).tls == "none"


def test_ports_follow_the_encryption() -> None:
    ports = [Config(host="mail", tls=tls).port_number for tls in ("none", "starttls", "tls")]
    assert ports == [25, 587, 465]
    assert Config(host="::1", port=2525).target == "[::1]:2525"


@pytest.mark.parametrize(
    ("address", "ways"),
    [
        ("smtp://mail", ["starttls mail:25", "none mail:25"]),
        ("SMTP://mail:2525", ["starttls mail:2525", "none mail:2525"]),
        ("submission://mail", ["starttls mail:587"]),
        ("smtps://a:b@mail", ["tls mail:465 a"]),
        ("mail:25", ["starttls mail:25", "none mail:25"]),
        ("192.0.2.1:587", ["starttls 192.0.2.1:587", "none 192.0.2.1:587"]),
        ("[2001:db8::1]:465", ["tls [2001:db8::1]:465"]),
    ],
)
def test_pasted_addresses_are_understood(address: str, ways: list[str]) -> None:
    found = [f"{config.tls} {config.target} {config.user}".strip() for config in Config.from_address(address)]
    assert found == ways


@pytest.mark.parametrize(
    "address", ["mail.example.org", "mail:2525", "https://mail:25", "mail:10025", "a b:25", "a b:143", ""]
)
def test_other_addresses_are_left_to_others(address: str) -> None:
    assert Config.from_address(address) == []


def test_passwords_in_addresses_are_taken_and_never_told() -> None:
    (config,) = Config.from_address("smtp://anna:to%40ad@mail")
    assert (config.user, config.password, config.tls) == ("anna", "to@ad", "starttls")
    for address in ("smtp://anna:toad@mail:99999", "smtp://anna:toad@-x", "smtp://:toad@mail"):
        with pytest.raises(InvalidInput) as caught:
            Config.from_address(address)
        assert "toad" not in str(caught.value.fields)
