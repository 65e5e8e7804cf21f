"""Which services are chosen in the table: kept here by numbers, so that it outlives pages and filters."""

from collections.abc import Sequence
from typing import Any, Final

import reflex as rx

from monitor_app.security.permissions import SERVICE_WRITE
from monitor_app.state.admin_services.address import query_of
from monitor_app.state.guard import requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say

# As many as all that is done with them takes.
SELECTION_LIMIT: Final = 10_000
PICK_LIMIT: Final = 1000


class ServiceSelection(rx.State):
    """The browser gets how many are chosen, and which of those that it shows."""

    count: int = 0
    picked: list[int] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Grows with each answer: what the browser has marked by itself in the meantime counts until then.
    answers: int = 0
    _pks: frozenset[int] = frozenset()
    _page: tuple[int, ...] = ()

    @rx.event
    @requires(SERVICE_WRITE)
    def pick(self, pks: Any, is_on: Any) -> None:
        """Choose these, or do not any more."""
        if isinstance(pks, list) and len(pks) <= PICK_LIMIT and isinstance(is_on, bool):
            given = {pk for pk in pks if isinstance(pk, int) and not isinstance(pk, bool)}
            board = current().board
            there = frozenset(pk for pk in given if board.get(pk) is not None)
            self._keep(self._pks | there if is_on else self._pks - there)
        self.answers += 1

    @rx.event
    @requires(SERVICE_WRITE)
    async def pick_matching(self) -> None:
        """Choose all that match the filters of the address, on whichever page they stand."""
        rows = current().board.matching(query_of(self.router.url.query_parameters))
        if len(rows) > SELECTION_LIMIT:
            await say(self, f"At most {SELECTION_LIMIT:,} can be chosen at once: narrow the list down", tone="failed")
        else:
            self._keep(self._pks | {row.pk for row in rows})
        self.answers += 1

    @rx.event
    @requires(SERVICE_WRITE)
    def clear(self) -> None:
        """Choose none."""
        self._keep(frozenset())
        self.answers += 1

    def _keep(self, pks: frozenset[int]) -> None:
        self._pks = pks
        self.count = len(pks)
        self.picked = [pk for pk in self._page if pk in pks]

    def _show(self, page: Sequence[int]) -> None:
        """These rows are shown now; who was deleted is not chosen any more."""
        board = current().board
        self._page = tuple(page)
        self._keep(frozenset(pk for pk in self._pks if board.get(pk) is not None))

    def _service_ids(self) -> list[str]:
        """Those that are chosen and still there, by label as the table has them."""
        board = current().board
        rows = [row for pk in self._pks if (row := board.get(pk)) is not None]
        return [row.definition.service_id for row in sorted(rows, key=lambda row: row.label_key)]
