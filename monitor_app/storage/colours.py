"""Which colour a tag or an environment has, and the order of environments. Each change raises the counter `service`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.colour import SORTS, Sort
from monitor_app.models import SettingRow
from monitor_app.models.colour import ColourRow
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.storage.services import raise_counter

colours = ColourRow.__table__  # type: ignore[attr-defined]
settings = SettingRow.__table__  # type: ignore[attr-defined]

_ORDER = "environment.order"


async def load_colours(conn: AsyncConnection) -> dict[Sort, dict[str, str]]:
    """By sort and name; what has no colour is left out."""
    found: dict[Sort, dict[str, str]] = {sort: {} for sort in SORTS}
    for sort, name, colour in await conn.execute(select(colours.c.sort, colours.c.name, colours.c.colour)):
        found.setdefault(sort, {})[name] = colour
    return found


async def save_colours(conn: AsyncConnection, sort: Sort, wanted: Mapping[str, str]) -> None:
    """Give these names their colours; "" takes one away."""
    await raise_counter(conn, SERVICE_REVISION)
    for name, colour in wanted.items():
        chosen = colours.c.sort == sort, colours.c.name == name
        if not colour:
            await conn.execute(delete(colours).where(*chosen))
            continue
        done = await conn.execute(update(colours).where(*chosen).values(colour=colour))
        if not done.rowcount:
            await conn.execute(insert(colours).values(sort=sort, name=name, colour=colour))


async def load_environment_order(conn: AsyncConnection) -> list[str]:
    """The environments in the order that somebody gave them; those that are missing come behind, by name."""
    value = (await conn.execute(select(settings.c.value).where(settings.c.name == _ORDER))).scalar_one_or_none()
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


async def save_environment_order(conn: AsyncConnection, names: Sequence[str], who: str, at: datetime) -> None:
    """Put them into this order."""
    await raise_counter(conn, SERVICE_REVISION)
    row = {"value": list(names), "updated_at": at, "updated_by": who}
    done = await conn.execute(update(settings).where(settings.c.name == _ORDER).values(**row))
    if not done.rowcount:
        await conn.execute(insert(settings).values(name=_ORDER, **row))
