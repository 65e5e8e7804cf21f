"""A production start is refused as long as something is open to others, and each reason says how to mend it."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from monitor_app.errors import SettingsError
from monitor_app.security.startup import refuse_unsafe, unsafe
from monitor_app.security.vault import new_key, open_vault
from monitor_app.settings import Settings, load_settings

PRODUCTION = {"environment": "production"}


@pytest.fixture
def ready(tmp_path: Path) -> Settings:
    """A database and a key, as the first start makes them."""
    return _ready(tmp_path)


def _ready(folder: Path, **values: Any) -> Settings:
    path = folder / "lightbulb.db"
    path.touch(mode=0o600)
    settings = load_settings(sqlite_db_path=path, **PRODUCTION, **values)
    open_vault(settings)
    return settings


def refusal(settings: Settings, **environment: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        refuse_unsafe(settings, environment)
    return caught.value.fields


def test_what_the_first_start_makes_is_safe(ready: Settings) -> None:
    refuse_unsafe(ready, {})


def test_database_that_is_not_there_yet_is_safe(ready: Settings) -> None:
    ready.sqlite_db_path.unlink()
    refuse_unsafe(ready, {})


def test_development_is_not_refused_but_told(tmp_path: Path) -> None:
    settings = load_settings(sqlite_db_path=tmp_path / "lightbulb.db", environment="development")
    refuse_unsafe(settings, {})
    assert list(dict(unsafe(settings, {}))) == ["SECRET_KEY_FILE"]


def test_without_a_key_it_is_refused(ready: Settings) -> None:
    assert ready.secret_key_file is not None
    ready.secret_key_file.unlink()
    assert "must hold a key" in refusal(ready)["SECRET_KEY_FILE"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_key_that_others_can_read_is_refused_with_the_command(ready: Settings, mode: int) -> None:
    assert ready.secret_key_file is not None
    ready.secret_key_file.chmod(mode)
    told = refusal(ready)["SECRET_KEY_FILE"]
    assert f"its mode is {mode:o}" in told
    assert told.endswith(f"chmod 600 {ready.secret_key_file}")


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_database_that_all_can_read_is_refused_with_the_command(ready: Settings, suffix: str) -> None:
    file = Path(f"{ready.sqlite_db_path}{suffix}")
    file.touch()
    file.chmod(0o644)
    assert refusal(ready)["SQLITE_DB_PATH"].endswith(f"chmod o-rwx {file}")


def test_group_may_read_the_database(ready: Settings) -> None:
    ready.sqlite_db_path.chmod(0o640)
    refuse_unsafe(ready, {})


def test_files_of_another_database_do_not_matter(tmp_path: Path) -> None:
    url = "postgresql://monitor:Ue7-plenty@db/lightbulb"
    settings = _ready(tmp_path, database_url=url, secret_key=new_key())
    (tmp_path / "lightbulb.db").chmod(0o644)
    refuse_unsafe(settings, {})


@pytest.mark.parametrize("password", ["password", "Postgres", "lightbulb", "123456"])
def test_password_that_anybody_tries_first_is_refused(tmp_path: Path, password: str) -> None:
    url = f"postgresql://lightbulb:{password}@db/lightbulb"
    settings = _ready(tmp_path, database_url=url, secret_key=new_key())
    assert "must have a password of its own" in refusal(settings)["DATABASE_URL"]


def test_address_without_a_password_is_left_to_the_database(tmp_path: Path) -> None:
    settings = _ready(tmp_path, database_url="postgresql://db/lightbulb?host=/run", secret_key=new_key())
    refuse_unsafe(settings, {})


@pytest.mark.parametrize("typed", [b"\0" * 32, b"0123456789" * 3 + b"01"])
def test_key_that_was_typed_is_refused(tmp_path: Path, typed: bytes) -> None:
    settings = _ready(tmp_path, secret_key=urlsafe_b64encode(typed).decode())
    assert "must be random" in refusal(settings)["SECRET_KEY"]


def test_drawn_keys_are_never_taken_for_typed_ones(tmp_path: Path) -> None:
    for _ in range(200):
        refuse_unsafe(_ready(tmp_path, secret_key=new_key()), {})


def test_every_origin_is_refused(ready: Settings) -> None:
    assert "must not be set" in refusal(ready, REFLEX_CORS_ALLOWED_ORIGINS="*")["REFLEX_CORS_ALLOWED_ORIGINS"]
    refuse_unsafe(ready, {"REFLEX_CORS_ALLOWED_ORIGINS": ""})


def test_wildcard_among_our_own_origins_is_refused(ready: Settings) -> None:
    wild = ready.model_copy(update={"public_url": "https://*.example.org"})
    assert "without *" in refusal(wild)["PUBLIC_URL"]


def test_all_that_is_open_is_told_at_once(ready: Settings) -> None:
    assert ready.secret_key_file is not None
    ready.secret_key_file.chmod(0o644)
    ready.sqlite_db_path.chmod(0o644)
    assert set(refusal(ready)) == {"SECRET_KEY_FILE", "SQLITE_DB_PATH"}
