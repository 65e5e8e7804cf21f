"""What uses a service by now that did not when a change was made: that change must not take the service away."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import SERVICE, Change
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.change_log import load_history, service_document
from monitor_app.storage.related import load_related
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services
from monitor_app.use_cases.change_conflicts import named
from monitor_app.use_cases.relation_graph import members_of

# So far back it is looked what something was made of.
HISTORY_LIMIT = 200


async def refuse_used(
    conn: AsyncConnection, registry: KindRegistry, going: Sequence[ServiceDefinition], change: Change
) -> None:
    """Raises Conflict when somebody has related something to one of these since, or made something of it."""
    pks, names = {service.pk for service in going}, {service.service_id for service in going}
    related = {one.relation_id: one for one in await load_related(conn, pks)}
    rows = [one for one in await load_relations(conn) if one.pk in related] if related else []
    if newer := [related[one.pk] for one in rows if one.created_at >= change.at]:
        ends = named([f"{one.source_service_id} -> {one.target_service_id}" for one in newer])
        raise Conflict({"change": f"would take relations with it that came since: {ends}"})
    others = {service.service_id: service for service in await load_services(conn) if service.pk not in pks}
    users = [others[whole] for whole, members in members_of(registry, others.values()).items() if names & {*members}]
    wholes = [one.label for one in users if not names & await _members_then(conn, registry, one, change)]
    if wholes:
        raise Conflict({"change": f"would take away what others are made of by now: {named(wholes)}"})


async def _members_then(
    conn: AsyncConnection, registry: KindRegistry, whole: ServiceDefinition, change: Change
) -> set[str]:
    """What a service was made of when the change had been made; nothing when it was not there."""
    columns, is_there = service_document(whole), True
    for _, item in await load_history(conn, SERVICE, whole.pk, HISTORY_LIMIT, change.pk):
        is_there = item.before is not None
        columns |= item.before or {}
    if not is_there:
        return set()
    then = replace(whole, kind=columns["kind"], status_config=columns["status_config"])
    return set(members_of(registry, [then]).get(whole.service_id, ()))
