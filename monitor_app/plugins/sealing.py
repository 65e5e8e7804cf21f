"""Secrets inside a stored document: each is `{"$sealed": "<token>"}` in place of its value, whatever type that had."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from monitor_app.errors import SecretUnreadable
from monitor_app.redact import MASK, is_secret_name

SEALED = "$sealed"


class Sealer(Protocol):
    """Encrypts texts, and decrypts what it encrypted."""

    def seal(self, text: str) -> str:
        """The text as a token that nobody reads without the key."""
        ...

    def unseal(self, token: str) -> str:
        """The text of a token. Raises SecretUnreadable."""
        ...


def is_sealed(value: object) -> bool:
    """Whether this stands for a secret."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(SEALED), str)


def holds_sealed(document: object) -> bool:
    """Whether something that stands for a secret is anywhere in it, or looks like it."""
    if isinstance(document, Mapping):
        return SEALED in document or any(map(holds_sealed, document.values()))
    return isinstance(document, list | tuple) and any(map(holds_sealed, document))


def masked(document: Any) -> Any:
    """The same as anybody may see it: `***` for each secret."""
    return _replaced(document, lambda _: MASK)


def readable(document: Mapping[str, Any], unseal: Callable[[str], str]) -> dict[str, Any]:
    """The same without the secrets that cannot be unsealed; the others stay sealed."""
    return {
        name: readable(value, unseal) if isinstance(value, Mapping) and not is_sealed(value) else value
        for name, value in document.items()
        if not is_sealed(value) or _is_readable(value[SEALED], unseal)
    }


def unsealed(document: Any, unseal: Callable[[str], str]) -> Any:
    """The same with every secret in clear. Raises SecretUnreadable."""
    return _replaced(document, lambda token: json.loads(unseal(token)))


def resealed(document: Any, change: Callable[[str], str]) -> Any:
    """The same with another token in place of each."""
    return _replaced(document, lambda token: {SEALED: change(token)})


def tokens_of(document: Any) -> list[str]:
    """Every token in it, in its order."""
    found: list[str] = []

    def keep(token: str) -> None:
        found.append(token)

    _replaced(document, keep)
    return found


def sealed(
    config: Mapping[str, Any], secret_fields: Collection[str], sealer: Sealer, before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A config whose secrets are sealed: the secret fields, and what stands under a secret name at any depth.

    `before` is the same config as it was stored last: a secret that has not changed keeps its token, so that the
    document differs only where somebody changed it. Blank and missing ones are not sealed, so that it shows that they
    are not set; what is sealed already stays.
    """
    old = before or {}
    return {
        name: _sealed_value(value, sealer, old.get(name), is_secret=name in secret_fields)
        for name, value in config.items()
    }


def _sealed_value(value: Any, sealer: Sealer, before: Any, *, is_secret: bool) -> Any:
    if is_sealed(value):
        return value
    if is_secret and value not in (None, "", (), [], {}):
        return before if _same_secret(before, value, sealer) else {SEALED: sealer.seal(json.dumps(value))}
    if isinstance(value, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {
            name: _sealed_value(inner, sealer, old.get(name), is_secret=is_secret_name(str(name)))
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        known = list(before) if isinstance(before, list | tuple) else []
        known += [None] * (len(value) - len(known))
        return [_sealed_value(inner, sealer, old, is_secret=False) for inner, old in zip(value, known, strict=False)]
    return value


def _same_secret(before: Any, value: Any, sealer: Sealer) -> bool:
    if not is_sealed(before):
        return False
    try:
        return bool(json.loads(sealer.unseal(before[SEALED])) == value)
    except SecretUnreadable:
        return False


def _is_readable(token: str, unseal: Callable[[str], str]) -> bool:
    try:
        unseal(token)
    except SecretUnreadable:
        return False
    return True


def _replaced(document: Any, of_token: Callable[[str], Any]) -> Any:
    if is_sealed(document):
        return of_token(document[SEALED])
    if isinstance(document, Mapping):
        return {name: _replaced(value, of_token) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [_replaced(value, of_token) for value in document]
    return document
