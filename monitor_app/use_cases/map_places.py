"""Where services stand on the map: one order for all who look at it, kept when somebody moves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE, Identity
from monitor_app.storage import map_places as table
from monitor_app.storage.database import Database
from monitor_app.storage.relations import load_ends
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.services import Clock

MANY_LIMIT: Final = 5000
EDGE: Final = 1_000_000
NAMED_LIMIT: Final = 5


@dataclass(frozen=True, slots=True)
class Place:
    """In pixels at a zoom of 1, of the upper left corner."""

    x: int
    y: int


class MapPlaces:
    """Everybody who sees the map sees these; who may change relations moves them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, identity: Identity) -> dict[str, Place]:
        """By service_id, those that somebody has moved."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            kept = await table.load_places(conn)
            names = {pk: name for pk, name, _ in await load_ends(conn)} if kept else {}
        return {names[pk]: Place(*place) for pk, place in kept.items() if pk in names}

    async def save(self, identity: Identity, places: Mapping[str, Place]) -> None:
        """Put services there, by service_id; the others stay where they are. Raises InvalidInput."""
        identity.require(RELATION_WRITE)
        _refuse_wrong(places)
        if not places:
            return
        async with self._database.write() as conn:
            pks = {name: pk for pk, name, _ in await load_ends(conn)}
            if unknown := [name for name in places if name not in pks]:
                raise InvalidInput({"places": f"must be of services that exist: there is no {_named(unknown)}"})
            await table.save_places(conn, {pks[name]: (place.x, place.y) for name, place in places.items()})
            target = next(iter(places)) if len(places) == 1 else f"{len(places)} services"
            await record(conn, identity, "map.move", at=self._clock.now(), target_type="map", target=target)

    async def reset(self, identity: Identity) -> int:
        """Let the layout put all of them; returns how many had been moved."""
        identity.require(RELATION_WRITE)
        async with self._database.write() as conn:
            count = await table.forget_places(conn)
            if count:
                target = f"{count} services"
                await record(conn, identity, "map.reset", at=self._clock.now(), target_type="map", target=target)
        return count


def _refuse_wrong(places: Mapping[str, Place]) -> None:
    if len(places) > MANY_LIMIT:
        raise InvalidInput({"places": f"must be at most {MANY_LIMIT} at once, got {len(places)}"})
    if far := [name for name, place in places.items() if abs(place.x) > EDGE or abs(place.y) > EDGE]:
        raise InvalidInput({"places": f"must be between -{EDGE} and {EDGE}: {_named(far)}"})


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_LIMIT
    return ", ".join(names[:NAMED_LIMIT]) + (f" and {more} more" if more > 0 else "")
