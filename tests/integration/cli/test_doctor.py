"""What the doctor sees, and says how to mend: the machine, and what stands around."""

import asyncio
import json
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor_app import cli
from monitor_app.cli import _machine, _surroundings
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.leader import leader_for
from monitor_app.settings import Settings, load_settings
from monitor_app.storage import migrations
from monitor_app.storage.database import Database
from tests.ports import free_port
from tests.recorder import Recorder
from tests.servers.certificates import Authority
from tests.servers.http import http_server, reply
from tests.servers.redis import PASSWORD, running_redis


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may answer late."""
    monkeypatch.setattr(_surroundings, "ANSWER_SECONDS", 60.0)


def given(tmp_path: Path, **values: Any) -> Settings:
    return load_settings(sqlite_db_path=tmp_path / "lightbulb.db", port=free_port(), **values)


def test_json_is_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SQLITE_DB_PATH", str(tmp_path / "lightbulb.db"))
    monkeypatch.setenv("PORT", str(free_port()))
    assert cli.main(["doctor", "--json", "--settings"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = {finding["name"]: finding["status"] for finding in told["findings"]}
    assert {"version", "port", "database", "disk", "names", "ping", "open files", "Redis", "TLS"} <= set(found)
    assert told["status"] in ("ok", "warn")
    assert told["settings"]["SQLITE_DB_PATH"] == str(tmp_path / "lightbulb.db")


def test_few_open_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda what: (1024, 1024))
    found = _machine.open_files(given(tmp_path))
    assert (found.status, "824 checks" in found.text) == ("warn", True)
    assert _machine.open_files(given(tmp_path, max_checks_in_flight=500)).status == "ok"


@pytest.mark.parametrize(("free", "status"), [(10**12, "ok"), (5 * 10**8, "warn"), (10**7, "fail")])
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str) -> None:
    usage = _machine.shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(_machine.shutil, "disk_usage", lambda folder: usage)
    [found] = _machine.disk(given(tmp_path / "not" / "there" / "yet"))
    assert found.status == status


async def test_clock_that_is_behind_what_was_written(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    assert (await _machine.clock(database)).status == "ok"
    recorder = Recorder(database)
    [service] = await recorder.add_services(1)
    await recorder.record(CheckResult(service.pk, datetime.now(UTC) + timedelta(hours=2), Status.OK, "200 OK"))
    found = await _machine.clock(database)
    await database.close()
    assert found.status == "fail"
    assert "timedatectl" in found.advice


async def test_clock_is_compared_with_that_of_the_database(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert (await _machine.clock(database)).status == "ok"
    await database.close()


@pytest.mark.parametrize(("days", "status"), [(60, "ok"), (5, "warn"), (-1, "fail")])
def test_certificate_that_ends(tmp_path: Path, days: int, status: str) -> None:
    certificate, key = Authority().issue("localhost", ends_in=timedelta(days=days)).write(tmp_path)
    found = _surroundings.certificate(given(tmp_path, tls_cert=certificate, tls_key=key))
    assert found.status == status
    certificate.write_text("none")
    assert _surroundings.certificate(given(tmp_path, tls_cert=certificate, tls_key=key)).status == "fail"


@pytest.mark.parametrize(
    ("values", "status", "word"),
    [
        ({}, "ok", ""),
        ({"public_url": "http://localhost:8080"}, "ok", ""),
        ({"public_url": "https://localhost"}, "warn", "TRUSTED_PROXIES"),
        ({"public_url": "https://localhost", "trusted_proxies": "127.0.0.1"}, "ok", ""),
        ({"public_url": "http://127.0.0.2:3000"}, "warn", "https"),
        ({"public_url": "https://nowhere.invalid"}, "warn", "make the name known"),
        ({"public_url": "http://localhost", "tls_cert": "a", "tls_key": "b"}, "fail", "https://"),
    ],
)
def test_public_address(tmp_path: Path, values: dict[str, str], status: str, word: str) -> None:
    found = _surroundings.public_url(given(tmp_path, **values))
    assert found.status == status, found
    assert word in found.advice


async def test_redis_that_answers_and_one_that_does_not(tmp_path: Path) -> None:
    assert (await _surroundings.redis(given(tmp_path))).text == "not used"
    gone = await _surroundings.redis(given(tmp_path, redis_url=f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0"))
    assert gone.status == "warn"
    assert PASSWORD not in gone.text + gone.advice
    with running_redis(Authority()) as server:
        url = f"redis://:{PASSWORD}@127.0.0.1:{server.port}/0"
        assert (await _surroundings.redis(given(tmp_path, redis_url=url))).status == "ok"


async def test_configuration_files_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "conf.d"
    folder.mkdir()
    assert await _surroundings.config_files(given(tmp_path)) == []
    file = folder / "services.yaml"
    file.write_text("services:\n  shop:\n    kind: http\n    status_config:\n      url: https://shop.example.org\n")
    [found] = await _surroundings.config_files(given(tmp_path, config_dir=folder))
    assert (found.status, "1 file with 1 service" in found.text) == ("ok", True), found
    file.write_text("services:\n  shop: [\n")
    [found] = await _surroundings.config_files(given(tmp_path, config_dir=folder))
    assert found.status == "fail"
    assert "services.yaml" in found.advice


async def test_configuration_files_are_judged_by_what_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "conf.d"
    folder.mkdir()
    settings = given(tmp_path, config_dir=folder)
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        (folder / "a.yaml").write_text("services:\n  db:\n    kind: tcp\n    status_config: {host: db, port: 0}\n")
        [found] = await _surroundings.config_files(settings, database)
        assert (found.status, found.advice) == ("fail", "conf.d/a.yaml:4: db.port: must be at least 1, got 0")
        (folder / "a.yaml").write_text("services:\n  db:\n    kind: tcp\n    status_config: {host: db, port: 1}\n")
        [found] = await _surroundings.config_files(settings, database)
        assert found.status == "ok", found
    finally:
        await database.close()


async def test_who_schedules_is_seen_by_the_lock(tmp_path: Path) -> None:
    settings = given(tmp_path)
    assert (await _surroundings.scheduler(settings, is_running=False)).status == "ok"
    assert (await _surroundings.scheduler(settings, is_running=True)).status == "fail"
    engine = leader_for(settings.database_url)
    assert await engine.try_acquire()
    assert (await _surroundings.scheduler(settings, is_running=True)).status == "ok"
    assert (await _surroundings.scheduler(settings, is_running=False)).status == "warn"
    await engine.release()


async def test_own_port_is_told_from_that_of_another_program(tmp_path: Path) -> None:
    async with http_server() as server:
        settings = given(tmp_path).model_copy(update={"port": server.port})
        server.on("/livez", reply(200, b"hello"))
        assert not await asyncio.to_thread(_surroundings.is_running, settings)
        assert _surroundings.port(settings, is_running=False).status == "fail"
        server.on("/livez", reply(200, b'{"status":"ok"}'))
        assert await asyncio.to_thread(_surroundings.is_running, settings)
        assert _surroundings.port(settings, is_running=True).status == "ok"
    assert not await asyncio.to_thread(_surroundings.is_running, settings)
