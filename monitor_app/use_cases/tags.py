"""Tags and environments as such: their colours, and renaming or removing one on all services that have it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.colour import SORTS, Sort, given_colour
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.given import given_text, given_texts
from monitor_app.domain.service import ENVIRONMENT_LIMIT, TAG_LIMIT, ServiceDefinition
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.storage import services as service_table
from monitor_app.storage.colours import load_colours, load_environment_order, save_colours, save_environment_order
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.change_log import record_change, service_items
from monitor_app.use_cases.service_input import ServiceInput
from monitor_app.use_cases.services import Clock

ENVIRONMENTS_LIMIT = 200
_LONGEST = {"tag": TAG_LIMIT, "environment": ENVIRONMENT_LIMIT}


@dataclass(frozen=True, slots=True)
class Renamed:
    """The name that services have now instead, "" for none, and how many of them."""

    name: str
    services: int


class _Unchanged(Exception):
    """All is as it is to be: nothing is written, so that nobody reads anything anew."""


class TagUseCases:
    """What a person or a client does with tags and environments. All of it takes the permission service:write.

    One exists while a service has it; a colour is kept for as long as nobody takes it away.
    """

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def paint(self, identity: Identity, sort: Sort, name: str, colour: str) -> None:
        """Give one a colour, "" for none. Raises InvalidInput, NotFound when no service has it."""
        identity.require(SERVICE_WRITE)
        name, colour = _given_name("name", sort, name), given_colour("colour", colour)
        with suppress(_Unchanged):
            async with self._alone() as (conn, services):
                before = (await load_colours(conn))[sort].get(name, "")
                if not before and not any(_has(service, sort, name) for service in services):
                    raise NotFound(f"no service has the {sort} {name}")
                if before == colour:
                    raise _Unchanged
                await save_colours(conn, sort, {name: colour})
                await self._record(conn, identity, f"{sort}.paint", sort, name, {"colour": before}, {"colour": colour})

    async def rename(
        self, identity: Identity, sort: Sort, name: str, new_name: str, colour: str | None = None
    ) -> Renamed:
        """Call it something else on all services that have it; of a service that has both, one goes.

        Its colour goes along unless the new name has one, or another `colour` is given. Raises InvalidInput, NotFound
        when no service has it.
        """
        identity.require(SERVICE_WRITE)
        wanted = _given_name("name", sort, new_name)
        if colour is not None:
            given_colour("colour", colour)
        if wanted != name:
            return await self._replace(identity, sort, name, wanted, colour)
        if colour is not None:
            await self.paint(identity, sort, name, colour)
        return Renamed(name, 0)

    async def remove(self, identity: Identity, sort: Sort, name: str) -> Renamed:
        """Take it from all services that have it, and its colour. Raises NotFound when no service has it."""
        identity.require(SERVICE_WRITE)
        return await self._replace(identity, sort, name, "")

    async def put_in_order(self, identity: Identity, names: Sequence[str]) -> None:
        """Put environments into an order; those that are not named come behind, by name. Raises InvalidInput."""
        identity.require(SERVICE_WRITE)
        wanted = given_texts("names", names, ENVIRONMENTS_LIMIT, ENVIRONMENT_LIMIT)
        with suppress(_Unchanged):
            async with self._alone() as (conn, _):
                before = await load_environment_order(conn)
                if before == wanted:
                    raise _Unchanged
                await save_environment_order(conn, wanted, identity.name, self._clock.now())
                sides = {"order": before}, {"order": wanted}
                await self._record(conn, identity, "environment.order", "environment", "", *sides)

    async def _replace(
        self, identity: Identity, sort: Sort, name: str, wanted: str, colour: str | None = None
    ) -> Renamed:
        name = _given_name("name", sort, name)
        async with self._alone() as (conn, services):
            before = [service for service in services if _has(service, sort, name)]
            colours = (await load_colours(conn))[sort]
            if not before and name not in colours:
                raise NotFound(f"no service has the {sort} {name}")
            now = self._clock.now()
            changes = [(each.pk, _columns(each, sort, name, wanted) | {"updated_at": now}) for each in before]
            after = await service_table.update_services(conn, changes)
            if painted := _painted(colours, name, wanted, colour):
                await save_colours(conn, sort, painted)
            if sort == "environment" and name in (order := await load_environment_order(conn)):
                renamed = [wanted if each == name else each for each in order]
                await save_environment_order(conn, [*dict.fromkeys(filter(None, renamed))], identity.name, now)
            action = f"{sort}.rename" if wanted else f"{sort}.remove"
            await record_change(conn, identity, action, now, service_items(before, after))
            ids = [service.service_id for service in before]
            sides = {"name": name, "services": ids}, {"name": wanted} if wanted else None
            await self._record(conn, identity, action, sort, name, *sides)
        return Renamed(wanted, len(before))

    async def _record(
        self, conn: AsyncConnection, identity: Identity, action: str, sort: Sort, target: str, before: Any, after: Any
    ) -> None:
        sides = {"before": before, "after": after}
        await record(conn, identity, action, at=self._clock.now(), target_type=sort, target=target, **sides)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[tuple[AsyncConnection, Sequence[ServiceDefinition]]]:
        """A write transaction that others who change services wait for, with all services; told once it is over."""
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SERVICE_REVISION)
            yield conn, await service_table.load_services(conn)
            revision = await service_table.service_revision(conn)
        self._bus.publish(ServicesChanged(revision))


def given_sort(value: Any) -> Sort:
    """Which of the two. Raises InvalidInput."""
    if value not in SORTS:
        raise InvalidInput({"sort": f"must be one of {', '.join(SORTS)}"})
    return "environment" if value == "environment" else "tag"


def _given_name(field: str, sort: Sort, value: Any) -> str:
    """A name as services may have it. Raises InvalidInput on `field`."""
    text = given_text(field, value, _LONGEST[sort])
    try:
        _READERS[sort](text)
    except InvalidInput as err:
        raise InvalidInput({field: next(iter(err.fields.values()))}) from err
    return text


_READERS: dict[str, Callable[[str], object]] = {
    "tag": lambda text: ServiceInput.parse({"tags": [text]}),
    "environment": lambda text: ServiceInput.parse({"environment": text}),
}


def _has(service: ServiceDefinition, sort: Sort, name: str) -> bool:
    return name in service.tags if sort == "tag" else service.environment == name


def _painted(colours: Mapping[str, str], name: str, wanted: str, colour: str | None) -> dict[str, str]:
    """Which colours change when one gets another name, or none."""
    painted = {name: ""} if name in colours else {}
    if wanted and colour is not None:
        painted[wanted] = colour
    elif wanted and name in colours and wanted not in colours:
        painted[wanted] = colours[name]
    return painted


def _columns(service: ServiceDefinition, sort: Sort, name: str, wanted: str) -> dict[str, Any]:
    """What such a service is to have in its place."""
    if sort == "environment":
        return {"environment": wanted}
    tags = dict.fromkeys(wanted if tag == name else tag for tag in service.tags)
    return {"tags": [tag for tag in tags if tag]}
