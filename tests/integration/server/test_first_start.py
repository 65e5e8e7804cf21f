"""The set-up link and who may listen where, on a real database file."""

from pathlib import Path

import pytest

from monitor_app.cli import serve
from monitor_app.errors import SettingsError
from monitor_app.server import first_start
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from tests.accounts import accounts_of


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    made = load_settings(sqlite_db_path=tmp_path / "lightbulb.db", port=3456)
    await migrations.upgrade(made.database_url)
    return made


async def add_admin(settings: Settings) -> None:
    database = Database(settings.database_url)
    async with accounts_of(database) as people:
        await people.set_up()
    await database.close()


async def test_other_hosts_may_be_listened_on_once_there_is_an_administrator(settings: Settings) -> None:
    public = settings.model_copy(update={"host": "0.0.0.0"})
    await first_start.check_host(settings)
    with pytest.raises(SettingsError, match="until there is an administrator"):
        await first_start.check_host(public)
    with pytest.raises(SettingsError):
        await first_start.begin(public)
    await add_admin(settings)
    await first_start.check_host(public)


async def test_the_link_is_told_unless_the_supervisor_does_that(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(first_start.TOLD_BY_SUPERVISOR, "1")
    await first_start.begin(settings)
    assert capsys.readouterr().out == ""
    monkeypatch.delenv(first_start.TOLD_BY_SUPERVISOR)
    await first_start.begin(settings)
    assert "open http://localhost:3456/setup#" in capsys.readouterr().out
    await add_admin(settings)
    await first_start.begin(settings)
    assert capsys.readouterr().out == ""


async def test_the_link_names_the_public_address(settings: Settings) -> None:
    url = await first_start.setup_url(settings.model_copy(update={"public_url": "https://status.example.org"}))
    assert url is not None
    assert url.startswith("https://status.example.org/setup#")


def test_the_welcome_tells_what_to_do_next(tmp_path: Path) -> None:
    settings = load_settings(sqlite_db_path=tmp_path / "none" / "lightbulb.db")
    assert "admin link" in serve._welcome(settings, 1.0)
