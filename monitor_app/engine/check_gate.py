"""The circuit breaker of the queue of all checks, as a term follows it: while it is open nothing is started."""

from collections.abc import Iterable

from monitor_app.domain.check_queue import CheckQueue
from monitor_app.engine.due import Due, DueQueue
from monitor_app.engine.runner import Runner
from monitor_app.engine.sources import SourceDesk
from monitor_app.engine.steward import Steward
from monitor_app.log import get_logger

logger = get_logger(__name__)


class CheckGate:
    """Stands between what is due and what is run."""

    def __init__(self, steward: Steward, runner: Runner, sources: SourceDesk, queue: DueQueue) -> None:
        self._steward = steward
        self._runner = runner
        self._sources = sources
        self._queue = queue
        self._check_queue = CheckQueue()
        sources.is_held = lambda: self.is_open

    @property
    def is_open(self) -> bool:
        """Whether nothing may be started."""
        return self._check_queue.is_open

    def stopped(self) -> str:
        """Why no check is started, by the will of a person; "" while checks are."""
        return f"all checks are stopped by {self._check_queue.words}" if self.is_open else ""

    def follow(self, check_queue: CheckQueue) -> None:
        """As it is in the database now."""
        if check_queue == self._check_queue:
            return
        was_open, self._check_queue = self.is_open, check_queue
        self._steward.stopped, self._runner.is_held = self.stopped(), self.is_open
        if was_open == self.is_open:
            return
        if self.is_open:
            logger.warning("all checks are stopped", who=check_queue.by_name, reason=check_queue.reason)
            return
        logger.info("checks go on", who=check_queue.by_name, reason=check_queue.reason)
        self._sources.follow_clock()
        self._steward.go_on()

    def let_through(self, batch: Iterable[Due]) -> list[Due]:
        """Those that may run; the others go to their next slots."""
        if not self.is_open:
            return self._steward.let_through(batch)
        for due in batch:
            self._queue.finished(due)
        return []
