"""The second factor's codes, their QR code, and recovery codes."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree

import pyotp
import pytest

from monitor_app.security.totp import (
    RECOVERY_CODES,
    STEP_SECONDS,
    matching_step,
    new_recovery_codes,
    new_secret,
    qr_svg,
    recovery_hash,
    uri,
)

# The secret of RFC 6238, appendix B, in base 32; there are 8 digits, of which these are the last 6.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(RFC_SECRET, code, now) == seconds // STEP_SECONDS


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clock_of_a_phone_may_be_one_step_off(steps: int, is_taken: bool) -> None:
    now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    secret = new_secret()
    code = pyotp.TOTP(secret).at(now + timedelta(seconds=steps * STEP_SECONDS))
    step = int(now.timestamp()) // STEP_SECONDS + steps
    assert matching_step(secret, code, now) == (step if is_taken else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1.2345", "\0" * 6])
def test_what_is_no_code_is_no_error(code: str) -> None:
    assert matching_step(RFC_SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_code_may_be_typed_in_groups() -> None:
    assert matching_step(RFC_SECRET, " 287 082 ", datetime.fromtimestamp(59, UTC)) == 1


def test_first_second_of_all_time_has_no_step_before() -> None:
    assert matching_step(RFC_SECRET, "000000", datetime.fromtimestamp(0, UTC)) is None


def test_secret_has_160_bits() -> None:
    assert len(base64.b32decode(new_secret())) == 20
    assert new_secret() != new_secret()


def test_address_names_issuer_and_user() -> None:
    parsed = pyotp.parse_uri(uri(RFC_SECRET, "jo@example.org", "Lightbulb: Köln"))
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.name, parsed.issuer, parsed.secret) == ("jo@example.org", "Lightbulb: Köln", RFC_SECRET)


def test_qr_code_is_a_picture_in_an_address() -> None:
    address = qr_svg(uri(RFC_SECRET, "jo", "Lightbulb"))
    head, _, body = address.partition(",")
    assert head == "data:image/svg+xml;charset=utf-8"
    picture = ElementTree.fromstring(unquote(body))
    assert picture.tag.endswith("svg")
    assert "#fff" in unquote(body)


def test_recovery_codes_are_ten_of_80_bits() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES == 10
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert len(base64.b32decode(code.replace("-", "").upper())) * 8 == 80


@pytest.mark.parametrize("typed", ["ABOL-CDEF", "  abol cdef\n", "ab01cdef", "AB0L - CDEF"])
def test_recovery_code_is_known_however_it_is_typed(typed: str) -> None:
    assert recovery_hash(typed) == recovery_hash("abol-cdef")


def test_other_recovery_codes_have_other_hashes() -> None:
    assert recovery_hash("abol-cdeg") != recovery_hash("abol-cdef")
    assert len(recovery_hash("\ud800")) == 64
