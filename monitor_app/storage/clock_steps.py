"""Moves moments that are stored by as much as the wall clock was set.

All functions work in the caller's transaction, which must be one of `Database.write()`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Table, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.delivery import RETRY_LIMIT_SECONDS
from monitor_app.domain.alerting.escalation import ACKNOWLEDGED
from monitor_app.models import (
    AlertRow,
    EscalationRow,
    IncidentChannelRow,
    IncidentRow,
    NotificationRow,
    ServiceStateRow,
)
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.storage.history.position import results
from monitor_app.storage.notifications import OPEN, SENDING, WAITING
from monitor_app.storage.services import raise_counter
from monitor_app.storage.standings import load_told_of_open, save_standings

alerts = AlertRow.__table__  # type: ignore[attr-defined]
incidents = IncidentRow.__table__  # type: ignore[attr-defined]
told = IncidentChannelRow.__table__  # type: ignore[attr-defined]
runs = EscalationRow.__table__  # type: ignore[attr-defined]
notifications = NotificationRow.__table__  # type: ignore[attr-defined]
states = ServiceStateRow.__table__  # type: ignore[attr-defined]

_PEOPLE: Final = ("acknowledged_at", "acknowledged_until")


async def newest_result_at(conn: AsyncConnection) -> datetime | None:
    """When the result was found that was written last; None where there is none."""
    found = [
        (await conn.execute(select(number, at).order_by(number.desc()).limit(1))).first()
        for number, at in ((results.c.id, results.c.checked_at), (states.c.result_id, states.c.checked_at))
    ]
    newest = max((row for row in found if row is not None), key=itemgetter(0), default=None)
    return None if newest is None else newest[1]


async def move_open(conn: AsyncConnection, by: timedelta) -> None:
    """Alerts and incidents that are open: since when they are, and what people did with them."""
    revision = await raise_counter(conn, ALERTING_REVISION)
    for rows, names in ((alerts, ("since", "fired_at")), (incidents, ("started_at",))):
        moved = update(rows).where(rows.c.resolved_at.is_(None))
        await conn.execute(moved.values(_moved(rows, (*names, *_PEOPLE), by) | {"revision": revision}))


async def move_runs(conn: AsyncConnection, by: timedelta) -> None:
    """When the steps of policies come, and since when they go."""
    goes_on = or_(runs.c.due_at.is_not(None), runs.c.why_stopped == ACKNOWLEDGED)
    await conn.execute(update(runs).where(goes_on).values(_moved(runs, ("started_at", "due_at"), by)))


async def move_standings(conn: AsyncConnection, by: timedelta) -> None:
    """When channels were told of what is open, and when they are to be told next.

    What waits for the end of quiet hours must not miss it: too early a look puts it off anew.
    """
    before = await load_told_of_open(conn)
    after = [
        replace(
            one,
            first_told_at=_later(one.first_told_at, by),
            last_told_at=_later(one.last_told_at, by),
            due_at=_later(one.due_at, min(by, timedelta()) if one.held_at is not None else by),
            noted_at=_later(one.noted_at, by),
            held_at=_later(one.held_at, by),
            waits_since=_later(one.waits_since, by),
        )
        for one in before
    ]
    await save_standings(conn, before, after)


async def move_outbox(conn: AsyncConnection, now: datetime, by: timedelta) -> None:
    """When messages are tried again, since when they are, and how long those that are being sent are nobody else's."""
    begun = update(notifications).where(notifications.c.state.in_(OPEN))
    if by > timedelta():
        # What was written later was written since the clock was set.
        begun = begun.where(notifications.c.created_at <= now - by + timedelta(seconds=RETRY_LIMIT_SECONDS))
    await conn.execute(begun.values(_moved(notifications, ("created_at",), by)))
    waiting = update(notifications).where(notifications.c.state == WAITING)
    if by > timedelta():
        # What waits for longer waits because its provider said so, or was written since the clock was set.
        waiting = waiting.where(notifications.c.due_at <= now - by + timedelta(seconds=RETRY_LIMIT_SECONDS))
    await conn.execute(waiting.values(_moved(notifications, ("due_at",), by)))
    sending = update(notifications).where(notifications.c.state == SENDING)
    await conn.execute(sending.values(_moved(notifications, ("claimed_until",), by)))


def _moved(rows: Table, names: tuple[str, ...], by: timedelta) -> dict[str, Any]:
    """New values of columns that hold milliseconds; nothing stays nothing."""
    millis = round(by.total_seconds() * 1000)
    return {name: type_coerce(rows.c[name], BigInteger) + millis for name in names}


def _later(moment: datetime | None, by: timedelta) -> datetime | None:
    return None if moment is None else moment + by
