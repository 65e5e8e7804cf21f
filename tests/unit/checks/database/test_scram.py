"""SCRAM-SHA-256 against servers that cheat; that it works is tested against a real one."""

import base64

import pytest

from monitor_app.checks.database.scram import Scram, prepared
from monitor_app.checks.database.session import LoginRefused
from monitor_app.net.failures import BadAnswer

SALT = base64.b64encode(b"salt of the test").decode()


def nonce_of(scram: Scram) -> str:
    return scram.first().decode().partition("r=")[2]


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "nonsense",
        "r=other,s={salt},i=4096",
        "r={nonce},s={salt},i=4096",  # adds nothing of its own
        "r={nonce}x,s=?,i=4096",
        "r={nonce}x,s={salt},i=many",
        "r={nonce}x,s={salt}",
    ],
)
async def test_a_wrong_challenge_is_refused(challenge: str) -> None:
    scram = Scram("otter")
    with pytest.raises(BadAnswer):
        await scram.final(challenge.format(nonce=nonce_of(scram), salt=SALT).encode())


@pytest.mark.parametrize("rounds", ["0", "-1", "600001", "99999999999"])
async def test_endless_hashing_is_refused(rounds: str) -> None:
    scram = Scram("otter")
    with pytest.raises(LoginRefused, match=f"the server wants {rounds} rounds of hashing, more than 600000"):
        await scram.final(f"r={nonce_of(scram)}x,s={SALT},i={rounds}".encode())


@pytest.mark.parametrize("signature", [b"", b"v=", b"v=" + base64.b64encode(bytes(32)), b"e=other-error"])
async def test_a_server_that_does_not_know_the_password_is_refused(signature: bytes) -> None:
    scram = Scram("otter")
    with pytest.raises(LoginRefused, match="does not know the password itself"):
        scram.check_server(signature)
    await scram.final(f"r={nonce_of(scram)}x,s={SALT},i=4096".encode())
    with pytest.raises(LoginRefused, match="does not know the password itself"):
        scram.check_server(signature)


def test_passwords_are_prepared() -> None:
    assert prepared("otter") == b"otter"
    assert prepared("o\u00adt\u00a0\u2168") == b"ot IX"
