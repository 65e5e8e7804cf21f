"""Services that are made of others: their members must exist, and none may contain itself or depend on itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.graph import Graph, circle
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.relations import load_dependencies
from monitor_app.storage.services import load_services, update_service

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
    members depends on them, as by a relation: no way along both may lead round. Raises Conflict on `members`, numbered
    when there are several.
    """
    if not any(config.member_ids for _, config in saved):
        return
    services = await load_services(conn)
    others = [service for service in services if before is None or service.pk != before.pk]
    kept = members_of(registry, [] if before is None else [before])
    known = {service.service_id for service in others} | {name for name, _ in saved}
    known |= {member for members in kept.values() for member in members}
    names = {service.pk: service.service_id for service in others}
    renamed: dict[str, str] = {}
    if before is not None:
        names[before.pk] = saved[0][0]
        renamed[before.service_id] = saved[0][0]
    graph: dict[str, Collection[str]] = {
        name: [renamed.get(member, member) for member in members]
        for name, members in members_of(registry, others).items()
    }
    relations = [(names[source], names[target]) for source, target in await load_dependencies(conn)]
    messages: dict[str, str] = {}
    for number, (name, config) in enumerate(saved, 1):
        text = _wrong(name, config.member_ids, known, graph, relations)
        if text:
            messages[f"{number}.{FIELD}" if len(saved) > 1 else FIELD] = text
        else:
            graph[name] = tuple(config.member_ids)
    if messages:
        raise Conflict(messages)


def members_of(registry: KindRegistry, services: Iterable[ServiceDefinition]) -> dict[str, tuple[str, ...]]:
    """The members of each service that has any; what cannot be read has none."""
    members: dict[str, tuple[str, ...]] = {}
    for service in services:
        try:
            kind = registry[service.kind]
            # Most kinds have none: no need to read the configs of all services.
            if kind.config_model.member_ids is not CheckConfig.member_ids:
                members[service.service_id] = tuple(kind.parse(service.status_config).member_ids)
        except (NotFound, InvalidInput, SecretUnreadable):
            continue
    return members


async def rename_member(
    conn: AsyncConnection, registry: KindRegistry, before: str, after: str, now: datetime
) -> list[ServiceDefinition]:
    """Give a member its new service_id in all services that are made of it; returns those as they are then."""
    services = await load_services(conn)
    wholes = {name for name, members in members_of(registry, services).items() if before in members}
    changed = []
    for service in services:
        if service.service_id in wholes:
            kind = registry[service.kind]
            config = kind.parse(service.status_config).with_member_renamed(before, after)
            values: dict[str, Any] = {
                "status_config": kind.stored(config, service.status_config),
                "updated_at": now,
            }
            changed.append(await update_service(conn, service.pk, values))
    return changed


def _wrong(
    name: str,
    member_ids: Collection[str],
    known: Collection[str],
    graph: Graph[str],
    relations: Iterable[tuple[str, str]],
) -> str:
    missing = [member for member in member_ids if member not in known]
    if missing:
        more = f" and {len(missing) - NAMED_LIMIT} more" if len(missing) > NAMED_LIMIT else ""
        return f"must be services that exist: there is no {', '.join(missing[:NAMED_LIMIT])}{more}"
    added = [(name, member) for member in member_ids]
    if way := circle(graph, added):
        return f"must not contain itself: {' -> '.join(way)}"
    way = circle(_with_relations(graph, relations), added)
    return f"must not depend on itself: {' -> '.join(way)}" if way else ""


def _with_relations(graph: Graph[str], relations: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    whole = defaultdict(list, {name: list(members) for name, members in graph.items()})
    for source, target in relations:
        whole[source].append(target)
    return whole
