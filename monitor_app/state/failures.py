"""What a browser is told when one of its actions fails, and what the log."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final

from reflex.state import StateUpdate
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from monitor_app.errors import LightbulbError, PermissionDenied
from monitor_app.log import get_logger
from monitor_app.state import runtime
from monitor_app.state.guard import note_denial, origin_of_event, short_name
from monitor_app.state.notice import tell

UNEXPECTED = "Something went wrong here; the log tells more"
# What a browser reports of itself is for us, but anybody can send it: so long, and so often.
REPORT_LIMIT: Final = 500
REPORT_SECONDS: Final = 10.0

_TASK_NAME: Final = re.compile(r"\[reflex_event\|([^|]+)\|")

logger = get_logger(__name__)
_told: set[asyncio.Task[None]] = set()


def tell_failure(exception: Exception) -> None:
    """Reflex calls this with what a handler let through; the browser that asked is told.

    Reflex insists on the argument's name. Errors of our own say what to do, so their text is for the
    person; any other is a bug, and its traceback for us.
    """
    if isinstance(exception, PermissionDenied):
        note_denial(origin_of_event().identity(), f"event {_failed_handler()}")
    if isinstance(exception, LightbulbError):
        logger.warning("an action failed", error=type(exception).__name__, reason=str(exception))
        _send(tell(str(exception)))
        return
    try:
        raise exception
    except Exception:
        logger.exception("an action broke")
        if runtime.is_running() and (own := runtime.current().own_health) is not None:
            own.requests.note_exception("event")
    _send(tell(UNEXPECTED))


class FrontendReports:
    """Writes errors that browsers report into the log: one line each, and not all of a flood."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told_at = float("-inf")
        self._untold = 0

    def tell(self, exception: Exception) -> None:
        """Reflex insists on the argument's name."""
        now = self._monotonic()
        self._untold += 1
        if now - self._told_at >= REPORT_SECONDS:
            logger.warning("a browser reports an error", reason=str(exception)[:REPORT_LIMIT], times=self._untold)
            self._told_at, self._untold = now, 0


def _failed_handler() -> str:
    """`State.handler` of what failed. Reflex keeps it nowhere but in the name of the task that it calls us in."""
    task = asyncio.current_task()
    found = _TASK_NAME.search(task.get_name() if task is not None else "")
    registered = RegistrationContext.get().event_handlers.get(found[1]) if found else None
    return short_name(registered) if registered is not None else ""


def _send(update: StateUpdate) -> None:
    """To the browser whose event is dealt with. Reflex would take an event here, and no delta."""
    task = asyncio.get_running_loop().create_task(EventContext.get().emit_delta(update.delta))
    _told.add(task)
    task.add_done_callback(_told.discard)
