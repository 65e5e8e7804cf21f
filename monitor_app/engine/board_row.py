"""One service on the board: its definition, what is true of it now, its recent past."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from monitor_app.domain.hold import Hold, maintenance_words, pause_words
from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import CLOSED, Breaker, Pending, ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.ring import DayRing, ResultRing

WAITING_MESSAGE = "waiting for the first check"
FRESH_MESSAGE = "the maintenance is over: waiting for the first check"


class BoardRow:
    """One service. Only the Board changes it; everybody else reads.

    `status` is the one that is shown: STOPPED while the service is disabled or in maintenance, UNKNOWN before its first
    result.
    `encoded` is where engine/status_object.py keeps the status object until something of it changes.
    """

    __slots__ = (
        "day",
        "definition",
        "encoded",
        "label_key",
        "metrics",
        "recent",
        "search_text",
        "state",
        "status",
        "target",
        "told_id",
    )

    def __init__(self, definition: ServiceDefinition, target: str) -> None:
        self.state: ServiceState | None = None
        # Up to this result all that the state became is known; what came after it may have changed it.
        self.told_id = 0
        # What the last result measured.
        self.metrics: Mapping[str, float] = {}
        self.recent = ResultRing()
        self.day = DayRing()
        self.define(definition, target)

    def define(self, definition: ServiceDefinition, target: str) -> None:
        """Take a new definition; what was measured stays."""
        self.encoded: str | None = None
        self.definition = definition
        self.target = target
        self.label_key = (definition.label.casefold(), definition.pk)
        places = (definition.group, definition.environment)
        words = (definition.label, definition.service_id, *places, target, *definition.tags)
        self.search_text = "\n".join(words).casefold()
        self.status = self._shown_status()

    def take(self, state: ServiceState) -> None:
        """Take a newer state than the last one that was told. It may be older than results that came before it."""
        self.encoded = None
        self.told_id = state.result_id
        if (known := self.state) is not None and known.result_id > state.result_id:
            state = replace(
                state,
                checked_at=known.checked_at,
                response_ms=known.response_ms,
                message=known.message,
                result_id=known.result_id,
            )
        self.state = state
        self.status = self._shown_status()

    def follow(self, result: StoredResult) -> None:
        """Complete the state from a newer result: what changes with each is not written with the state."""
        self.encoded = None
        self.metrics = result.metrics
        if self.state is not None and result.id > self.state.result_id:
            self.state = replace(
                self.state,
                checked_at=result.checked_at,
                response_ms=result.response_ms,
                message=result.message,
                result_id=result.id,
            )

    @property
    def pk(self) -> int:
        """The service's internal number."""
        return self.definition.pk

    @property
    def since(self) -> datetime | None:
        """When it took the status; None while it is paused or was never checked."""
        return self.state.since if self.state is not None and self.definition.enabled else None

    @property
    def checked_at(self) -> datetime | None:
        """When the last check started."""
        return self.state.checked_at if self.state is not None else None

    @property
    def response_ms(self) -> float | None:
        """The service's own time in the last check."""
        return self.state.response_ms if self.state is not None else None

    @property
    def message(self) -> str:
        """What the last check found, in words; or why it does not count."""
        if not self.definition.enabled:
            return pause_words(self.definition.pause)
        if self.maintenance is not None:
            return maintenance_words(self.maintenance)
        if self.state is None:
            return WAITING_MESSAGE
        return FRESH_MESSAGE if self.state.in_maintenance else self.state.message

    @property
    def maintenance(self) -> Hold | None:
        """The maintenance that it is in; whoever ends it takes it out of the definition."""
        return self.definition.maintenance if self.definition.enabled else None

    @property
    def settled(self) -> Status | None:
        """The last of OK, DEGRADED and FAILED that was confirmed; None before the first."""
        return self.state.settled if self.state is not None else None

    @property
    def pending(self) -> Pending | None:
        """What is not confirmed yet."""
        return self.state.pending if self.state is not None and self.definition.enabled else None

    @property
    def breaker(self) -> Breaker:
        """The circuit breaker."""
        return self.state.breaker if self.state is not None and self.definition.enabled else CLOSED

    def _shown_status(self) -> Status:
        if not self.definition.enabled or self.definition.maintenance is not None:
            return Status.STOPPED
        return self.state.status if self.state is not None else Status.UNKNOWN
