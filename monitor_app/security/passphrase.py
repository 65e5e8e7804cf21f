"""Encrypts single values with a passphrase, so that a file that is taken elsewhere stays readable but for its secrets.

A value becomes one word: `$encrypted:` and, in base64 for URLs, version (1 byte), salt (16), check (4), nonce (12),
then what AES-256-GCM makes of it. The key comes from Argon2id (RFC 9106, its second recommended choice) of passphrase
and salt; `check` comes from there as well and tells a wrong passphrase from a value that was changed. Where a value
stands is authenticated along with it, so nobody moves a secret to a place that sends it to a server of his own.
"""

import base64
import binascii
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from monitor_app.errors import InvalidInput

PREFIX: Final = "$encrypted:"
SHORTEST: Final = 12
LONGEST: Final = 1000
# Each salt costs a tenth of a second and 64 MiB: values of one export have the same.
SALTS_LIMIT: Final = 2
_VERSION: Final = b"\x01"
_SALT, _CHECK, _NONCE, _KEY = 16, 4, 12, 32
_HEAD: Final = len(_VERSION) + _SALT + _CHECK + _NONCE
_PASSES, _MEMORY_KIB, _LANES = 3, 65_536, 4


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    cipher: AESGCM
    check: bytes


class PassphraseBox:
    """Encrypts and decrypts with one passphrase. Deriving a key takes a tenth of a second: use it in a thread."""

    def __init__(self, passphrase: str) -> None:
        """Raises InvalidInput on `passphrase`: too long, or empty."""
        if not passphrase or len(passphrase) > LONGEST:
            raise InvalidInput({"passphrase": f"must have 1 to {LONGEST} characters, got {len(passphrase)}"})
        # In one form, because keyboards of different systems write the same letter in different ways.
        self._passphrase = unicodedata.normalize("NFKC", passphrase).encode(errors="surrogatepass")
        self._keys: dict[bytes, _Key] = {}
        self._salt = b""

    def encrypt(self, text: str, place: str) -> str:
        """The text as one word that is good at this place only."""
        if not self._salt:
            self._salt = secrets.token_bytes(_SALT)
        key, nonce = self._key(self._salt), secrets.token_bytes(_NONCE)
        hidden = key.cipher.encrypt(nonce, text.encode(errors="surrogatepass"), place.encode(errors="surrogatepass"))
        packed = _VERSION + self._salt + key.check + nonce + hidden
        return PREFIX + base64.urlsafe_b64encode(packed).decode("ascii")

    def decrypt(self, word: str, place: str) -> str:
        """The text of such a word.

        Raises InvalidInput: on `passphrase` when it is another one, else on `value` when the word was changed, cut, or
        belongs to another place.
        """
        packed = _unpacked(word)
        salt = packed[1 : 1 + _SALT]
        check, nonce = packed[1 + _SALT : _HEAD - _NONCE], packed[_HEAD - _NONCE : _HEAD]
        key = self._key(salt)
        if not secrets.compare_digest(key.check, check):
            raise InvalidInput({"passphrase": "is not the one that this was exported with"})
        try:
            text = key.cipher.decrypt(nonce, packed[_HEAD:], place.encode(errors="surrogatepass"))
        except InvalidTag as err:
            raise InvalidInput({"value": "was changed since it was exported, or comes from another place"}) from err
        return text.decode(errors="surrogatepass")

    def _key(self, salt: bytes) -> _Key:
        if salt not in self._keys:
            if len(self._keys) >= SALTS_LIMIT:
                raise InvalidInput({"value": f"must come from at most {SALTS_LIMIT} exports in one file"})
            derived = hash_secret_raw(self._passphrase, salt, _PASSES, _MEMORY_KIB, _LANES, _KEY + _CHECK, Type.ID)
            self._keys[salt] = _Key(AESGCM(derived[:_KEY]), derived[_KEY:])
        return self._keys[salt]


def checked_passphrase(passphrase: str) -> str:
    """One that is long enough to encrypt with. Raises InvalidInput on `passphrase`."""
    if len(passphrase) < SHORTEST:
        text = f"must have at least {SHORTEST} characters, got {len(passphrase)}: a few words in a row do well"
        raise InvalidInput({"passphrase": text})
    if len(passphrase) > LONGEST:
        raise InvalidInput({"passphrase": f"must have at most {LONGEST} characters, got {len(passphrase)}"})
    return passphrase


def is_encrypted(value: object) -> bool:
    """Whether it looks like a word of `encrypt`."""
    return isinstance(value, str) and value.startswith(PREFIX)


def _unpacked(word: str) -> bytes:
    try:
        packed = base64.b64decode(word.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as err:
        raise InvalidInput({"value": f"must be {PREFIX} and base64, as it was exported"}) from err
    if packed[:1] != _VERSION:
        raise InvalidInput({"value": "was encrypted by another version of Lightbulb"})
    if len(packed) <= _HEAD:
        raise InvalidInput({"value": "is cut: something is missing at its end"})
    return packed
