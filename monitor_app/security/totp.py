"""The second factor: codes that change each half minute (RFC 6238), and recovery codes for when the phone is lost."""

import base64
import hashlib
import secrets
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
# So many steps a phone's clock may be off, in each direction.
DRIFT_STEPS = 1
RECOVERY_CODES = 10
# 80 bits: 16 characters of base 32.
RECOVERY_BYTES = 10
RECOVERY_GROUP = 4

# Base 32 has no 0 and no 1, so whoever reads one means the letter that looks like it.
_MISREAD = str.maketrans("01", "ol", "- \t")


def new_secret() -> str:
    """160 random bits in base 32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def uri(secret: str, username: str, issuer: str) -> str:
    """The `otpauth://` address that authenticator apps take."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=issuer)


def qr_svg(uri: str) -> str:
    """A text as a QR code: an SVG picture in a `data:` address, black on white with its quiet zone in any theme."""
    code = segno.make(uri, error="m", micro=False)
    return code.svg_data_uri(scale=4, border=4, light="#fff", dark="#000", omitsize=True)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, the present one or a neighbour; None when it is no such code.

    Whoever asks stores the step and takes none that is not later, so that each code works once. Spaces in `code` do
    not matter.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    # All are compared, each in constant time: how long it takes says nothing.
    for step in range(max(present - DRIFT_STEPS, 0), present + DRIFT_STEPS + 1):
        if secrets.compare_digest(totp.generate_otp(step), typed):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, in groups of four characters."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """SHA-256 in hex of a recovery code, however it was typed: case, spaces, dashes, and 0 or 1 for O or L are one."""
    plain = code.strip().lower().translate(_MISREAD)
    return hashlib.sha256(plain.encode(errors="surrogatepass")).hexdigest()


def _grouped(raw: bytes) -> str:
    text = base64.b32encode(raw).decode("ascii").lower()
    return "-".join(text[at : at + RECOVERY_GROUP] for at in range(0, len(text), RECOVERY_GROUP))
