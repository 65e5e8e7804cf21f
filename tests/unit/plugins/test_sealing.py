"""Secrets of a document are sealed where they stand, and nothing else is."""

import json
from typing import Any

import pytest

from monitor_app.errors import SecretUnreadable
from monitor_app.plugins.sealing import (
    SEALED,
    holds_sealed,
    is_sealed,
    masked,
    readable,
    resealed,
    sealed,
    tokens_of,
    unsealed,
)

CONFIG: dict[str, Any] = {
    "url": "https://example.org/",
    "password": "hunter2",
    "token": "",
    "headers": {"Authorization": "Bearer hunter2", "Accept": "text/html", "Cookie": ""},
    "steps": [{"name": "one", "api_key": "hunter2"}, "text", ["deep", {"password": ["a", "b"]}]],
    "retries": 3,
}
SECRET_FIELDS = {"password", "token", "client_key"}


class Reverser:
    """Seals by writing backwards, and counts, so that no two tokens are alike."""

    count = 0

    def seal(self, text: str) -> str:
        Reverser.count += 1
        return f"{Reverser.count}:{text[::-1]}"

    def unseal(self, token: str) -> str:
        if ":" not in token:
            raise SecretUnreadable("lost")
        return token.partition(":")[2][::-1]


def test_secrets_are_sealed_and_nothing_else() -> None:
    found = sealed(CONFIG, SECRET_FIELDS, Reverser())
    assert "hunter2" not in json.dumps(found)
    assert masked(found) == CONFIG | {
        "password": "***",
        "headers": {"Authorization": "***", "Accept": "text/html", "Cookie": ""},
        "steps": [{"name": "one", "api_key": "***"}, "text", ["deep", {"password": "***"}]],
    }
    assert unsealed(found, Reverser().unseal) == CONFIG


def test_unchanged_secrets_keep_their_tokens() -> None:
    before = sealed(CONFIG, SECRET_FIELDS, Reverser())
    assert sealed(CONFIG, SECRET_FIELDS, Reverser(), before) == before
    changed = sealed(CONFIG | {"password": "new"}, SECRET_FIELDS, Reverser(), before)
    assert changed["headers"] == before["headers"]
    assert changed["steps"] == before["steps"]
    assert changed["password"] != before["password"]


def test_what_is_sealed_already_stays() -> None:
    once = sealed(CONFIG, SECRET_FIELDS, Reverser())
    assert sealed(once, SECRET_FIELDS, Reverser()) == once


def test_secret_whose_old_token_is_lost_is_sealed_anew() -> None:
    found = sealed({"password": "new"}, SECRET_FIELDS, Reverser(), {"password": {SEALED: "lost"}})
    assert unsealed(found, Reverser().unseal) == {"password": "new"}


@pytest.mark.parametrize("before", [{"steps": "text"}, {"headers": []}, {"steps": [1]}, {"password": {"a": 1}}])
def test_shape_of_the_old_config_does_not_matter(before: dict[str, Any]) -> None:
    assert unsealed(sealed(CONFIG, SECRET_FIELDS, Reverser(), before), Reverser().unseal) == CONFIG


def test_only_an_object_with_that_one_name_and_a_text_is_sealed() -> None:
    assert is_sealed({SEALED: "token"})
    assert not is_sealed({SEALED: 1})
    assert not is_sealed({SEALED: "token", "more": 1})
    assert not is_sealed("token")


def test_anything_that_looks_sealed_is_noticed() -> None:
    assert holds_sealed({"a": [1, {"b": {SEALED: 5}}]})
    assert not holds_sealed({"a": [1, {"b": "$sealed"}]})


def test_tokens_are_found_and_exchanged() -> None:
    document = {"a": {SEALED: "one"}, "b": [{"c": {SEALED: "two"}}]}
    assert tokens_of(document) == ["one", "two"]
    assert resealed(document, str.upper) == {"a": {SEALED: "ONE"}, "b": [{"c": {SEALED: "TWO"}}]}


def test_lost_secrets_are_as_if_they_had_never_been_set() -> None:
    kept = {SEALED: Reverser().seal('"x"')}
    document = {"password": {SEALED: "lost"}, "headers": {"Cookie": {SEALED: "lost"}, "A": "b", "X-Api-Key": kept}}
    assert readable(document, Reverser().unseal) == {"headers": {"A": "b", "X-Api-Key": kept}}
