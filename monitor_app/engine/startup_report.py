"""What a process tells of itself once when it has started: one event, and nothing in it that is secret."""

import resource
from typing import Any

from monitor_app import __version__
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import Settings
from monitor_app.storage.database import Database
from monitor_app.storage.sql_upkeep import SqlUpkeep

STARTED = "Lightbulb has started"

logger = get_logger(__name__)


async def report(settings: Settings, database: Database, registry: KindRegistry, process: str, **more: Any) -> None:
    """Log it. `process` is web or engine; `more` is what only that one knows."""
    logger.info(
        STARTED,
        process=process,
        version=__version__,
        database=await _of_database(settings, database),
        kinds=sorted(kind.name for kind in registry),
        limits={
            "checks_in_flight": settings.max_checks_in_flight,
            "checks_per_host": settings.max_checks_per_host,
            "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        },
        retention={
            "raw_days": settings.retention_raw_days,
            "five_minute_days": settings.retention_5min_days,
            "hourly_days": settings.retention_hourly_days,
            "max_bytes": settings.max_db_size,
        },
        # Not called after what it is, or the log would mask it.
        sealed_with="SECRET_KEY" if settings.secret_keys else str(settings.secret_key_file),
        role=settings.role,
        schedules=settings.scheduler_enabled and settings.role != "web",
        **more,
    )


async def _of_database(settings: Settings, database: Database) -> dict[str, Any]:
    """Kind, name, revision, version and size; what cannot be found out now is None."""
    found: dict[str, Any] = {"type": settings.database_type, "name": database.name}
    question = "SELECT sqlite_version()" if database.is_sqlite else "SHOW server_version"
    try:
        async with database.read() as conn:
            found["version"] = (await conn.exec_driver_sql(question)).scalar_one()
            found["revision"] = (await conn.exec_driver_sql("SELECT version_num FROM alembic_version")).scalar()
        found["bytes"] = await SqlUpkeep(database).used_bytes()
    except DatabaseUnavailable as err:
        found["trouble"] = str(err)
    return found
