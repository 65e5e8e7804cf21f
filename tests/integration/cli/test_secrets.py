"""`secrets status|rotate|key`, what the doctor says of secrets, and starts that are refused."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from monitor_app import cli
from monitor_app.bus.local import Bus
from monitor_app.cli.doctor import examine
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM
from monitor_app.security.vault import KeyFile, Vault, new_key, open_vault
from monitor_app.settings import load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from monitor_app.use_cases.services import ServiceUseCases

HTTP: dict[str, Any] = {"service_id": "shop", "status_config": {"url": "https://x/", "headers": {"Cookie": "hunter2"}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line works with a database and a key file in here; one secret is stored."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'lightbulb.db'}")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    asyncio.run(_add_service())
    return tmp_path


async def _add_service() -> None:
    settings = load_settings()
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        services = ServiceUseCases(database, KindRegistry(sealer=open_vault(settings)), SystemClock(), Bus())
        await services.create(SYSTEM, HTTP)
    finally:
        await database.close()


def told_by_doctor(name: str) -> list[tuple[str, str]]:
    return [(found.text, found.advice) for found in examine(load_settings()) if found.name == name]


def test_status_counts_and_names_the_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["secrets", "status"]) == 0
    told = capsys.readouterr().out
    assert f"The key is in {folder / 'secret.key'}." in told
    assert "Secrets that are stored: 1, of them sealed with an older key: 0." in told
    assert told_by_doctor("secrets") == [("1 stored, sealed with secret.key", "")]


def test_lost_key_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    KeyFile(folder / "secret.key").replace([new_key()])
    assert cli.main(["secrets", "status"]) == 1
    assert "Cannot be read with the key that is here: 1, in service shop" in capsys.readouterr().out
    [(text, advice)] = told_by_doctor("secrets")
    assert text == "1 of 1 cannot be read with the key in secret.key: service shop"
    assert "put back the key" in advice


def test_missing_key_is_not_made_by_a_look(folder: Path) -> None:
    (folder / "secret.key").unlink()
    assert cli.main(["secrets", "status"]) == 1
    assert told_by_doctor("secrets")
    assert not (folder / "secret.key").exists()


def test_rotation_makes_a_new_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [old] = KeyFile(folder / "secret.key").keys()
    assert cli.main(["secrets", "rotate"]) == 0
    assert "All secrets (1) are sealed with the newest key" in capsys.readouterr().out
    [new] = KeyFile(folder / "secret.key").keys()
    assert new != old
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert cli.main(["secrets", "status"]) == 0


def test_key_of_the_environment_takes_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["secrets", "key"]) == 0
    key = capsys.readouterr().out.strip()
    [old] = KeyFile(folder / "secret.key").keys()
    monkeypatch.setenv("SECRET_KEY", f"{key},{old}")
    [(text, advice)] = told_by_doctor("secrets")
    assert (text, advice) == (
        "1 stored, sealed with SECRET_KEY, 1 of them with an older key",
        "python -m monitor_app secrets rotate",
    )
    assert cli.main(["secrets", "rotate"]) == 0
    assert "SECRET_KEY needs its first key only from now on." in capsys.readouterr().out
    assert Vault([key]).unseal(Vault([key]).seal("x")) == "x"
    monkeypatch.setenv("SECRET_KEY", key)
    assert cli.main(["secrets", "status"]) == 0


def test_key_that_others_can_read_refuses_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("ROLE", "engine")
    (folder / "secret.key").chmod(0o644)
    assert cli.main(["serve"]) == 2
    assert f"chmod 600 {folder / 'secret.key'}" in capsys.readouterr().err
    assert [advice for _, advice in told_by_doctor("safety")]


def test_database_of_everybody_is_closed_by_itself(folder: Path) -> None:
    file = folder / "lightbulb.db"
    file.chmod(0o666)
    asyncio.run(migrations.upgrade(load_settings().database_url))
    assert stat.S_IMODE(file.stat().st_mode) == 0o660
    assert told_by_doctor("safety") == []


def test_doctor_before_the_first_start_finds_nothing_unsafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert told_by_doctor("safety") == []
    assert not list(tmp_path.iterdir())
