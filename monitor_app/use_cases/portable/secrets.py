"""Secrets of configs on their way out and in: as a mask, or encrypted with a passphrase.

An encrypted one is good at its own place only, and for those servers that it was sent to when it was exported: who
edits a file between export and import must not have somebody's password sent to a server of his own.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from monitor_app.errors import InvalidInput
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.sealing import SEALED, is_sealed
from monitor_app.security.passphrase import PassphraseBox, is_encrypted


def encrypted(
    config: Mapping[str, Any], unseal: Callable[[str], str], box: PassphraseBox, place: str, goes_to: Collection[str]
) -> Any:
    """A stored config with each sealed value encrypted, meant for `goes_to`. Raises SecretUnreadable."""
    places = sorted(goes_to)

    def hidden(value: Any, where: str) -> str:
        return box.encrypt(json.dumps([places, json.loads(unseal(value[SEALED]))]), where)

    return _replaced(config, place, is_sealed, hidden)


def decrypted(config: Mapping[str, Any], box: PassphraseBox | None, place: str) -> tuple[Any, dict[str, list[str]]]:
    """The same in clear; and for each field that was encrypted, whom its secrets may be sent to.

    Raises InvalidInput with the name of a field for each that cannot be read, and on `passphrase` when it is another
    one.
    """

    wrong: dict[str, str] = {}
    meant_for: dict[str, list[str]] = {}

    def in_clear(word: str, where: str) -> Any:
        field = where.removeprefix(f"{place}.").partition(".")[0]
        if box is None:
            wrong[field] = "is encrypted: give the passphrase it was exported with"
            return None
        try:
            places, value = json.loads(box.decrypt(word, where))
            meant_for[field] = [each for each in places if each in meant_for.get(field, places)]
            return value
        except InvalidInput as err:
            if "passphrase" in err.fields:
                raise
            wrong[field] = err.fields["value"]
        except (ValueError, TypeError):
            wrong[field] = "is no value that Lightbulb has exported"
        return None

    found = _replaced(config, place, is_encrypted, in_clear)
    if wrong:
        raise InvalidInput(wrong)
    return found, meant_for


def sent_elsewhere(config: CheckConfig, meant_for: Mapping[str, list[str]]) -> dict[str, str]:
    """A message for each field whose secret this config would send to somebody whom it was not meant for."""
    wrong = {}
    for field, places in meant_for.items():
        if others := [each for each in config.secrets_go_to if each not in places]:
            wrong[field] = f"must be given in clear: the encrypted one was not meant for {', '.join(others)}"
    return wrong


def _replaced(value: Any, place: str, is_wanted: Callable[[object], bool], change: Callable[[Any, str], Any]) -> Any:
    if is_wanted(value):
        return change(value, place)
    if isinstance(value, Mapping):
        return {name: _replaced(inner, f"{place}.{name}", is_wanted, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(inner, f"{place}.{number}", is_wanted, change) for number, inner in enumerate(value)]
    return value
