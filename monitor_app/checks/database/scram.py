"""SCRAM-SHA-256 (RFC 5802, RFC 7677): proves to know a password without telling it, and that the server knows it."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata

from monitor_app.checks.database.session import LoginRefused
from monitor_app.net.failures import BadAnswer

MECHANISM = "SCRAM-SHA-256"
# Who asks for more wants to keep us busy.
ITERATIONS_LIMIT = 600_000


class Scram:
    """One log-in."""

    def __init__(self, password: str) -> None:
        self._password = prepared(password)
        self._nonce = secrets.token_urlsafe(18)
        self._signature = b""

    def first(self) -> bytes:
        """The first message: without channel binding, and without the user, whom the server knows."""
        return f"n,,n=,r={self._nonce}".encode()

    async def final(self, server_first: bytes) -> bytes:
        """The answer to the server's challenge. Raises BadAnswer and LoginRefused."""
        try:
            facts = dict(part.split("=", 1) for part in server_first.decode("ascii").split(","))
            nonce, salt, iterations = facts["r"], base64.b64decode(facts["s"], validate=True), int(facts["i"])
        except (ValueError, KeyError, binascii.Error) as err:
            raise BadAnswer("the server's part of the log-in is not SCRAM") from err
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise BadAnswer("the server's part of the log-in is not SCRAM")
        if not 1 <= iterations <= ITERATIONS_LIMIT:
            raise LoginRefused(f"the server wants {iterations} rounds of hashing, more than {ITERATIONS_LIMIT}")
        salted = await asyncio.to_thread(hashlib.pbkdf2_hmac, "sha256", self._password, salt, iterations)
        client_key = _hmac(salted, b"Client Key")
        without_proof = f"c=biws,r={nonce}"
        message = f"n=,r={self._nonce},".encode() + server_first + b"," + without_proof.encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
        self._signature = _hmac(_hmac(salted, b"Server Key"), message)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check_server(self, server_final: bytes) -> None:
        """Raises LoginRefused when the server does not know the password itself."""
        expected = b"v=" + base64.b64encode(self._signature)
        if not self._signature or not hmac.compare_digest(server_final, expected):
            raise LoginRefused("the server does not know the password itself: it is not the one it seems to be")


def prepared(password: str) -> bytes:
    """SASLprep (RFC 4013), without its prohibitions, which PostgreSQL leaves out, too."""
    if password.isascii():
        return password.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(character) else character
        for character in password
        if not stringprep.in_table_b1(character)
    )
    return unicodedata.normalize("NFKC", mapped).encode()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
