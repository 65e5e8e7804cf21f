"""Secrets that this program makes itself: session tokens, links, API keys. Only their hashes are ever stored."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

TOKEN_BYTES = 32
# 48 bits: enough for a name that nobody guesses and that is still readable in a list.
KEY_ID_BYTES = 6

_KEY = re.compile(r"lb_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key at the only moment when it is known whole.

    `key_id` is public, `secret` is what to store the `token_hash()` of, `text` is what its owner gets to see once.
    """

    key_id: str
    secret: str = field(repr=False)
    text: str = field(repr=False)


def new_token() -> str:
    """256 random bits as 43 characters that need no quoting in URLs and cookies."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """SHA-256 in hex. Needs neither salt nor slowness: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def new_key() -> NewKey:
    """A fresh `lb_<key_id>_<secret>`. The prefix lets scanners of leaked secrets recognise it."""
    key_id, secret = secrets.token_hex(KEY_ID_BYTES), new_token()
    return NewKey(key_id, secret, f"lb_{key_id}_{secret}")


def parse_key(text: str) -> tuple[str, str] | None:
    """`(key_id, secret)` of what `new_key()` made; None for everything else."""
    match = _KEY.fullmatch(text)
    return (match[1], match[2]) if match else None
