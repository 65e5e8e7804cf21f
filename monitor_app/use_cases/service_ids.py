"""The public ids of services: which are taken, and which a new one gets."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.slug import alternatives, first_free, slug_of
from monitor_app.storage import services as table
from monitor_app.use_cases.service_input import ValidService


async def taken_ids(conn: AsyncConnection, service_ids: Sequence[str]) -> list[dict[str, str]]:
    """For each wanted id a message where a service or an earlier entry has it; blank ids are nobody's."""
    taken = await table.taken_service_ids(conn, {name for name in service_ids if name})
    messages: list[dict[str, str]] = []
    for name in service_ids:
        messages.append({"service_id": f"must be unique: {name} is taken by another service"} if name in taken else {})
        if name:
            taken.add(name)
    return messages


async def choose_ids(conn: AsyncConnection, entries: Sequence[ValidService]) -> list[str]:
    """The id each entry asks for, else a free one derived from its label."""
    chosen = {number: entry.values.service_id for number, entry in enumerate(entries) if entry.values.service_id}
    used = set(chosen.values())
    open_rounds = {
        number: alternatives(slug_of(entry.label, entry.config.target), f"{entry.label} {entry.config.target} {number}")
        for number, entry in enumerate(entries)
        if number not in chosen
    }
    while open_rounds:
        candidates = {number: next(rounds) for number, rounds in open_rounds.items()}
        used |= await table.taken_service_ids(conn, {name for names in candidates.values() for name in names})
        for number, names in candidates.items():
            if free := first_free(names, used):
                chosen[number] = free
                used.add(free)
                del open_rounds[number]
    return [chosen[number] for number in range(len(entries))]
