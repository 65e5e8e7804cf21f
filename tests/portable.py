"""A program that exports and imports, on a database and a key of its own."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor_app.bus.local import Bus
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import SystemClock
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import SYSTEM, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.database import Database
from monitor_app.use_cases.access_changes import AccessChanges
from monitor_app.use_cases.portable.exporting import Exporting
from monitor_app.use_cases.portable.formats import Format, Table
from monitor_app.use_cases.portable.importing import Importing
from monitor_app.use_cases.portable.report import ImportReport, OnConflict, Options
from monitor_app.use_cases.services import ServiceUseCases

PASSPHRASE = "quiet harbour anvil"


@dataclass
class Program:
    """What exports and imports; each has another key, as installations have."""

    database: Database
    registry: KindRegistry = field(default_factory=lambda: KindRegistry(sealer=Vault([new_key()])))

    def __post_init__(self) -> None:
        clock, bus = SystemClock(), Bus()
        self.services = ServiceUseCases(self.database, self.registry, clock, bus)
        self.exporting = Exporting(self.database, self.registry, clock)
        self.importing = Importing(self.database, self.registry, clock, bus, AccessChanges(self.database, clock))

    async def export(
        self, form: Format = "yaml", table: Table = "services", passphrase: str | None = None, who: Identity = SYSTEM
    ) -> str:
        return await self.exporting.export(who, form, table, passphrase)

    async def take(
        self,
        text: bytes | str,
        form: Format = "yaml",
        *,
        dry: bool = False,
        partial: bool = False,
        on_conflict: OnConflict = "fail",
        passphrase: str = "",
        who: Identity = SYSTEM,
    ) -> ImportReport:
        options = Options(dry, partial, on_conflict, passphrase)
        return await self.importing.import_text(who, text, form, f"services.{form}", options)

    async def add(self, **values: Any) -> ServiceDefinition:
        """A service; an http one unless the values say otherwise."""
        given: dict[str, Any] = {"status_config": {"url": "https://example.org/"}} | values
        return await self.services.create(SYSTEM, given)

    async def all(self) -> dict[str, ServiceDefinition]:
        return {service.service_id: service for service in await self.services.list_all(SYSTEM)}

    async def config(self, service_id: str) -> Any:
        """As the checks have it, secrets in clear."""
        service = await self.services.get(SYSTEM, service_id)
        return self.registry[service.kind].parse(service.status_config)


def told(report: ImportReport) -> list[str]:
    """What is wrong, as people read it."""
    return [str(problem) for problem in report.errors]


@asynccontextmanager
async def another_program(empty_sqlite: Path, folder: Path) -> AsyncIterator[Program]:
    """On an empty database of its own."""
    shutil.copytree(empty_sqlite, folder, dirs_exist_ok=True)
    database = Database(f"sqlite+aiosqlite:///{folder / 'lightbulb.db'}")
    try:
        yield Program(database)
    finally:
        await database.close()
