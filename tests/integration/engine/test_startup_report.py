"""What a process tells of itself when it has started."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from monitor_app import log
from monitor_app.engine import startup_report
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import load_settings
from monitor_app.storage.database import Database


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    log.configure("INFO", lines, human=False)
    yield lines
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


async def test_report_says_what_runs_on_what_and_no_secret(
    database: Database, database_url: str, logged: io.StringIO, tmp_path
) -> None:
    settings = load_settings(database_url=database_url, secret_key_file=tmp_path / "secret.key")
    await startup_report.report(settings, database, KindRegistry(), "web", address=settings.local_url)
    [told] = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert told["event"] == startup_report.STARTED
    assert {"http", "tcp", "push"} <= set(told["kinds"])
    assert told["database"]["type"] == settings.database_type
    assert told["database"]["revision"].startswith("0")
    assert told["database"]["version"][0].isdigit()
    assert told["database"]["bytes"] > 10_000
    assert told["retention"]["raw_days"] == 90
    assert told["limits"]["open_files"] > 0
    assert told["sealed_with"] == str(tmp_path / "secret.key")
    assert told["address"] == settings.local_url
    assert (database.engine.url.password or "\0") not in logged.getvalue()


async def test_database_that_is_away_is_told_all_the_same(tmp_path, logged: io.StringIO) -> None:
    (tmp_path / "lightbulb.db").mkdir()
    settings = load_settings(sqlite_db_path=tmp_path / "lightbulb.db")
    database = Database(settings.database_url)
    await startup_report.report(settings, database, KindRegistry(), "engine")
    await database.close()
    told = json.loads(logged.getvalue())
    assert "folder" in told["database"]["trouble"]
