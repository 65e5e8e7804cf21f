"""Where a request comes from, behind proxies and in front of liars."""

from typing import Any

import pytest

from monitor_app.api.doorman.proxies import TrustedProxies, parse_hop
from monitor_app.settings.values import networks

TRUSTED = TrustedProxies(networks("127.0.0.1, 10.0.0.0/8, 2001:db8:1::/48"))


def scope(peer: str | None, *headers: tuple[str, str], kind: str = "http") -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scheme = "http" if kind == "http" else "ws"
    return {"type": kind, "scheme": scheme, "client": peer and (peer, 4711), "headers": [(b"host", b"x"), *raw]}


def forwarded(*hops: str) -> tuple[str, str]:
    return ("X-Forwarded-For", ", ".join(hops))


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9", "10.1.2.3"], "203.0.113.9"),
        (["127.0.0.1", "203.0.113.9"], "203.0.113.9"),  # the first was made up
        (["8.8.8.8", "203.0.113.9", "10.1.2.3", "10.0.0.1"], "203.0.113.9"),
        (["10.9.9.9", "10.1.2.3"], "10.9.9.9"),  # all of them ours
        (["203.0.113.9:51234"], "203.0.113.9"),
        (["[2001:db8::7]:443"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9", "unknown"], "127.0.0.1"),
        (["203.0.113.9", ""], "127.0.0.1"),
        (["203.0.113.9", "nonsense", "10.1.2.3"], "10.1.2.3"),
        (["203.0.113.9; DROP TABLE"], "127.0.0.1"),
    ],
)
def test_first_from_the_end_who_is_no_proxy_counts(hops: list[str], client: str) -> None:
    assert TRUSTED.resolved(scope("127.0.0.1", forwarded(*hops)))["client"] == (client, 4711)


def test_header_given_twice_is_one_list() -> None:
    found = TRUSTED.resolved(scope("127.0.0.1", forwarded("1.1.1.1"), forwarded("203.0.113.9")))
    assert found["client"][0] == "203.0.113.9"


def test_proxy_tells_the_scheme() -> None:
    told = [forwarded("203.0.113.9"), ("X-Forwarded-Proto", "http, https")]
    assert TRUSTED.resolved(scope("127.0.0.1", *told))["scheme"] == "https"
    assert TRUSTED.resolved(scope("127.0.0.1", *told, kind="websocket"))["scheme"] == "wss"
    assert TRUSTED.resolved(scope("127.0.0.1", ("X-Forwarded-Proto", "gopher")))["scheme"] == "http"


@pytest.mark.parametrize("peer", ["203.0.113.1", "11.0.0.1", "2001:db8:2::1", "granian", None])
def test_others_are_not_believed(peer: str | None) -> None:
    said = scope(
        peer,
        forwarded("127.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("CF-Connecting-IP", "127.0.0.1"),
    )
    found = TRUSTED.resolved(said)
    assert (found["client"], found["scheme"]) == (said["client"], "http")
    assert found["headers"] == [(b"host", b"x")]


def test_nobody_is_believed_by_default(caplog: pytest.LogCaptureFixture) -> None:
    proxies = TrustedProxies([])
    for _ in range(3):
        assert proxies.resolved(scope("127.0.0.1", forwarded("203.0.113.9")))["client"][0] == "127.0.0.1"
    assert len(caplog.records) == 1


def test_what_comes_straight_is_left_alone() -> None:
    plain = scope("203.0.113.1")
    assert TRUSTED.resolved(plain) is plain
    assert TRUSTED.resolved(scope("::ffff:203.0.113.1"))["client"] == ("203.0.113.1", 4711)


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[::1", "0x7f.1", "fe80::1%eth0%x"])
def test_what_is_no_address(text: str) -> None:
    assert parse_hop(text) is None or text == "[::1"
