"""Keeping tokens."""

from monitor_app.checks.http.oauth2 import KEPT_LIMIT, Grant, Token, Tokens
from monitor_app.net.tls import TlsOptions


def grant(number: int) -> Grant:
    return Grant("https://login.test/", f"client-{number}", "secret", "", "", TlsOptions(), None)


def test_the_oldest_tokens_make_room() -> None:
    tokens = Tokens(clock=lambda: 0.0)
    for number in range(KEPT_LIMIT + 10):
        tokens._keep(grant(number), Token(f"token-{number}", 1.0), is_in_body=True)
    assert tokens.kept(grant(9)) is None
    assert tokens.kept(grant(10)) == Token("token-10", 1.0)
    assert len(tokens._kept) == len(tokens._in_body) == KEPT_LIMIT


def test_a_token_that_is_renewed_takes_no_room() -> None:
    tokens = Tokens(clock=lambda: 0.0)
    for number in range(KEPT_LIMIT):
        tokens._keep(grant(number), Token("old", 1.0), is_in_body=False)
    tokens._keep(grant(KEPT_LIMIT - 1), Token("new", 1.0), is_in_body=False)
    assert tokens.kept(grant(0)) is not None


def test_only_the_token_that_was_refused_is_forgotten() -> None:
    tokens = Tokens(clock=lambda: 0.0)
    refused, newer = Token("a", 1.0), Token("b", 1.0)
    tokens._keep(grant(1), newer, is_in_body=False)
    tokens.forget(grant(1), refused)
    assert tokens.kept(grant(1)) is newer
    tokens.forget(grant(1), newer)
    assert tokens.kept(grant(1)) is None


def test_neither_grant_nor_token_show_their_secret() -> None:
    assert "secret" not in repr(grant(1)).replace("client_secret", "")
    assert "abc" not in repr(Token("abc", 1.0))
