"""Whatever somebody types or a denied call held: stored as it is or refused in words, on both databases."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

from monitor_app.bus.local import Bus
from monitor_app.domain.audit import AuditEntry, Chain
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, EDITOR, Identity
from monitor_app.storage import audit
from monitor_app.storage.database import Database
from monitor_app.storage.services import load_services
from monitor_app.use_cases.audit_log import AuditLog
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.services import ServiceUseCases
from tests.samples_hostile import FAMILIES, PAYLOADS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Identity.of_role("ann", EDITOR)


class Noon:
    def now(self) -> datetime:
        return NOON


async def test_names_are_stored_as_they_are_or_refused_in_words(database: Database) -> None:
    bus = Bus()
    services = ServiceUseCases(database, KindRegistry(), Noon(), bus)
    taken: dict[str, str] = {}
    refused: dict[str, dict[str, str]] = {}
    for payload in PAYLOADS:
        name = payload[:40].replace(",", ";")
        values = {"label": name, "group": name, "tags": [name], "status_config": {"url": "http://127.0.0.1:1/"}}
        try:
            taken[(await services.create(ANN, values)).service_id] = name
        except InvalidInput as err:
            refused[payload] = err.fields
    async with database.read() as conn:
        stored = {service.service_id: service for service in await load_services(conn)}
    await bus.close()
    for fields in refused.values():
        assert set(fields) <= {"label", "group", "tags"}
        assert all("must not hold line breaks" in words for words in fields.values())
    assert len(stored) + len(refused) == len(PAYLOADS)
    for service_id, name in taken.items():
        service = stored[service_id]
        assert (service.label, service.group, service.tags) == (name.strip(), name.strip(), (name.strip(),))
        assert service_id.isascii()
        assert service_id.replace("-", "").isalnum()
    # Tabs and line ends around a name are taken off, and a formula behind them is one like others.
    assert {text for name in ("terminal", "lines") for text in FAMILIES[name]} <= refused.keys()


async def test_audit_log_has_one_line_each_and_its_chain_holds(database: Database) -> None:
    for payload in PAYLOADS:
        identity = replace(ANN, name=payload, address=payload, credential=payload, correlation_id=payload)
        async with database.write() as conn:
            await record(
                conn,
                identity,
                payload,
                at=NOON,
                target_type=payload,
                target=payload,
                before={payload: payload},
                after=[payload, {"label": payload}],
                outcome="denied",
            )
    async with database.read() as conn:
        lines = await audit.after(conn, 0)
        assert Chain().follow(lines) is None
        for payload in PAYLOADS:
            found = await audit.read(conn, audit.AuditFilter(search=payload[:30].replace("\0", "")), limit=1)
            assert found or "\0" in payload
    assert len(lines) == len(PAYLOADS)

    log, reader = AuditLog(database), Identity.of_role("ada", ADMIN)
    table = "".join([piece async for piece in log.export_csv(reader, audit.AuditFilter())])
    cells = list(csv.reader(io.StringIO(table, newline=""), strict=True))
    assert len(cells) == len(PAYLOADS) + 1
    assert {len(line) for line in cells} == {len(cells[0])}
    assert not [
        cell for line in cells for cell in line if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    ]
    document = json.loads("".join([piece async for piece in log.export_json(reader, audit.AuditFilter())]))
    assert len(document) == len(PAYLOADS)


async def test_audit_line_is_one_line_of_json(database: Database) -> None:
    entries = [AuditEntry("ann", EDITOR, "service.update", target=payload, after=payload) for payload in PAYLOADS]
    async with database.write() as conn:
        written = [await audit.append(conn, entry, NOON) for entry in entries]
    for line, payload in zip(written, PAYLOADS, strict=True):
        assert len(json.dumps(line.entry.after).splitlines()) == 1
        assert line.entry.after == payload or "\0" in payload
