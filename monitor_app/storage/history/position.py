"""Which ids were given, and which results are merged already: read first in each transaction that reads results."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.models import CheckResultRow, Counter
from monitor_app.models.counter import ENGINE_EPOCH, FOLDED, MERGE_CUT, MERGE_SERVICE, RESULT_ID

counters = Counter.__table__  # type: ignore[attr-defined]
results = CheckResultRow.__table__  # type: ignore[attr-defined]

_HIGHEST_ROW = "highest row"
_NAMES = (ENGINE_EPOCH, RESULT_ID, FOLDED, MERGE_CUT, MERGE_SERVICE)
_COUNTERS = select(counters.c.name, counters.c.value).where(counters.c.name.in_(_NAMES))
_COUNTERS_AND_ROWS = _COUNTERS.union_all(select(literal(_HIGHEST_ROW), func.max(results.c.id)))
_LOCKED = (
    select(counters.c.name, counters.c.value)
    .where(counters.c.name.in_((ENGINE_EPOCH, RESULT_ID)))
    .order_by(counters.c.name)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Position:
    """Results with ids up to `folded` are merged; of services up to `merge_service` those up to `merge_cut`, too.

    `last_id` is the highest id that was ever given.
    """

    epoch: int
    last_id: int
    folded: int
    merge_cut: int
    merge_service: int

    @property
    def merged_up_to(self) -> int:
        """There is no merged result with a higher id."""
        return max(self.folded, self.merge_cut)

    def is_fresh(self) -> ColumnElement[bool]:
        """Rows of `check_result` that are not merged yet."""
        fresh: ColumnElement[bool] = results.c.id > self.folded
        if self.merge_cut <= self.folded:
            return fresh
        return and_(fresh, not_(and_(results.c.id <= self.merge_cut, results.c.service_pk <= self.merge_service)))


async def read_position(conn: AsyncConnection) -> Position:
    """As this transaction sees it."""
    is_sqlite = conn.dialect.name == "sqlite"
    found = dict((await conn.execute(_COUNTERS_AND_ROWS if is_sqlite else _COUNTERS)).all())
    # SQLite saves the page of the counter where rows tell the highest id.
    last_id = max(found[RESULT_ID], found[FOLDED], found[MERGE_CUT], found.get(_HIGHEST_ROW) or 0)
    return Position(found[ENGINE_EPOCH], last_id, found[FOLDED], found[MERGE_CUT], found[MERGE_SERVICE])


async def lock_position(conn: AsyncConnection) -> Position:
    """The same; until the commit nobody else can begin an epoch or give ids."""
    if conn.dialect.name != "sqlite":  # where a transaction that writes is alone anyway
        await conn.execute(_LOCKED)
    return await read_position(conn)


async def remember_last_id(conn: AsyncConnection) -> None:
    """To be called before rows go that may be the only ones to tell the highest id."""
    await set_counters(conn, **{RESULT_ID: (await lock_position(conn)).last_id})


async def set_counters(conn: AsyncConnection, **values: int) -> None:
    """Set counters by their names."""
    await conn.execute(
        update(counters).where(counters.c.name.in_(values)).values(value=case(values, value=counters.c.name))
    )
