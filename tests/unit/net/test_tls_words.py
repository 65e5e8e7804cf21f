"""OpenSSL's complaints in words."""

import ssl
from datetime import UTC, datetime

import pytest

from monitor_app.net.certificate import Certificate
from monitor_app.net.tls_words import certificate_problem, in_words

NOW = datetime(2026, 3, 10, tzinfo=UTC)
IN_TIME = datetime(2026, 2, 10, tzinfo=UTC)
CERTIFICATE = Certificate(
    "a.example",
    "Company Root",
    ("a.example", "b.example"),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (10, "TLS certificate has expired on 2026-03-01, 9 days ago"),
        (9, "TLS certificate is not valid yet: it begins on 2026-01-01"),
        (62, "TLS certificate is not for x.example: it is for a.example, b.example"),
        (64, "TLS certificate is not for x.example: it is for a.example, b.example"),
        (18, "TLS certificate is self-signed by 'a.example'"),
        (19, "TLS certificate is from an unknown issuer ('Company Root'): its root is not trusted here"),
        (23, "TLS certificate is refused: certificate revoked"),
    ],
)
def test_what_is_wrong_with_a_certificate(code: int, message: str) -> None:
    now = NOW if code == 10 else IN_TIME
    assert certificate_problem(code, "certificate revoked", "x.example", CERTIFICATE, now) == message


@pytest.mark.parametrize("code", [18, 19, 20, 21])
def test_one_that_is_not_trusted_and_expired_tells_both(code: int) -> None:
    message = certificate_problem(code, "", "x.example", CERTIFICATE, NOW)
    assert message.startswith("TLS certificate has expired on 2026-03-01, 9 days ago, and is ")


def test_without_the_certificate_the_problem_is_still_told() -> None:
    assert certificate_problem(10, "", "x.example", None, None) == "TLS certificate has expired"
    assert certificate_problem(62, "", "x.example", None, None) == "TLS certificate is not for x.example"
    assert "does not send the whole chain" in certificate_problem(20, "", "x.example", None, None)


def test_many_names_are_cut_short() -> None:
    names = tuple(f"{number}.example" for number in range(9))
    certificate = Certificate("s", "i", names, NOW, NOW)
    message = certificate_problem(62, "", "x.example", certificate, NOW)
    assert message.endswith("it is for 0.example, 1.example, 2.example and 6 more")


def test_an_unknown_reason_is_told_as_openssl_names_it() -> None:
    error = ssl.SSLError(1, "whatever")
    error.reason = "SOME_NEW_THING"
    assert in_words(error, "x.example") == "TLS failed: some new thing"
