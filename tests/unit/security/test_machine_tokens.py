"""Tokens of machine clients: good for ten minutes, from one of several keys, and nothing else is taken."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from monitor_app.security.machine_tokens import (
    ISSUER,
    LEEWAY,
    LIFETIME,
    ROTATE_AFTER,
    TEXT_LIMIT,
    SigningKey,
    is_rotation_due,
    issue,
    new_signing_key,
    read,
    still_needed,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = new_signing_key(NOW - timedelta(days=1))
OLDER = new_signing_key(NOW - timedelta(days=31))


def claims(**other: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    return {"iss": ISSUER, "sub": "0123", "iat": at, "exp": at + 600, "jti": "x", "scope": "board:read"} | other


def signed(content: dict[str, Any], secret: str = KEY.secret, algorithm: str = "HS256", kid: str = KEY.kid) -> str:
    return jwt.encode(content, secret, algorithm, headers={"kid": kid})


def test_token_says_what_it_was_made_with() -> None:
    token = read([KEY], issue([KEY], "0123", ["service:write", "board:read"], NOW), NOW)
    assert token is not None
    assert token.key_id == "0123"
    assert token.permissions == {"board:read", "service:write"}
    assert token.expires_at == NOW + LIFETIME
    other = read([KEY], issue([KEY], "0123", [], NOW), NOW)
    assert other is not None
    assert other.permissions == frozenset()
    assert other.token_id != token.token_id


def test_token_ends_after_ten_minutes() -> None:
    text = issue([KEY], "0123", [], NOW)
    assert read([KEY], text, NOW + LIFETIME - timedelta(seconds=1))
    assert read([KEY], text, NOW + LIFETIME) is None


def test_token_of_the_future_is_refused() -> None:
    text = issue([KEY], "0123", [], NOW)
    assert read([KEY], text, NOW - LEEWAY)
    assert read([KEY], text, NOW - LEEWAY - timedelta(seconds=1)) is None


def test_newest_key_signs_and_older_ones_still_count() -> None:
    text = issue([OLDER, KEY], "0123", [], NOW)
    assert jwt.get_unverified_header(text)["kid"] == KEY.kid
    assert read([KEY], text, NOW)
    assert read([KEY, OLDER], issue([OLDER], "0123", [], NOW), NOW)
    assert read([OLDER], text, NOW) is None


def unsigned() -> str:
    parts = ({"alg": "none", "typ": "JWT", "kid": KEY.kid}, claims())
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in claims().items() if key != name}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "x" * (TEXT_LIMIT + 1),
        unsigned(),
        signed(claims(), secret=OLDER.secret),
        signed(claims(), kid="unknown"),
        signed(claims(), algorithm="HS512", secret=KEY.secret * 2),
        signed(claims(iss="somebody else")),
        signed(claims(sub=["0123"])),
        signed(claims(exp="soon")),
        signed(claims(exp=10**30)),
        signed(claims(iat="now")),
        signed(claims(iat=-(10**30))),
        signed(claims(iat=1e999)),
        signed(claims(scope=["board:read"])),
        signed(claims(jti=5)),
        *(signed(without(name)) for name in ("iss", "sub", "iat", "exp", "jti", "scope")),
        jwt.encode(claims(), KEY.secret, "HS256"),
        "é.ü.ö",
        "\ud800",
    ],
)
def test_other_tokens_are_refused(text: str) -> None:
    assert read([KEY, OLDER], text, NOW) is None


def test_forged_header_is_refused() -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": ["a"]}).encode()).decode().rstrip("=")
    _head, _, rest = issue([KEY], "0123", [], NOW).partition(".")
    assert read([KEY], f"{head}.{rest}", NOW) is None


def test_key_does_not_show_its_secret() -> None:
    assert KEY.secret not in repr(KEY)
    assert len(KEY.kid) <= 16


def test_new_key_is_due_when_there_is_none_or_it_is_old() -> None:
    assert is_rotation_due([], NOW)
    assert is_rotation_due([OLDER], NOW)
    assert not is_rotation_due([OLDER, KEY], NOW)
    assert not is_rotation_due([SigningKey("a", "b", NOW - ROTATE_AFTER + timedelta(seconds=1))], NOW)


def test_older_key_is_needed_until_its_last_token_ended() -> None:
    fresh = new_signing_key(NOW)
    assert still_needed([OLDER, fresh, KEY], NOW) == [fresh, KEY]
    assert still_needed([OLDER, fresh, KEY], NOW + LIFETIME + LEEWAY) == [fresh]
    assert still_needed([], NOW) == []
