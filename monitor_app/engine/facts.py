"""What the engine knows and a probe may ask for."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.engine.rulebook import RuleBook
from monitor_app.plugins.protocols import Heartbeats


class Book(Protocol):
    """The reports of services."""

    def of(self, pk: int, now: datetime) -> Heartbeats:
        """Those of one."""
        ...


class EngineFacts:
    """The states of the moment: what was just found out is in them before it is written."""

    def __init__(
        self,
        now: Callable[[], datetime],
        rulebook: RuleBook,
        state: Callable[[int], ServiceState | None],
        book: Book,
    ) -> None:
        self.now = now
        self._rulebook = rulebook
        self._state = state
        self._book = book

    def member(self, service_id: str) -> tuple[str, Status] | None:
        """A service's label and present status; None when there is no such service."""
        service = self._rulebook.find(service_id)
        if service is None:
            return None
        if not service.enabled:
            return service.label, Status.STOPPED
        state = self._state(service.pk)
        return service.label, state.status if state is not None else Status.UNKNOWN

    def heartbeats(self, service_pk: int) -> Heartbeats:
        """What a service has reported of itself."""
        return self._book.of(service_pk, self.now())

    def at_moment(self, moment: datetime) -> "EngineFacts":
        """The same, as if it were this time."""
        return EngineFacts(lambda: moment, self._rulebook, self._state, self._book)


class BoardFacts:
    """What a web process knows, for checks that people try. It has heard nothing of what services report."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock

    def now(self) -> datetime:
        """The wall clock."""
        return self._clock.now()

    def member(self, service_id: str) -> tuple[str, Status] | None:
        """A service's label and the status that is shown; None when there is no such service."""
        row = self._board.find(service_id)
        return None if row is None else (row.definition.label, row.status)

    def heartbeats(self, service_pk: int) -> Heartbeats:
        """Nothing, awaited from now on."""
        return Heartbeats(None, None, self._clock.now())
