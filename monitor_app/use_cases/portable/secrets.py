"""Secrets of configs on their way out and in: as a mask, or encrypted with a passphrase, each at its own place."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from monitor_app.errors import InvalidInput
from monitor_app.plugins.sealing import SEALED, is_sealed
from monitor_app.security.passphrase import PassphraseBox, is_encrypted


def encrypted(config: Mapping[str, Any], unseal: Callable[[str], str], box: PassphraseBox, place: str) -> Any:
    """A stored config with each sealed value encrypted; raises SecretUnreadable."""
    return _replaced(config, place, is_sealed, lambda value, where: box.encrypt(unseal(value[SEALED]), where))


def decrypted(config: Mapping[str, Any], box: PassphraseBox | None, place: str) -> Any:
    """The same in clear.

    Raises InvalidInput with the name of a field for each that cannot be read, and on `passphrase` when it is another
    one.
    """

    wrong: dict[str, str] = {}

    def in_clear(word: str, where: str) -> Any:
        field = where.removeprefix(f"{place}.").partition(".")[0]
        if box is None:
            wrong[field] = "is encrypted: give the passphrase it was exported with"
            return None
        try:
            return json.loads(box.decrypt(word, where))
        except InvalidInput as err:
            if "passphrase" in err.fields:
                raise
            wrong[field] = err.fields["value"]
        except ValueError:
            wrong[field] = "is no value that Lightbulb has exported"
        return None

    found = _replaced(config, place, is_encrypted, in_clear)
    if wrong:
        raise InvalidInput(wrong)
    return found


def _replaced(value: Any, place: str, is_wanted: Callable[[object], bool], change: Callable[[Any, str], Any]) -> Any:
    if is_wanted(value):
        return change(value, place)
    if isinstance(value, Mapping):
        return {name: _replaced(inner, f"{place}.{name}", is_wanted, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(inner, f"{place}.{number}", is_wanted, change) for number, inner in enumerate(value)]
    return value
