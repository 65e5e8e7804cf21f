"""The last results of one service, whole: for a person who looks at it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.result import StoredResult
from monitor_app.storage import history_sql as sql


async def latest_results(conn: AsyncConnection, service_pk: int, limit: int) -> list[StoredResult]:
    """The newest first; the index on service and time answers."""
    statement = (
        sql.results_after(-1, limit)
        .where(sql.results.c.service_pk == service_pk)
        .order_by(None)
        .order_by(sql.results.c.checked_at.desc())
    )
    return await sql.fetch_results(conn, statement)
