"""Reading certificates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.net.certificate import _name, read_certificate
from tests.servers.certificates import Authority, self_signed


def test_names_issuer_and_dates_are_read() -> None:
    issued = Authority("Company Root").issue("a.example", "*.b.example", "127.0.0.1", "::1")
    certificate = read_certificate(issued.der)
    assert certificate.subject == "a.example"
    assert certificate.issuer == "Company Root"
    assert certificate.names == ("a.example", "*.b.example", "127.0.0.1", "::1")
    assert certificate.not_before == issued.certificate.not_valid_before_utc
    assert certificate.not_after == issued.certificate.not_valid_after_utc


def test_dates_after_2049_are_read() -> None:
    """From 2050 on, dates are written with four digits of the year."""
    issued = Authority().issue("a.example", ends_in=timedelta(days=365 * 40))
    assert read_certificate(issued.der).not_after == issued.certificate.not_valid_after_utc


def test_days_left_are_negative_after_the_end() -> None:
    certificate = read_certificate(Authority().issue("a.example", ends_in=timedelta(days=-3)).der)
    assert certificate.days_left(datetime.now(UTC)) == pytest.approx(-3, abs=0.01)


def test_self_signed_names_itself_as_issuer() -> None:
    certificate = read_certificate(self_signed("box.local").der)
    assert certificate.issuer == certificate.subject == "box.local"


def test_nothing_in_a_certificate_can_steer_a_terminal() -> None:
    issued = Authority("\x1b]0;owned\x07\u202eRoot").issue("\x1b[2Ja.example")
    certificate = read_certificate(issued.der)
    assert certificate.subject == "\\x1b[2Ja.example"
    assert certificate.issuer == "\\x1b]0;owned\\x07\\u202eRoot"
    assert certificate.names == ("\\x1b[2Ja.example",)


def test_huge_certificates_are_not_kept() -> None:
    usual = Authority().issue("a.example").der
    assert read_certificate(usual) is read_certificate(usual)
    huge = Authority().issue(*(f"host-{number}.example" for number in range(1500))).der
    assert read_certificate(huge) is not read_certificate(huge)
    assert len(read_certificate(huge).names) == 1000


def test_texts_of_a_certificate_have_a_bound() -> None:
    organisation = der(0x0C, b"x" * 100_000)
    assert len(_name(der(0x31, der(0x30, der(0x06, bytes.fromhex("55040a")) + organisation)))) == 253


def der(tag: int, content: bytes) -> bytes:
    """One DER element."""
    return bytes([tag, 0x84]) + len(content).to_bytes(4) + content


def test_a_certificate_that_is_cut_off_is_refused() -> None:
    der = self_signed("box.local").der
    for length in (0, 1, 5, len(der) // 2, len(der) - 1):
        with pytest.raises(ValueError, match="not a certificate"):
            read_certificate(der[:length])


@given(st.binary(max_size=200))
def test_garbage_never_breaks_anything_but_the_reading(data: bytes) -> None:
    try:
        read_certificate(data)
    except ValueError:
        return
