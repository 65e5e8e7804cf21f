"""Which services are websites, by their rows in the service table."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import Service

services = Service.__table__  # type: ignore[attr-defined]


async def load_urls(conn: AsyncConnection, kind: str, service_type: str) -> dict[int, str]:
    """The `url` of the config of each service of this kind and type that is not deleted, by its pk."""
    statement = select(services.c.pk, services.c.status_config["url"].as_string()).where(
        services.c.kind == kind, services.c.service_type == service_type, services.c.deleted_at.is_(None)
    )
    return {pk: url for pk, url in await conn.execute(statement) if url}
