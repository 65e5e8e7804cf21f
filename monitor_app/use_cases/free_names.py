"""A new id for each deleted service whose own was taken by another one meanwhile."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.slug import alternatives, first_free
from monitor_app.storage.services import load_services_by_pk, taken_service_ids


async def free_names(conn: AsyncConnection, pks: Collection[int]) -> dict[int, str]:
    """By the pk of those that cannot come back as they were called: `shop-2` and so on."""
    deleted = {pk: one for pk, one in (await load_services_by_pk(conn, pks)).items() if one.is_deleted}
    used = await taken_service_ids(conn, {service.service_id for service in deleted.values()})
    # Who was deleted last keeps the name, should several have had the same.
    names: dict[int, str] = {}
    for pk, service in sorted(deleted.items(), key=lambda pair: pair[1].updated_at, reverse=True):
        rounds = alternatives(service.service_id, f"{service.label} {pk}")
        name = None
        while name is None:
            candidates = next(rounds)
            used |= await taken_service_ids(conn, candidates)
            name = first_free(candidates, used)
        used.add(name)
        if name != service.service_id:
            names[pk] = name
    return names
