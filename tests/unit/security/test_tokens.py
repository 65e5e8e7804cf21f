"""Tokens are random, hashed and recognised."""

import hashlib

import pytest

from monitor_app.security.tokens import new_key, new_token, parse_key, token_hash


def test_token_has_256_bits_and_needs_no_quoting() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_hash_is_sha256_in_hex_of_whatever_comes() -> None:
    assert token_hash("abc") == hashlib.sha256(b"abc").hexdigest()
    assert len(token_hash("\ud800 é\0")) == 64


def test_key_is_parsed_into_its_parts() -> None:
    for _ in range(50):
        key = new_key()
        assert parse_key(key.text) == (key.key_id, key.secret)
        assert len(key.key_id) <= 16


def test_key_does_not_show_its_secret() -> None:
    key = new_key()
    assert key.secret not in repr(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lb_",
        "lb__",
        "lb_0123456789ab_short",
        "LB_" + new_key().text[3:],
        new_key().text + "\n",
        new_key().text + "x",
    ],
    ids=["nothing", "beginning", "no parts", "short", "capitals", "new line", "long"],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert parse_key(text) is None
