"""Short-lived tokens of machine clients: JWT (RFC 7519) with HMAC-SHA256, signed by one of several keys."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

LIFETIME = timedelta(minutes=10)
# So far the clocks of two processes may differ.
LEEWAY = timedelta(seconds=10)
ROTATE_AFTER = timedelta(days=30)
TEXT_LIMIT = 4096
ISSUER = "lightbulb"
_ALGORITHM = "HS256"
# What a datetime can hold, roughly: the year 2500.
_Seconds = Annotated[int, Field(ge=0, lt=1 << 34)]


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
    if len(text) > TEXT_LIMIT or not text.isascii():
        return None
    secret_of = {key.kid: key.secret for key in keys}
    try:
        kid = jwt.get_unverified_header(text).get("kid", "")
        claims = _claims(text, secret_of[kid]) if kid in secret_of else None
    except (jwt.PyJWTError, ValidationError):
        return None
    if claims is None or now.timestamp() >= claims.exp or now.timestamp() + LEEWAY.total_seconds() < claims.iat:
        return None
    expires_at = datetime.fromtimestamp(claims.exp, UTC)
    return MachineToken(claims.sub, frozenset(claims.scope.split()), claims.jti, expires_at)


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


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True)

    sub: str
    iat: _Seconds
    exp: _Seconds
    jti: str
    scope: str


def _claims(text: str, secret: str) -> _Claims:
    # Times are judged by the clock that was passed in.
    options: Any = {"require": ["iss"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    return _Claims.model_validate(jwt.decode(text, secret, algorithms=[_ALGORITHM], issuer=ISSUER, options=options))
