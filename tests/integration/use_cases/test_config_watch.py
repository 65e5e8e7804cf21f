"""A watched directory of configuration files, with real files in it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor_app.bus.local import Bus
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import load_settings
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services, service_revision
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.watch import RETRY_SECONDS, ConfigWatch


class Folder:
    """The directory, the watch over it, and what it has led to."""

    def __init__(self, path: Path, database: Database) -> None:
        self.path = path
        self.database = database
        self.settled = 0
        self.watch = self.watching()

    def watching(self, **settings: object) -> ConfigWatch:
        """A watch; it looks when it is told to."""
        made = load_settings(config_dir=self.path, sqlite_db_path=self.path.parent / "lightbulb.db", **settings)
        use_cases = ConfigurationUseCases(self.database, KindRegistry(), SystemClock(), Bus())
        self.watch = ConfigWatch(made, self.path, use_cases, SystemClock())
        return self.watch

    def write(self, name: str, *services: str, interval: int = 60) -> None:
        """A file with these services, written elsewhere and moved here as editors do it."""
        fields = {"status_config": {"url": "http://127.0.0.1:1/"}, "interval_seconds": interval}
        beside = self.path / f".{name}.new"
        beside.write_text(json.dumps({"services": dict.fromkeys(services, fields)}))
        beside.rename(self.path / name)

    async def settle(self) -> str:
        """Two looks at the same: whatever is there is applied. What is wrong then."""
        await self.watch.look()
        await self.watch.look()
        return self.watch.status().error

    async def services(self) -> dict[str, int]:
        """Service_id and interval of all."""
        async with self.database.read() as conn:
            return {each.service_id: each.interval_seconds for each in await load_services(conn)}

    async def revision(self) -> int:
        async with self.database.read() as conn:
            return await service_revision(conn)


@pytest.fixture
async def folder(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Folder]:
    """An empty directory `conf.d`."""
    path = tmp_path / "conf.d"
    path.mkdir()
    database = Database(sqlite_url)
    yield Folder(path, database)
    await database.close()


async def test_files_are_applied_when_they_stay_the_same(folder: Folder) -> None:
    folder.write("a.json", "web")
    await folder.watch.look()
    assert await folder.services() == {}

    await folder.watch.look()

    assert await folder.services() == {"web": 60}
    status = folder.watch.status()
    assert (status.files, status.result, status.error) == (("conf.d/a.json",), "1 added, 0 unchanged", "")
    assert status.applied_at is not None


async def test_half_a_file_is_not_read(folder: Folder) -> None:
    folder.write("a.json", "web")
    await folder.settle()
    whole = (folder.path / "a.json").read_text().replace("60", "90")

    (folder.path / "a.json").write_text(whole[:20])
    await folder.watch.look()
    (folder.path / "a.json").write_text(whole)
    await folder.watch.look()

    assert folder.watch.status().error == ""
    assert await folder.settle() == ""
    assert await folder.services() == {"web": 90}


async def test_nothing_is_written_while_nothing_changes(folder: Folder) -> None:
    folder.write("a.json", "web")
    await folder.settle()
    revision = await folder.revision()

    folder.watching()  # as after a restart
    assert await folder.settle() == ""
    folder.write("a.json", "web")  # another file with the same words
    assert await folder.settle() == ""

    assert await folder.revision() == revision


async def test_bad_file_changes_nothing_and_is_told_once(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    folder.write("a.json", "web")
    await folder.settle()
    folder.write("a.json", "web", "db")
    (folder.path / "b.yaml").write_text("services:\n  x:\n    status_config: {url: 1}\n    colour: red\n")

    error = await folder.settle()
    for _ in range(20):
        await folder.watch.look()

    assert "conf.d/b.yaml:4: x.colour: is not a field of a service" in error
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == ["ERROR"]
    assert await folder.services() == {"web": 60}

    (folder.path / "b.yaml").unlink()
    assert await folder.settle() == ""
    assert await folder.services() == {"web": 60, "db": 60}


async def test_what_stood_in_the_way_may_go_away(folder: Folder) -> None:
    (folder.path / "a.yaml").write_text("services: {a: {status_config: {url: '${file:../url}'}}}")
    assert "needs the file ../url" in await folder.settle()

    (folder.path.parent / "url").write_text("http://127.0.0.1:1/\n")
    for _ in range(round(RETRY_SECONDS)):
        await folder.watch.look()
    assert (folder.watch.status().error, await folder.services()) == ("", {"a": 60})


async def test_changed_secret_file_is_applied(folder: Folder) -> None:
    secret = folder.path.parent / "group"
    secret.write_text("one")
    (folder.path / "a.yaml").write_text(
        "services: {a: {group: '${file:../group}', status_config: {url: 'http://127.0.0.1:1/'}}}"
    )
    await folder.settle()
    secret.write_text("another")
    await folder.settle()

    async with folder.database.read() as conn:
        assert [each.group for each in await load_services(conn)] == ["another"]


async def test_overlays_of_the_environment_count(folder: Folder) -> None:
    folder.write("a.json", "web", "db")
    (folder.path / "a.prod.yaml").write_text("services: {web: {interval_seconds: 30}, db: null}")
    (folder.path / "a.test.yaml").write_text("services: {web: {interval_seconds: 10}}")

    folder.watching(config_env="prod")
    assert await folder.settle() == ""

    assert await folder.services() == {"web": 30}


async def test_links_of_kubernetes_are_followed(folder: Folder) -> None:
    """A ConfigMap is mounted as links through `..data`, which is replaced by another one."""
    for number, interval in ((1, 60), (2, 90)):
        version = folder.path / f"..v{number}"
        version.mkdir()
        (version / "a.yaml").write_text(
            f"services: {{web: {{interval_seconds: {interval}, status_config: {{url: 'http://127.0.0.1:1/'}}}}}}"
        )
    (folder.path / "..data").symlink_to("..v1")
    (folder.path / "a.yaml").symlink_to("..data/a.yaml")
    await folder.settle()
    assert await folder.services() == {"web": 60}

    os.symlink("..v2", folder.path / "..next")
    (folder.path / "..next").rename(folder.path / "..data")
    await folder.settle()

    assert await folder.services() == {"web": 90}


async def test_removed_file_removes_only_when_that_is_wanted(folder: Folder) -> None:
    folder.write("a.json", "web", "db", "api")
    folder.write("b.json", "old")
    await folder.settle()
    (folder.path / "b.json").unlink()
    await folder.settle()
    assert "old" in await folder.services()

    folder.watching(config_prune=True)
    assert await folder.settle() == ""

    assert set(await folder.services()) == {"web", "db", "api"}


async def test_lost_directory_removes_nothing(folder: Folder) -> None:
    folder.write("a.json", "web", "db", "api")
    folder.watching(config_prune=True)
    await folder.settle()

    folder.write("a.json", "web")
    assert "2 of 3 objects would be removed" in await folder.settle()
    (folder.path / "a.json").unlink()
    assert "holds no configuration files" in await folder.settle()
    folder.path.rename(folder.path.with_name("away"))
    assert "does not exist" in await folder.settle()

    assert set(await folder.services()) == {"web", "db", "api"}
    folder.path.with_name("away").rename(folder.path)
    folder.write("a.json", "web", "db", "api")
    assert await folder.settle() == ""


async def test_two_who_watch_do_it_once(folder: Folder) -> None:
    folder.write("a.json", *(f"s{number}" for number in range(30)))
    one, two = folder.watching(), folder.watching()
    await asyncio.gather(one.look(), two.look())

    await asyncio.gather(one.look(), two.look())

    assert len(await folder.services()) == 30
    assert {one.status().error, two.status().error} == {""}
    assert {one.status().result, two.status().result} <= {"30 added, 0 unchanged", "nothing to change, 30 unchanged"}


async def test_watch_looks_by_itself_until_it_is_closed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.use_cases.configuration.watch.LOOK_SECONDS", 0.01)
    folder.write("a.json", "web")

    folder.watch.start()
    async with asyncio.timeout(60):
        while not await folder.services():
            await asyncio.sleep(0.01)
    await folder.watch.close()

    assert await folder.services() == {"web": 60}


async def test_directory_that_is_a_link_may_lead_elsewhere_later(folder: Folder) -> None:
    current = folder.path.parent / "current"
    for number, interval in enumerate((60, 90)):
        release = folder.path.parent / f"release-{number}"
        release.mkdir()
        folder.path = release
        folder.write("a.json", "web", interval=interval)
        (folder.path.parent / "next").symlink_to(release)
        (folder.path.parent / "next").rename(current)
        folder.path = current
        if number == 0:
            folder.watching()
        assert await folder.settle() == ""
        assert await folder.services() == {"web": interval}
    assert folder.watch.status().files == ("current/a.json",)


async def test_what_nobody_had_foreseen_is_told_and_tried_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a.json", "web")
    with monkeypatch.context() as patched:
        patched.setattr("monitor_app.use_cases.configuration.apply.draft", lambda *given: 1 / 0)
        assert await folder.settle() == "ZeroDivisionError; the log tells more"

    for _ in range(round(RETRY_SECONDS / 2) + 1):
        await folder.watch.look()

    assert folder.watch.status().error == ""
    assert await folder.services() == {"web": 60}
