"""Services that are made of others: their members must exist, and none may contain itself or depend on itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import Identity
from monitor_app.storage.services import load_services, update_service
from monitor_app.use_cases.change_log import record_change, service_items
from monitor_app.use_cases.relation_graph import Circle, RelationGraph, load_graph, members_of

FIELD = "members"
NAMED_LIMIT = 5


async def refuse_wrong_members(
    conn: AsyncConnection,
    registry: KindRegistry,
    saved: Sequence[tuple[str, CheckConfig]],
    before: ServiceDefinition | None = None,
) -> None:
    """Judge the members of services that are about to be saved, by service_id; `before` is what one of them replaces.

    A member that was there before may be gone by now: that must not keep anybody from changing the rest. What has
    members depends on them, as by a relation: no way along both may lead round (use_cases/relation_graph.py). A service
    that gets the name of a gone member takes its place. Raises Conflict on `members`, numbered when there are several,
    or on `service_id`.
    """
    is_renamed = before is not None and before.service_id != saved[0][0]
    if not is_renamed and not any(config.member_ids for _, config in saved):
        return
    graph = await load_graph(conn, registry, replaced={} if before is None else {before.pk: saved[0][0]})
    kept = members_of(registry, [] if before is None else [before])
    known = {*graph.names.values(), *(name for name, _ in saved), *(part for parts in kept.values() for part in parts)}
    messages: dict[str, str] = {}
    found: Circle | None = None
    for number, (name, config) in enumerate(saved, 1):
        if missing := [member for member in config.member_ids if member not in known]:
            text = _missing(missing)
        else:
            graph.link(name, config.member_ids)
            circle = graph.through(name)
            text = _round(circle) if circle is not None else ""
            found = found or circle
        if text:
            field = FIELD if config.member_ids else "service_id"
            messages[f"{number}.{field}" if len(saved) > 1 else field] = text
    if messages:
        raise Conflict(messages, found.details if found is not None else None)


def refuse_missing_members(
    registry: KindRegistry, graph: RelationGraph, before: ServiceDefinition, after: ServiceDefinition
) -> None:
    """Judge the members of a service that has an earlier config again; one that was missing before may be. Conflict."""
    kept = members_of(registry, [before]).get(before.service_id, ())
    members = members_of(registry, [after]).get(after.service_id, ())
    if missing := [member for member in members if member not in graph.pks and member not in kept]:
        raise Conflict({FIELD: f"of {after.label} {_missing(missing)}"})


async def rename_member(
    conn: AsyncConnection, registry: KindRegistry, identity: Identity, before: str, after: str, now: datetime
) -> list[ServiceDefinition]:
    """Give a member its new service_id in all services that are made of it; returns those as they are then.

    It cannot be undone by itself: whoever takes the new service_id back comes here again.
    """
    services = await load_services(conn)
    wholes = {name for name, members in members_of(registry, services).items() if before in members}
    made = [service for service in services if service.service_id in wholes]
    changed = []
    for service in made:
        kind = registry[service.kind]
        config = kind.parse(service.status_config).with_member_renamed(before, after)
        values: dict[str, Any] = {"status_config": kind.stored(config, service.status_config), "updated_at": now}
        changed.append(await update_service(conn, service.pk, values))
    await record_change(conn, identity, "service.rename-member", now, service_items(made, changed), undoable=False)
    return changed


def _missing(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_LIMIT} more" if len(names) > NAMED_LIMIT else ""
    return f"must be services that exist: there is no {', '.join(names[:NAMED_LIMIT])}{more}"


def _round(circle: Circle) -> str:
    return f"must not {'depend on' if circle.relations else 'contain'} itself: {circle.text}"
