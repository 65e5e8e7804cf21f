"""The page of the audit log: filters in the address, one line in full, and whether the chain holds."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.security.permissions import EDITOR, NOBODY, SYSTEM
from monitor_app.state import audit, runtime
from monitor_app.state.audit import AuditState, filter_of, query_of
from monitor_app.use_cases.audit_log import AuditLog
from monitor_app.use_cases.auditing import record
from tests.integration.screen.conftest import Screen

AT = datetime(2030, 5, 17, 12, tzinfo=UTC)


@pytest.fixture
async def log(screen: Screen) -> Screen:
    """The browser of an administrator; the log has three lines."""
    database = screen.people._changes.database
    screen.running = replace(screen.running, audit_log=AuditLog(database))
    runtime.install(screen.running)
    async with database.write() as conn:
        await record(
            conn, SYSTEM, "account.set_role", at=AT, target_type="account", target="bo", before={"role": "viewer"},
            after={"role": "editor"},
        )  # fmt: skip
        await record(conn, replace(NOBODY, address="203.0.113.9"), "GET /api/x", at=AT, outcome="denied", times=4)
        await record(conn, SYSTEM, "demo.load", at=AT, target="demo")
    return screen


def ids(screen: Screen) -> list[int]:
    return [line["id"] for line in screen.shows(AuditState, "lines")]


async def test_the_newest_stand_first_with_what_changed(log: Screen) -> None:
    await log.send(AuditState.load)
    assert ids(log) == [3, 2, 1]
    lines = log.shows(AuditState, "lines")
    assert lines[2]["says"] == "role: viewer → editor"
    assert (lines[1]["outcome"], lines[1]["times"], lines[1]["address"]) == ("denied", 4, "203.0.113.9")
    assert log.shows(AuditState, "people") == ["anonymous", "system"]
    assert log.shows(AuditState, "actions") == ["GET /api/x", "account.set_role", "demo.load"]
    assert (log.shows(AuditState, "older"), log.shows(AuditState, "is_filtered")) == (0, False)


async def test_filters_stand_in_the_address_and_go_into_the_export(log: Screen) -> None:
    log.address = "/admin/audit?who=system&search=b&since=2030-05-17T11:00:00Z&outcome=nonsense&until=yesterday"
    await log.send(AuditState.load)
    assert ids(log) == [1]
    assert log.shows(AuditState, "query") == "who=system&search=b&since=2030-05-17T11%3A00%3A00%2B00%3A00"
    assert log.shows(AuditState, "is_filtered") is True


def test_an_address_that_says_nonsense_is_no_filter() -> None:
    wrong = {"since": "2030-05-17T11:00:00", "until": "0001-01-01T00:00:00Z", "outcome": "odd", "who": " "}
    assert filter_of(wrong) == AuditFilter()
    assert query_of(AuditFilter()) == ""
    assert len(filter_of({"search": "x" * 999}).search) == 200


async def test_older_lines_are_a_page_of_their_own(log: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE_SIZE", 2)
    await log.send(AuditState.load)
    assert (ids(log), log.shows(AuditState, "older"), log.shows(AuditState, "is_newest")) == ([3, 2], 2, True)
    log.address = "/admin/audit?before=2"
    await log.send(AuditState.load)
    assert (ids(log), log.shows(AuditState, "older"), log.shows(AuditState, "is_newest")) == ([1], 0, False)
    log.address = "/admin/audit?before=-7e9"
    await log.send(AuditState.load)
    assert log.shows(AuditState, "is_newest") is True


async def test_one_line_is_shown_in_full_and_closed_again(log: Screen) -> None:
    await log.send(AuditState.open, line_id=1)
    detail = log.shows(AuditState, "detail")
    assert detail["groups"] == [
        {"title": "", "rows": [{"name": "role", "kind": "changed", "before": "viewer", "after": "editor"}]}
    ]
    assert {"name": "On what", "text": "account bo"} in detail["facts"]
    await log.send(AuditState.open, line_id=1)
    assert (log.shows(AuditState, "open_id"), log.shows(AuditState, "detail")) == (0, {})
    for wrong in (99, 0, -1, 2**60, True, "1", None, [1]):
        await log.send(AuditState.open, line_id=wrong)
        assert log.shows(AuditState, "open_id") == 0


async def test_the_chain_holds_until_a_line_is_changed(log: Screen) -> None:
    await log.send(AuditState.verify)
    verdict = log.shows(AuditState, "verdict")
    assert (verdict["is_good"], verdict["text"]) == (True, "The chain holds: 3 lines follow from one another.")
    with contextlib.closing(sqlite3.connect(log.file)) as conn, conn:
        conn.execute("UPDATE audit_entry SET target = 'somebody' WHERE id = 2")
    await log.send(AuditState.verify)
    verdict = log.shows(AuditState, "verdict")
    assert verdict["text"] == "The chain is broken: line 2 was changed."
    assert "backup" in verdict["more"]
    assert log.shows(AuditState, "is_verifying") is False


async def test_an_editor_reads_nothing(log: Screen) -> None:
    log.person = await log.people.log_in("bo", EDITOR)
    await log.send(AuditState.load)
    await log.send(AuditState.open, line_id=1)
    await log.send(AuditState.verify)
    assert log.was_sent(AuditState, "lines") + log.was_sent(AuditState, "detail") == []
    assert log.toasts == ["You may not read the audit log."] * 3


async def test_a_database_that_is_away_is_told_with_a_way_on(log: Screen) -> None:
    log.take_away("audit_entry")
    await log.send(AuditState.load)
    assert log.shows(AuditState, "problem")
    log.give_back("audit_entry")
    await log.send(AuditState.load)
    assert (log.shows(AuditState, "problem"), len(ids(log))) == ("", 3)
