"""The audit log on SQLite and PostgreSQL: written with each change, read, exported, verified."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditFilter, AuditLine, Break
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import DatabaseUnavailable, InvalidInput, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, EDITOR, SYSTEM, VIEWER, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.use_cases.audit_log import COLUMNS, AuditLog, Verified
from monitor_app.use_cases.breaker import BreakerUseCases
from monitor_app.use_cases.denials import GATHER_SECONDS, KEPT_LIMIT, Denials
from monitor_app.use_cases.services import ServiceUseCases
from tests.accounts import HandClock

ANN = Identity.of_role("ann", ADMIN, via="session", credential="7", address="192.0.2.1", correlation_id="c0ffee")
EVE = Identity.of_role("eve", VIEWER, address="192.0.2.66")
ALL = AuditFilter()


@pytest.fixture
def log(database: Database) -> AuditLog:
    return AuditLog(database)


@pytest.fixture
def services(database: Database, sealer: Any) -> ServiceUseCases:
    return ServiceUseCases(database, KindRegistry(sealer=sealer), SystemClock(), Bus())


@pytest.fixture
def sealer() -> Any:
    return Vault([new_key()])


def web(name: str, **more: Any) -> dict[str, Any]:
    config = {"url": f"http://127.0.0.1:1/{name}", "headers": {"Authorization": "Bearer canary-of-the-audit-log"}}
    return {"label": name, "service_id": name, "status_config": config} | more


async def lines(log: AuditLog, wanted: AuditFilter = ALL) -> list[AuditLine]:
    return (await log.page(ANN, wanted))[::-1]


async def joined(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


async def test_each_change_of_services_is_one_line_without_secrets(
    log: AuditLog, services: ServiceUseCases, database: Database
) -> None:
    shop = await services.create(ANN, web("shop"))
    await services.create_many(ANN, [web("a"), web("b")])
    await services.update(ANN, "shop", {"label": "The shop"}, expected_revision=shop.revision)
    await services.pause(ANN, ["shop", "a"])
    await services.pause(ANN, ["shop"])  # nothing to do, nothing to tell
    await services.resume(ANN, ["a"])
    await BreakerUseCases(database, SqlHistory(database), SystemClock(), Bus()).open(ANN, "a", "repairs", 5)
    await services.delete(ANN, ["a", "b"])
    await services.restore(ANN, [shop.pk + 1])
    found = await lines(log)
    assert [(line.entry.action, line.entry.target) for line in found] == [
        ("service.create", "shop"),
        ("service.create", "2 services"),
        ("service.update", "shop"),
        ("service.pause", "2 services"),
        ("service.resume", "a"),
        ("breaker.open", "a"),
        ("service.delete", "2 services"),
        ("service.restore", "a"),
    ]
    first, both, changed = (line.entry for line in found[:3])
    assert (first.who, first.via, first.address, first.correlation_id) == ("ann", "session 7", "192.0.2.1", "c0ffee")
    assert first.before is None
    assert first.after["status_config"]["headers"] == {"Authorization": "***"}
    assert [item["service_id"] for item in both.after] == ["a", "b"]
    assert changed.before == {"service_id": "shop", "label": "shop"}
    assert changed.after == {"service_id": "shop", "label": "The shop"}
    assert "canary" not in await joined(log.export_json(ANN, ALL))
    assert await log.verify(ANN) == Verified(8, None)


async def test_what_was_refused_leaves_no_line(log: AuditLog, services: ServiceUseCases) -> None:
    await services.create(ANN, web("shop"))
    with pytest.raises(InvalidInput):
        await services.create(ANN, web("shop"))
    with pytest.raises(PermissionDenied):
        await services.delete(Identity.of_role("ed", EDITOR), ["shop"])
    assert len(await lines(log)) == 1


async def test_lines_are_found_by_who_action_outcome_text_and_time(log: AuditLog, services: ServiceUseCases) -> None:
    await services.create(ANN, web("shop"))
    await services.create(SYSTEM, web("blog"))
    await services.pause(SYSTEM, ["shop"])
    first, _, last = await lines(log)
    for wanted, ids in [
        (AuditFilter(who="system"), [2, 3]),
        (AuditFilter(action="service.pause"), [3]),
        (AuditFilter(outcome="denied"), []),
        (AuditFilter(search="sho"), [1, 3]),
        (AuditFilter(search="%"), []),
        (AuditFilter(target_type="service", since=first.at), [1, 2, 3]),
        (AuditFilter(since=last.at + timedelta(milliseconds=1)), []),
        (AuditFilter(until=first.at), []),
    ]:
        assert [line.id for line in await lines(log, wanted)] == ids
    assert [line.id for line in await log.page(ANN, ALL, before_id=3, limit=1)] == [2]
    assert await log.actions(ANN) == ["service.create", "service.pause"]
    with pytest.raises(InvalidInput, match="limit: must be 1 to 200, got 0"):
        await log.page(ANN, ALL, limit=0)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "é" * 300])
async def test_any_text_may_be_looked_for(log: AuditLog, services: ServiceUseCases, text: str) -> None:
    await services.create(ANN, web("shop"))
    assert await lines(log, AuditFilter(who=text)) == await lines(log, AuditFilter(search=text)) == []


async def test_only_who_may_reads_it(log: AuditLog) -> None:
    for identity in (EVE, Identity.of_role("ed", EDITOR)):
        for refused in (log.page(identity, ALL), log.actions(identity), log.verify(identity)):
            with pytest.raises(PermissionDenied):
                await refused
        for export in (log.export_csv, log.export_json):
            with pytest.raises(PermissionDenied):
                export(identity, ALL)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET who = 'nobody' WHERE id = 2", Break(2, "was changed")),
        ("UPDATE audit_entry SET after = '{}' WHERE id = 2", Break(2, "was changed")),
        ("DELETE FROM audit_entry WHERE id = 2", Break(2, "is missing")),
        ("DELETE FROM audit_entry WHERE id = 3", Break(3, "is missing")),
    ],
)
async def test_who_touches_the_table_is_found(
    log: AuditLog, services: ServiceUseCases, database: Database, statement: str, found: Break
) -> None:
    for name in ("a", "b", "c"):
        await services.create(ANN, web(name))
    assert (await log.verify(ANN)).broken is None
    async with database.write() as conn:
        await conn.execute(text(statement))
    assert (await log.verify(ANN)).broken == found


async def test_a_table_program_takes_no_cell_for_a_formula(log: AuditLog, services: ServiceUseCases) -> None:
    await services.create(Identity.of_role("=cmd|' /C calc'!A0", ADMIN, address="@x"), web("shop", tags=["-1+2"]))
    rows = list(csv.reader(io.StringIO(await joined(log.export_csv(ANN, ALL)))))
    assert tuple(rows[0]) == COLUMNS
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["who"], row["address"]) == ("'=cmd|' /C calc'!A0", "'@x")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[1])
    (document,) = json.loads(await joined(log.export_json(ANN, ALL)))
    assert document["who"] == "=cmd|' /C calc'!A0"
    assert json.loads(await joined(log.export_json(ANN, AuditFilter(who="x")))) == []


async def test_denials_are_told_at_once_and_repetitions_with_how_often(log: AuditLog, database: Database) -> None:
    clock = HandClock()
    denials = Denials(database, clock)
    denials.note(EVE, "event RowActions.delete")
    assert await denials.flush() == GATHER_SECONDS
    for _ in range(1000):
        denials.note(EVE, "event RowActions.delete")
    denials.note(EVE, "GET /api/audit.json", "all")
    await denials.flush()
    assert len(await lines(log)) == 2
    clock.move(seconds=GATHER_SECONDS)
    await denials.flush()
    told = [(line.entry.action, line.entry.target, line.entry.outcome, line.entry.times) for line in await lines(log)]
    assert told == [
        ("event RowActions.delete", "", "denied", 1),
        ("GET /api/audit.json", "all", "denied", 1),
        ("event RowActions.delete", "", "denied", 1000),
    ]
    clock.move(seconds=GATHER_SECONDS)
    assert await denials.flush() is None
    assert len(await lines(log)) == 3
    assert (await log.verify(ANN)).broken is None


async def test_denials_of_many_names_are_counted_together(log: AuditLog, database: Database) -> None:
    denials = Denials(database, HandClock())
    for number in range(KEPT_LIMIT + 300):
        denials.note(EVE, f"GET /api/{number}")
    await denials.flush()
    found = await log.page(ANN, AuditFilter(action="others"))
    assert [line.entry.times for line in found] == [300]


async def test_denials_from_one_network_are_one_line(log: AuditLog, database: Database) -> None:
    """Whoever has a network of addresses must not fill the log by taking another one each time."""
    denials = Denials(database, HandClock())
    for number in range(300):
        denials.note(replace(EVE, address=f"2001:db8::{number:x}"), "event X.y")
    await denials.flush()
    assert [line.entry.times for line in await lines(log)] == [300]


async def test_denials_wait_for_the_database(
    log: AuditLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    denials = Denials(database, SystemClock())
    denials.start()
    with monkeypatch.context() as patched:
        patched.setattr(database, "write", _away)
        denials.note(EVE, "event X.y")
        with pytest.raises(DatabaseUnavailable):
            await denials.flush()
    await denials.close()
    assert [line.entry.action for line in await lines(log)] == ["event X.y"]


def _away() -> Any:
    raise DatabaseUnavailable("the database is away")
