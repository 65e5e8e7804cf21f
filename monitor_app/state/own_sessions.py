"""The browsers that somebody is logged in with."""

from typing import Any

import reflex as rx

from monitor_app.domain.account import SessionView
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import PROFILE_MANAGE
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.state.toast import say


class SessionsState(rx.State):
    """One's own sessions, the one that was used last first."""

    sessions: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event
    @requires(PROFILE_MANAGE)
    async def end(self, pk: Any) -> None:
        """Log one of them out."""
        try:
            await current().profile.end_session(caller(), pk)
        except InvalidInput:
            return  # no page of ours sends this
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, "That browser is logged out")
        await self._read()

    @rx.event
    @requires(PROFILE_MANAGE)
    async def end_others(self) -> None:
        """Log all out but this one."""
        ended = await current().profile.end_all_sessions(caller(), keep_own=True)
        await say(self, f"{ended} other {'browser is' if ended == 1 else 'browsers are'} logged out")
        await self._read()

    async def _read(self) -> None:
        self.sessions = [_row(session) for session in await current().profile.sessions(caller())]


def _row(session: SessionView) -> dict[str, Any]:
    """As the page draws it; times are epoch milliseconds."""
    is_phone = any(name in session.device for name in ("iPhone", "iPad", "Android"))
    return {
        "pk": session.pk,
        "device": session.device,
        "icon": "phone" if is_phone else "screen",
        "address": session.address,
        "created_at": wire_time(session.created_at),
        "used_at": wire_time(session.used_at),
        "ends_at": wire_time(session.ends_at),
        "is_own": session.is_own,
    }
