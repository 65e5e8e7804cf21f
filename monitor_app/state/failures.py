"""What a browser is told when one of its actions fails, and what the log."""

import reflex as rx
from reflex_base.event import EventSpec

from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger

UNEXPECTED = "Something went wrong here; the log tells more"

logger = get_logger(__name__)


def tell_failure(exception: Exception) -> EventSpec:
    """Reflex calls this with what a handler let through; the toast it returns goes to the browser that asked.

    Reflex insists on the argument's name. Errors of our own say what to do, so their text is for the
    person; any other is a bug, and its traceback for us.
    """
    if isinstance(exception, LightbulbError):
        logger.warning("an action failed", error=type(exception).__name__, reason=str(exception))
        return _toast(str(exception))
    try:
        raise exception
    except Exception:
        logger.exception("an action broke")
    return _toast(UNEXPECTED)


def _toast(text: str) -> EventSpec:
    spec: EventSpec = rx.toast.error(text)
    return spec
