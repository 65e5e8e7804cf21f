"""Services that are made of others: their members must exist, and none may contain itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.graph import circle
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.storage.services import load_services

FIELD = "members"
NAMED_LIMIT = 5


async def refuse_wrong_members(
    conn: AsyncConnection,
    registry: KindRegistry,
    saved: Sequence[tuple[str, CheckConfig]],
    before: ServiceDefinition | None = None,
) -> None:
    """Judge the members of services that are about to be saved, by service_id; `before` is what one of them replaces.

    A member that was there before may be gone by now: that must not keep anybody from changing the rest. Raises
    Conflict on `members`, numbered when there are several.
    """
    if not any(config.member_ids for _, config in saved):
        return
    services = await load_services(conn)
    others = [service for service in services if before is None or service.pk != before.pk]
    kept = members_of(registry, [] if before is None else [before])
    known = {service.service_id for service in others} | {name for name, _ in saved}
    known |= {member for members in kept.values() for member in members}
    graph = members_of(registry, others)
    messages: dict[str, str] = {}
    for number, (name, config) in enumerate(saved, 1):
        text = _wrong(name, config.member_ids, known, graph)
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
        except (NotFound, InvalidInput):
            continue
    return members


def _wrong(name: str, member_ids: Collection[str], known: Collection[str], graph: Mapping[str, tuple[str, ...]]) -> str:
    missing = [member for member in member_ids if member not in known]
    if missing:
        more = f" and {len(missing) - NAMED_LIMIT} more" if len(missing) > NAMED_LIMIT else ""
        return f"must be services that exist: there is no {', '.join(missing[:NAMED_LIMIT])}{more}"
    way = circle(graph, [(name, member) for member in member_ids])
    return f"must not contain itself: {' -> '.join(way)}" if way else ""
