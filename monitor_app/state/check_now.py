"""Having a service checked now from the screen, with a word when its result is there."""

from typing import Any, Final

import reflex as rx

from monitor_app.domain.status import STATUS_WORDS
from monitor_app.engine.board import BoardRow
from monitor_app.errors import Busy, Conflict, NotFound
from monitor_app.security.permissions import CHECK_RUN
from monitor_app.state.check_results import order_check
from monitor_app.state.findings import milliseconds
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.services import row_of
from monitor_app.state.toast import say

WAIT_SECONDS: Final = 30.0
AT_ONCE: Final = 20  # of one browser


class CheckNow(rx.State):
    """The checks that this browser waits for."""

    checking: list[int] = []  # noqa: RUF012 - Reflex makes a copy for each browser

    @rx.event(background=True)
    @requires(CHECK_RUN)
    async def run(self, pk: Any) -> None:
        """Order a check, and tell what it found; all else can be done meanwhile."""
        row = row_of(pk)
        async with self:
            if row is None or row.pk in self.checking or len(self.checking) >= AT_ONCE:
                return
            self.checking = [*self.checking, row.pk]
            await say(self, f"Checking {row.definition.label}…")
        text, tone = f"{row.definition.label} could not be checked", "failed"
        try:
            text, tone = await _told(row)
        finally:
            async with self:
                self.checking = [other for other in self.checking if other != row.pk]
                await say(self, text, tone=tone)


async def _told(row: BoardRow) -> tuple[str, str]:
    """What to say, and its tone."""
    label = row.definition.label
    try:
        is_found = await order_check(caller(), row, WAIT_SECONDS)
    except Conflict as err:
        return "; ".join(err.fields.values()), "failed"
    except (NotFound, Busy) as err:
        return str(err), "failed"
    if not is_found:
        return f"{label} is to be checked; no engine has answered yet", ""
    result = (await current().results.latest(caller(), row.pk, 1))[0]
    found = f"{STATUS_WORDS[result.status]}, {milliseconds(result.response_ms)}"
    return f"{label}: {found}" + (f", {result.message}" if result.message else ""), ""
