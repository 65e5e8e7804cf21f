"""The wiring: everything starts, is found by the screens, and is gone afterwards."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitor_app.bootstrap import start_web
from monitor_app.errors import DatabaseUnavailable
from monitor_app.security.permissions import SYSTEM
from monitor_app.settings import Settings, load_settings
from monitor_app.state import runtime


class NoBrowsers:
    """Rooms that nobody is in."""

    async def move(self, sid: str, room: str) -> bool:
        return False

    def listeners(self, room: str) -> int:
        return 0

    async def send(self, room: str, patch: dict[str, Any]) -> None:
        raise AssertionError("there is nobody to send to")


def settings_for(folder: Path, **values: Any) -> Settings:
    return load_settings(sqlite_db_path=folder / "lightbulb.db", **values)


def engines() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # one that has just ended
            if "engine" in child.cmdline():
                found.append(child)
    return found


async def test_screens_find_what_runs_and_nothing_before_and_after(tmp_path: Path) -> None:
    async with start_web(settings_for(tmp_path, role="web"), NoBrowsers()) as running:
        assert runtime.current() is running
        assert await running.services.list_all(SYSTEM) == []
        assert len(running.board) == 0
        # What an engine elsewhere does is none of its business.
        assert await running.own_health.ready() == {"database": True, "board": True}
    with pytest.raises(RuntimeError, match="nothing runs yet"):
        runtime.current()


async def test_only_role_all_looks_after_an_engine_and_takes_it_along(tmp_path: Path) -> None:
    for values in ({"role": "web"}, {"scheduler_enabled": False}):
        async with start_web(settings_for(tmp_path, **values), NoBrowsers()):
            assert engines() == []
    async with start_web(settings_for(tmp_path), NoBrowsers()):
        [engine] = engines()
    assert not engine.is_running()


async def test_directory_of_configuration_is_watched_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor_app.use_cases.configuration.watch.LOOK_SECONDS", 0.01)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.yaml").write_text("services: {web: {status_config: {url: 'http://127.0.0.1:1/'}}}")
    settings = settings_for(tmp_path, role="web", config_dir=tmp_path / "conf.d")

    async with start_web(settings, NoBrowsers()) as running:
        async with asyncio.timeout(60):
            while not running.board.find("web"):
                await asyncio.sleep(0.01)
        assert running.config_watch.status().error == ""
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "configuration directory"]


async def test_database_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "lightbulb.db").mkdir()
    with pytest.raises(DatabaseUnavailable, match=r"lightbulb\.db"):
        async with start_web(settings_for(tmp_path), NoBrowsers()):
            pass
    with pytest.raises(RuntimeError, match="nothing runs yet"):
        runtime.current()
