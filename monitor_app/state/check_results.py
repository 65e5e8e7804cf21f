"""Waiting for the result of a check that was ordered, by a request of the API or from the screen."""

import asyncio
from typing import Final

from monitor_app.engine.board import BoardRow
from monitor_app.errors import Busy
from monitor_app.security.permissions import Identity
from monitor_app.state.runtime import current
from monitor_app.use_cases.check_orders import CheckOrder

LOOK_SECONDS: Final = 0.05
# An engine that runs has heard of an order after so many looks (3 s).
TAKEN_LOOKS: Final = 60
WAITING_LIMIT: Final = 200

_waiting = 0


async def order_check(identity: Identity, row: BoardRow, seconds: float) -> bool:
    """Have a service checked now; whether its result came in time. Raises NotFound, Conflict and Busy."""
    last_id = row.recent.last_id
    order = await current().check_orders.give(identity, row.definition.service_id)
    return await _result(row, last_id, order, seconds)


async def _result(row: BoardRow, last_id: int, order: CheckOrder, seconds: float) -> bool:
    global _waiting
    if _waiting >= WAITING_LIMIT:
        raise Busy("too many wait for checks already; this one was ordered")
    _waiting += 1
    try:
        async with asyncio.timeout(seconds):
            return await _next(row, last_id, order)
    except TimeoutError:
        return False
    finally:
        _waiting -= 1


async def _next(row: BoardRow, last_id: int, order: CheckOrder) -> bool:
    """True for a result of a check that began after the order; False when no engine hears."""
    orders, looks = current().check_orders, 0
    is_repeated = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        looks += 1
        if row.recent.last_id > last_id:
            # One that ran already when it was ordered; where clocks differ the second one counts.
            if is_repeated or row.checked_at is None or row.checked_at >= order.at:
                return True
            is_repeated, last_id = True, row.recent.last_id
            order = await orders.repeat(order)
        elif looks == TAKEN_LOOKS and not await orders.is_taken(order):
            return False
