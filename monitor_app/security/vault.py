"""Encrypts the secrets that are stored, with a key that is in no database: in a file of its own, or in SECRET_KEY."""

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from monitor_app.errors import SecretUnreadable, SettingsError
from monitor_app.plugins.sealing import masked
from monitor_app.settings import KEYS_ALLOWED, Settings

__all__ = ["KeyFile", "SecretUnreadable", "Vault", "masked", "new_key", "open_vault"]

_FILE_HEAD = """\
# What Lightbulb's stored secrets are encrypted with, one key a line; the first one seals.
# Keep a copy apart from those of the database: without it the passwords and tokens in there are lost.
"""


class Vault:
    """Seals texts, and unseals those that it or another process with the same key has sealed.

    Made of keys, or of a key file. A file is read again when a token does not fit, and before each sealing, if it has
    changed: so a running process learns of another key. Whatever key it has known it keeps until it ends, because
    there may be tokens in its memory that are not in the database any more.
    """

    def __init__(self, keys: Sequence[str] = (), file: "KeyFile | None" = None, source: str = "SECRET_KEY") -> None:
        """Raises SettingsError for a key that is none. Without any key, it can neither seal nor unseal."""
        # What messages call the place of the keys; the whole path is nobody's business who looks at the board.
        self.source = file.path.name if file is not None else source
        self._file = file
        self._keys: list[str] = []
        self._fernet: MultiFernet | None = None
        self._first: Fernet | None = None
        self._stamp: tuple[int, ...] = ()
        self._learn(keys)
        self._read_again()

    def seal(self, text: str) -> str:
        """The text as a token.

        Do this inside the transaction that stores it, after its counter was raised: then `secrets rotate`, which
        raises the counters too, either sees the row or has told of the new key before.
        """
        self._read_again()
        if self._first is None:
            raise SecretUnreadable(f"a secret cannot be stored: there is no key in {self.source}")
        return self._first.encrypt(text.encode()).decode()

    def unseal(self, token: str) -> str:
        """The text of a token. Raises SecretUnreadable when none of the keys fits."""
        known = self._opened(token)
        if known is None and self._read_again():
            known = self._opened(token)
        if known is None:
            raise SecretUnreadable(
                f"its secret cannot be read: the key in {self.source} is not the one it was sealed with"
            )
        return known

    def digests(self, data: bytes) -> list[str]:
        """What tells the data again, one digest for each key, that of the first key first.

        Whoever has the database alone cannot try what the data may have been.
        """
        self._read_again()
        return [hmac.new(key.encode(), data, "sha256").hexdigest() for key in self._keys or [""]]

    def is_sealed_newest(self, token: str) -> bool:
        """Whether the first key has sealed it; the others are only known because of older tokens."""
        if self._first is None:
            return False
        with suppress(InvalidToken):
            self._first.decrypt(token.encode())
            return True
        return False

    def resealed(self, token: str) -> str:
        """The same secret, sealed with the first key. Raises SecretUnreadable."""
        return token if self.is_sealed_newest(token) else self.seal(self.unseal(token))

    def _opened(self, token: str) -> str | None:
        if self._fernet is None:
            return None
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            return None

    def _read_again(self) -> bool:
        """Whether the file has told anything new."""
        if self._file is None or (stamp := self._file.stamp()) == self._stamp:
            return False
        self._stamp = stamp
        return self._learn(self._file.keys())

    def _learn(self, keys: Sequence[str]) -> bool:
        together = list(dict.fromkeys([*keys, *self._keys]))
        if together == self._keys:
            return False
        fernets = [_fernet(key, self.source) for key in together]
        self._keys, self._first, self._fernet = together, fernets[0], MultiFernet(fernets)
        return True


class KeyFile:
    """The file with the keys: made once, replaced whole, readable for its owner only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stamp(self) -> tuple[int, ...]:
        """Another one after each change; empty when there is no such file."""
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def keys(self) -> list[str]:
        """All of them, the one that seals first; none when there is no such file.

        Raises SettingsError when it cannot be read.
        """
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as err:
            raise SettingsError({"SECRET_KEY_FILE": f"cannot be read: {self.path}: {_reason(err)}"}) from err
        return [line for line in map(str.strip, lines) if line and not line.startswith("#")]

    def make(self) -> bool:
        """Make it with a new key if it is not there, one process of several at once; whether this one did.

        Raises SettingsError when that cannot be done.
        """
        if self.stamp():
            return False
        with self.locked():
            if self.stamp():
                return False
            self.replace([new_key()])
            return True

    def replace(self, keys: Sequence[str]) -> None:
        """Write other keys; whoever reads it meanwhile finds the old or the new ones, also after a power failure.

        To be called while it is locked. Mode and owner stay, a new file gets 0600. Raises SettingsError.
        """
        beside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.new")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                self._keep_access(file.fileno())
                file.write(_FILE_HEAD + "".join(f"{key}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
            _flush_folder(self.path.parent)
        except OSError as err:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise SettingsError({"SECRET_KEY_FILE": f"cannot be written: {self.path}: {_reason(err)}"}) from err

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held by one process at a time, and free again when it dies. Raises SettingsError."""
        place = self.path.with_name(f"{self.path.name}.lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as err:
            raise SettingsError({"SECRET_KEY_FILE": f"cannot be made: {self.path}: {_reason(err)}"}) from err
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _keep_access(self, descriptor: int) -> None:
        """Of the file that is there: root may change the key of a program that runs as somebody else."""
        with suppress(FileNotFoundError, PermissionError):
            known = self.path.stat()
            os.fchmod(descriptor, known.st_mode & 0o777)
            os.fchown(descriptor, known.st_uid, known.st_gid)


def open_vault(settings: Settings, *, create: bool = True) -> Vault:
    """The vault of this installation: SECRET_KEY, else the key file, which is made now when `create` says so.

    Raises SettingsError when there is no reading or making it.
    """
    if settings.secret_key:
        return Vault(settings.secret_keys)
    assert settings.secret_key_file is not None  # Settings fills it
    file = KeyFile(settings.secret_key_file)
    if create:
        file.make()
    return Vault(file=file)


def new_key() -> str:
    """A key for SECRET_KEY or the key file: 32 random bytes."""
    return Fernet.generate_key().decode()


def _fernet(key: str, source: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as err:
        raise SettingsError({"SECRET_KEY": f"{source} holds what is no key: must be {KEYS_ALLOWED}"}) from err


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(err: OSError) -> str:
    return (err.strerror or str(err)).lower()
