"""Short-lived tokens of machine clients: JWT (RFC 7519) with HMAC-SHA256, signed by one of several keys."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import jwt

LIFETIME = timedelta(minutes=10)
# So far the clocks of two processes may differ.
LEEWAY = timedelta(seconds=10)
ROTATE_AFTER = timedelta(days=30)
TEXT_LIMIT = 4096
ISSUER = "lightbulb"
_ALGORITHM = "HS256"
_REQUIRED = ("iss", "sub", "iat", "exp", "jti")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that tokens are signed with; `secret` has 256 random bits."""

    kid: str
    secret: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MachineToken:
    """What a good token says: the API key it was made with, and what of that key's permissions it may use.

    Whoever takes it looks up the key each time: a revoked one ends its tokens, too.
    """

    key_id: str
    permissions: frozenset[str]
    token_id: str
    expires_at: datetime


def new_signing_key(now: datetime) -> SigningKey:
    """A fresh key."""
    return SigningKey(secrets.token_hex(8), secrets.token_urlsafe(32), now)


def issue(keys: Sequence[SigningKey], key_id: str, permissions: Collection[str], now: datetime) -> str:
    """A token for the API key `key_id` that is good for ten minutes, signed by the newest of `keys`."""
    newest = max(keys, key=lambda key: key.created_at)
    claims = {
        "iss": ISSUER,
        "sub": key_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(12),
        "scope": " ".join(sorted(permissions)),
    }
    return jwt.encode(claims, newest.secret, _ALGORITHM, headers={"kid": newest.kid})


def read(keys: Iterable[SigningKey], text: str, now: datetime) -> MachineToken | None:
    """What a token says; None when it is expired, not signed by one of `keys`, or no token at all."""
    if len(text) > TEXT_LIMIT:
        return None
    secret_of = {key.kid: key.secret for key in keys}
    try:
        kid = jwt.get_unverified_header(text).get("kid", "")
        claims = _claims(text, secret_of[kid]) if kid in secret_of else None
    except jwt.PyJWTError:
        return None
    return _token(claims, now) if claims else None


def is_rotation_due(keys: Iterable[SigningKey], now: datetime) -> bool:
    """Whether it is time for a new key."""
    newest = max((key.created_at for key in keys), default=None)
    return newest is None or now - newest >= ROTATE_AFTER


def still_needed(keys: Iterable[SigningKey], now: datetime) -> list[SigningKey]:
    """The newest key, and older ones as long as a token that they signed may still be good; newest first."""
    ordered = sorted(keys, key=lambda key: key.created_at, reverse=True)
    needed = ordered[:1]
    for newer, older in pairwise(ordered):
        if now - newer.created_at < LIFETIME + LEEWAY:
            needed.append(older)
    return needed


def _claims(text: str, secret: str) -> Mapping[str, Any]:
    # Times are judged below, by the clock that was passed in.
    options: Any = {"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return jwt.decode(text, secret, algorithms=[_ALGORITHM], issuer=ISSUER, options=options)


def _token(claims: Mapping[str, Any], now: datetime) -> MachineToken | None:
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    issued_at = datetime.fromtimestamp(claims["iat"], UTC)
    if now >= expires_at or issued_at > now + LEEWAY:
        return None
    scope = frozenset(claims.get("scope", "").split())
    return MachineToken(claims["sub"], scope, claims["jti"], expires_at)
