"""The queue of all checks, and queues elsewhere."""

import atexit
from contextlib import ExitStack
from functools import cache
from typing import Any, Final

from monitor_app.security.permissions import BOARD_READ, BREAKER_OPERATE, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage
from tests.servers.queue import queue_server

OWN: Final = "/api/v1/queue"
ONE: Final = "/api/queues/{service_id}"
REASON: Final = {"reason": "new disk"}


@cache
def queue_url() -> str:
    """One queue for all these calls, until the tests end."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(queue_server()).url


def of_own(is_open: bool) -> Prepare:
    """An order to the queue of all checks, which is the other way before."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        queue = stage.running.check_queue
        await (queue.open(SYSTEM, "as it was") if is_open else queue.close(SYSTEM, "as it was"))
        return Call(REASON)

    return prepare


def of_queue(tail: str, body: Any = None) -> Prepare:
    """About a queue that answers."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        pk = await stage.add(SYSTEM, kind="queue", status_config={"url": queue_url()})
        return Call(body, path=f"/api/queues/{stage.service_id(pk)}/{tail}")

    return prepare


ROUTES: Final = (
    Row("GET", f"{OWN}/circuit-breaker-status", BOARD_READ, plain),
    Row("GET", f"{OWN}/status", BOARD_READ, plain),
    Row("POST", f"{OWN}/open-circuit-breaker", BREAKER_OPERATE, of_own(False), always, is_forgiving=True),
    Row("POST", f"{OWN}/close-circuit-breaker", BREAKER_OPERATE, of_own(True), always, is_forgiving=True),
    Row("GET", "/api/queues", BOARD_READ, plain),
    Row("POST", f"{ONE}/retry", BOARD_READ, of_queue("retry")),
    Row("POST", f"{ONE}/open", BREAKER_OPERATE, of_queue("open", REASON), always, is_forgiving=True),
    Row("POST", f"{ONE}/close", BREAKER_OPERATE, of_queue("close", REASON), always, is_forgiving=True),
)
