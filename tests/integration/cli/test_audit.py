"""`audit verify` and `audit export` as somebody types them."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from monitor_app import cli
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with two lines."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    return sqlite_url


async def change(url: str, statement: str = "") -> None:
    database = Database(url)
    async with database.write() as conn:
        if statement:
            await conn.execute(text(statement))
        else:
            await record(conn, COMMAND_LINE, "thing.change", at=datetime.now(UTC), target="=1+1")
    await database.close()


def test_a_whole_log_is_said_to_be_so(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        asyncio.run(change(url))
    assert cli.main(["audit", "verify"]) == 0
    assert capsys.readouterr().out == "The audit log is whole: 2 lines.\n"
    assert cli.main(["audit", "export", "--format", "csv"]) == 0
    assert "command line,admin,program,,thing.change,,'=1+1,done,1" in capsys.readouterr().out
    assert cli.main(["audit", "export"]) == 0
    assert [line["id"] for line in json.loads(capsys.readouterr().out)] == [1, 2]


def test_a_log_that_was_touched_is_told_and_the_exit_code_too(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(change(url))
    asyncio.run(change(url, "UPDATE audit_entry SET target = 'other'"))
    assert cli.main(["audit", "verify"]) == 1
    assert capsys.readouterr().err == "The audit log was tampered with: line 1 was changed.\n"
