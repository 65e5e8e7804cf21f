"""How a page goes live: it opens a view, gets its rows once, and patches from then on."""

from typing import Any

import reflex as rx

from monitor_app.engine.board import BoardQuery
from monitor_app.state.person import PersonState
from monitor_app.state.rows.feed import LiveFeed
from monitor_app.state.rows.hub import RowHub
from monitor_app.state.rows.rooms import ReflexRooms
from monitor_app.state.runtime import current

__all__ = ["LiveFeed", "ReflexRooms", "RowHub", "close_view", "open_view"]


async def open_view(state: rx.State, query: BoardQuery) -> dict[str, Any]:
    """Subscribe the browser of `state` to a view and return the snapshot for it.

    To be called when the page loads, when its query changes, and when the browser asks for it (a gap, a new
    connection, a stale list): a new connection has a new socket, which is subscribed to nothing. Whoever has chosen
    auto refresh gets the snapshot and no patches: their browser asks again by itself.
    """
    snapshot = await current().hub.join(state.router.session.session_id, query)
    if (await state.get_state(PersonState)).auto_refresh:
        await close_view(state)
    return snapshot


async def close_view(state: rx.State) -> None:
    """End the subscription of the browser of `state`."""
    await current().hub.leave(state.router.session.session_id)
