"""What becomes of the relations of services that come back from deletion: others may lead the other way by now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import ChangeItem
from monitor_app.domain.service import ServiceDefinition
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import Identity
from monitor_app.storage.relations import disable_relations, load_relations
from monitor_app.use_cases.auditing import record_relations, shown_relation
from monitor_app.use_cases.change_log import relation_items
from monitor_app.use_cases.relation_graph import load_graph


async def disable_closing(
    conn: AsyncConnection,
    registry: KindRegistry,
    identity: Identity,
    restored: Sequence[ServiceDefinition],
    now: datetime,
) -> list[ChangeItem]:
    """Disable those relations of services just restored that would close a circle; the oldest ones stay.

    A line of the audit log names them with their circles. Returns what that changed, as a part of the restoring. Raises
    Conflict when a circle is made of other relations and of members, for which this one restored was the missing link.
    """
    pks = {service.pk for service in restored}
    relations = [relation for relation in await load_relations(conn) if relation.enabled]
    back = [relation for relation in relations if not pks.isdisjoint((relation.source_pk, relation.target_pk))]
    graph = await load_graph(conn, registry, without={relation.pk for relation in back})
    for service in restored:
        if (circle := graph.through(service.service_id)) is not None:
            text = f"{service.service_id} cannot be restored: it would close a circle: {circle.advice}"
            raise circle.conflict("service_id", text)
    closing, before, after = [], [], []
    for relation in back:
        if (ends := graph.ends(relation)) is None:
            continue
        if (circle := graph.closed_by(*ends)) is None:
            graph.add(relation)
            continue
        document = shown_relation(relation, *ends)
        closing.append(relation)
        before.append(document | {"circle": None})
        after.append(document | {"enabled": False, "circle": list(circle.path)})
    if closing:
        await disable_relations(conn, [relation.pk for relation in closing], now)
        await record_relations(conn, identity, "relation.disable", now, before=before, after=after)
    return relation_items(closing, [replace(relation, enabled=False) for relation in closing])
