"""Services like those of an online shop, for benchmarks that need many of them and nothing else."""

from datetime import UTC, datetime

from monitor_app.storage import migrations, services
from monitor_app.storage.database import Database


async def add_many(database: Database, url: str, count: int) -> list[int]:
    """Make the tables and add `count` services; their pks in the order of their labels."""
    await migrations.upgrade(url)
    now = datetime.now(UTC)
    rows = [
        {
            "service_id": f"service-{number:05}",
            "label": f"Service {number:05} of the online shop",
            "service_type": "website",
            "kind": "http",
            "group": f"group-{number % 20}",
            "tags": ["production", f"team-{number % 7}"],
            "status_config": {"url": f"https://host{number}.example.org/health"},
            "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]
    async with database.write() as conn:
        return [service.pk for service in await services.insert_services(conn, rows)]
