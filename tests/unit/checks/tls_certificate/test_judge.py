"""A chain is judged by its time and its strength."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.checks.tls_certificate.chain import Link
from monitor_app.checks.tls_certificate.config import Config
from monitor_app.checks.tls_certificate.judge import Finding, good_news, judged
from monitor_app.domain.status import Status
from monitor_app.net.certificate import Certificate

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CONFIG = Config(host="example.org")


def link(
    days: float = 100,
    *,
    name: str = "example.org",
    key: tuple[str, int] = ("EC", 256),
    signature: str = "sha256",
    is_root: bool = False,
    begins_in: float = -30,
) -> Link:
    begin, end = NOW + timedelta(days=begins_in), NOW + timedelta(days=days)
    return Link(Certificate(name, "Authority", (name,), begin, end), "1", "aa", *key, signature, is_root)


def status_of(chain: list[Link], config: Config = CONFIG, *, is_verified: bool = True) -> Status:
    findings = judged(chain, config, NOW, is_verified=is_verified)
    return findings[0].status if findings else Status.OK


@pytest.mark.parametrize(
    ("days", "status", "text"),
    [
        (14, Status.OK, ""),
        (13.99, Status.DEGRADED, "TLS certificate expires in 13 days, on 2026-05-14"),
        (3, Status.DEGRADED, "TLS certificate expires in 3 days, on 2026-05-04"),
        (2.99, Status.FAILED, "TLS certificate expires in 2 days, on 2026-05-03"),
        (0.5, Status.FAILED, "TLS certificate expires in less than a day, on 2026-05-01"),
        (-1.5, Status.FAILED, "TLS certificate has expired on 2026-04-29, 1 day ago"),
    ],
)
def test_days_left_decide(days: float, status: Status, text: str) -> None:
    findings = judged([link(days)], CONFIG, NOW, is_verified=True)
    assert findings == ([Finding(status, text)] if text else [])


def test_zero_days_wait_until_it_has_expired() -> None:
    config = Config(host="example.org", warning_days=0, failure_days=0)
    assert status_of([link(0.01)], config) is Status.OK
    assert status_of([link(-0.01)], config) is Status.FAILED


def test_one_that_has_not_begun_fails() -> None:
    [finding] = judged([link(begins_in=2)], CONFIG, NOW, is_verified=False)
    assert finding == Finding(Status.FAILED, "TLS certificate is not valid yet: it begins on 2026-05-03")


def test_an_issuer_that_expires_first_is_named() -> None:
    [finding] = judged([link(), link(5, name="Between")], CONFIG, NOW, is_verified=True)
    assert finding == Finding(Status.DEGRADED, "certificate of the issuer 'Between' expires in 5 days, on 2026-05-06")


def test_what_a_server_sends_along_is_not_judged_unless_it_is_the_verified_chain() -> None:
    assert status_of([link(), link(-5)], is_verified=False) is Status.OK
    assert status_of([link(), link(-5)], is_verified=True) is Status.FAILED


@pytest.mark.parametrize(
    ("weak", "text"),
    [
        (link(key=("RSA", 2047)), "its RSA key has 2047 bits, less than 2048"),
        (link(key=("EC", 192)), "its EC key has 192 bits, less than 224"),
        (link(key=("DSA", 3072)), "its key is of the kind DSA, which nobody should use any more"),
        (link(signature="sha1"), "its signature uses SHA-1"),
        (link(signature="md5"), "its signature uses MD5"),
    ],
)
def test_weakness_is_told_and_judged_as_configured(weak: Link, text: str) -> None:
    assert judged([weak], CONFIG, NOW, is_verified=True) == [
        Finding(Status.DEGRADED, f"TLS certificate is weak: {text}")
    ]
    assert status_of([weak], Config(host="a", weak="failed")) is Status.FAILED
    assert status_of([weak], Config(host="a", weak="ignored")) is Status.OK


@pytest.mark.parametrize(
    "strong",
    [
        link(key=("RSA", 2048)),
        link(key=("EC", 224)),
        link(key=("Ed25519", 256), signature=""),
        link(signature="sha1", is_root=True),
        link(key=("", 0), signature=""),
    ],
)
def test_strength_is_enough_from_the_limit_on(strong: Link) -> None:
    assert status_of([strong]) is Status.OK


def test_the_worst_comes_first() -> None:
    findings = judged([link(10, signature="sha1")], Config(host="a", weak="failed"), NOW, is_verified=True)
    assert [finding.status for finding in findings] == [Status.FAILED, Status.DEGRADED]


def test_good_news_say_how_long() -> None:
    assert good_news(link(60.5), NOW) == "valid for 60 days (until 2026-06-30), issued by 'Authority'"
