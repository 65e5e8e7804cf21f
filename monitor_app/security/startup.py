"""What must not be so when Lightbulb serves: looked at before a production start, and by the doctor."""

import base64
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor_app.errors import SettingsError
from monitor_app.security.vault import KeyFile
from monitor_app.settings import Settings

# Those of examples, of container images and of their documentation: the first ones that anybody tries.
_DEFAULT_PASSWORDS = """
    admin changeit changeme change-me default example guest lightbulb mysecretpassword pass passw0rd password postgres
    root secret test 1234 12345 123456 12345678 123456789
"""
DEFAULT_PASSWORDS = frozenset(_DEFAULT_PASSWORDS.split())
# A key whose bytes are all alike, or a short pattern, was typed; 32 random bytes have about 30 different ones.
_DISTINCT_BYTES = 16
# Reflex reads these too, and they win over what our settings say.
_ORIGINS = "REFLEX_CORS_ALLOWED_ORIGINS"


def refuse_unsafe(settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
    """Raises SettingsError, with all there is to mend, for a production start that would leave something open.

    The key file has to be made before.
    """
    if settings.environment == "production" and (found := dict(unsafe(settings, environment))):
        raise SettingsError(found)


def unsafe(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """What is open to others, by the name of the setting that it belongs to: what is wrong, and how to mend it."""
    yield from _origins(settings, environment)
    yield from _keys(settings)
    if settings.database_type == "sqlite":
        yield from _database_files(settings.sqlite_db_path)
    yield from _passwords(settings)


def _origins(settings: Settings, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if any("*" in origin for origin in settings.allowed_origins):
        yield "PUBLIC_URL", "must be one address, without *: with it any page in the world could act for your people"
    if "*" in environment.get(_ORIGINS, ""):
        yield _ORIGINS, f"must not be set: PUBLIC_URL says who may come in, got {environment[_ORIGINS]!r}"


def _keys(settings: Settings) -> Iterator[tuple[str, str]]:
    file = KeyFile(settings.secret_key_file) if settings.secret_key_file and not settings.secret_keys else None
    keys = settings.secret_keys if file is None else file.keys()
    name = "SECRET_KEY" if file is None else "SECRET_KEY_FILE"
    if not keys:
        yield name, "must hold a key: without one the secrets of services cannot be stored (docs/secrets.md)"
    if any(_is_typed(key) for key in keys):
        yield name, "must be random: take one that `python -m monitor_app secrets key` prints"
    if file is not None and (mode := _mode(file.path)) & 0o077:
        yield (
            name,
            f"must be for its owner alone, but its mode is {mode:o}: whoever reads it can read every stored "
            f"password. chmod 600 {file.path}",
        )


def _database_files(path: Path) -> Iterator[tuple[str, str]]:
    files = (path, Path(f"{path}-wal"), Path(f"{path}-shm"))
    if open_ones := [str(file) for file in files if _mode(file) & 0o007]:
        yield (
            "SQLITE_DB_PATH",
            f"must not be open to every user of this machine. chmod o-rwx {' '.join(open_ones)}",
        )


def _passwords(settings: Settings) -> Iterator[tuple[str, str]]:
    """Of every setting that is a URL."""
    for name in type(settings).model_fields:
        if not name.endswith("_url"):
            continue
        address = urlsplit(getattr(settings, name))
        password, user = unquote(address.password or "").lower(), unquote(address.username or "").lower()
        if password and password in {*DEFAULT_PASSWORDS, user}:
            yield name.upper(), "must have a password of its own: the one it has is the first that anybody tries"


def _is_typed(key: str) -> bool:
    return len(set(base64.urlsafe_b64decode(key))) < _DISTINCT_BYTES


def _mode(path: Path) -> int:
    """0 when there is no such file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0
