"""Which relations hang on services: those that nobody sees any more once the services are deleted."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import RelationRow, Service

relations = RelationRow.__table__  # type: ignore[attr-defined]
services = Service.__table__  # type: ignore[attr-defined]

# Each stands in a statement twice; SQLite allows 32,766 parameters.
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Related:
    """A relation by the public names of both ends."""

    relation_id: int
    source_pk: int
    target_pk: int
    source_service_id: str
    target_service_id: str
    relation_type: str
    enabled: bool


async def load_related(conn: AsyncConnection, pks: Collection[int]) -> list[Related]:
    """The relations that one of these services is an end of, both ends not deleted; in the order of their numbers."""
    source, target = services.alias(), services.alias()
    columns = (
        relations.c.pk,
        relations.c.source_pk,
        relations.c.target_pk,
        source.c.service_id,
        target.c.service_id,
        relations.c.relation_type,
        relations.c.enabled,
    )
    wanted, found = list(pks), dict[int, Related]()
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        statement = (
            select(*columns)
            .join(source, source.c.pk == relations.c.source_pk)
            .join(target, target.c.pk == relations.c.target_pk)
            .where(source.c.deleted_at.is_(None), target.c.deleted_at.is_(None))
            .where(or_(relations.c.source_pk.in_(some), relations.c.target_pk.in_(some)))
        )
        found |= {row[0]: Related(*row) for row in await conn.execute(statement)}
    return [found[pk] for pk in sorted(found)]
