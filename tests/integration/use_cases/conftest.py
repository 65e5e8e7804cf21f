"""A real SQLite database, a bus that is listened to, and a kind of check that needs no network."""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import ADMIN, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.migrations import upgrade
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.services import ServiceUseCases

KINDS = Path(__file__).parents[2] / "kinds"


@dataclass
class FixedClock:
    """Stands still until it is moved."""

    moment: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Counter:
    """How many probes run now, and how many ran at most; `at` the n-th start it calls something."""

    running: int = 0
    most: int = 0
    total: int = 0
    at: dict[int, Callable[[], None]] = field(default_factory=dict)

    def enter(self) -> None:
        self.running += 1
        self.total += 1
        self.at.get(self.total, lambda: None)()
        self.most = max(self.most, self.running)

    def leave(self) -> None:
        self.running -= 1


@dataclass
class RecordingBus(Bus):
    """The real bus, which also remembers what was published."""

    published: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def publish(self, event: object) -> None:
        self.published.append(event)
        super().publish(event)

    @property
    def revisions(self) -> list[int]:
        return [event.revision for event in self.published if isinstance(event, ServicesChanged)]


@pytest.fixture(scope="session")
def empty_database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; tests copy it."""
    import asyncio

    path = tmp_path_factory.mktemp("empty") / "lightbulb.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def database(empty_database_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "lightbulb.db"
    for name in empty_database_file.parent.glob(f"{empty_database_file.name}*"):
        shutil.copy(name, path.with_name(name.name))
    database = Database(f"sqlite+aiosqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture(scope="session")
def registry() -> KindRegistry:
    return KindRegistry(KINDS)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def bus() -> AsyncIterator[RecordingBus]:
    bus = RecordingBus()
    yield bus
    await bus.close()


@pytest.fixture
def services(database: Database, registry: KindRegistry, clock: FixedClock, bus: RecordingBus) -> ServiceUseCases:
    return ServiceUseCases(database, registry, clock, bus)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def probing(counter: Counter, registry: KindRegistry) -> Probing:
    return Probing(counter, registry)


@pytest.fixture
def admin() -> Identity:
    return Identity.of_role("ada", ADMIN)
