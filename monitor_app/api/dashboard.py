"""`/monitoring/dashboard`: all that a screen on the wall wants, in one JSON."""

import time
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from monitor_app.api.guarded import guarded_route
from monitor_app.api.health import own_health
from monitor_app.api.rates import Rates
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.status_object import stamp
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state import runtime

PROBLEMS_LIMIT: Final = 50
# Of all results of a day, which takes a while to add up, so all walls share one sum for so long.
UPTIME_SECONDS: Final = 30.0
_TROUBLED: Final = frozenset({Status.FAILED, Status.DEGRADED})


def routes(limits: Rates) -> Sequence[BaseRoute]:
    """The only one."""
    return [guarded_route("/monitoring/dashboard", BOARD_READ, Dashboard().answer, limits)]


class Dashboard:
    """Reads the board in memory and no database."""

    def __init__(self) -> None:
        self._uptime: float | None = None
        self._added_up_at = float("-inf")

    async def answer(self, _request: Request) -> JSONResponse:
        """What is so now, the oldest problems first."""
        running, own = runtime.current(), own_health()
        board: Board = running.board
        troubled = sorted((row for row in board if row.status in _TROUBLED), key=_age)
        open_breakers = [row for row in board if row.breaker.phase != "closed"]
        parts = await own.components()
        trouble = {part.name: part.state for part in parts if part.state in ("degraded", "failing")}
        failing = [row for row in troubled if row.status is Status.FAILED]
        return JSONResponse(
            {
                "generated_at": stamp(own.now()),
                "services": len(board),
                "counts": {status.name: count for status, count in zip(Status, board.counts(), strict=True)},
                "uptime_24h": self._uptime_of(board),
                "downtimes": {"open": len(failing), "oldest_since": stamp(failing[0].since) if failing else None},
                "problems": [_problem(row) for row in troubled[:PROBLEMS_LIMIT]],
                "problems_left_out": max(0, len(troubled) - PROBLEMS_LIMIT),
                "breakers": [row.definition.service_id for row in open_breakers[:PROBLEMS_LIMIT]],
                "monitor": {
                    "status": "failing" if "failing" in trouble.values() else "degraded" if trouble else "ok",
                    "trouble": trouble,
                    "availability": own.availability()["day"].share,
                },
            }
        )

    def _uptime_of(self, board: Board) -> float | None:
        """In percent, of all results of the last 24 hours that count; None without any."""
        now = time.monotonic()
        if now - self._added_up_at >= UPTIME_SECONDS:
            self._added_up_at = now
            wall = own_health().now()
            sums = [row.day.totals(wall) for row in board]
            up = sum(ok + degraded for ok, degraded, _ in sums)
            counted = up + sum(failed for _, _, failed in sums)
            self._uptime = round(100 * up / counted, 3) if counted else None
        return self._uptime


def _age(row: BoardRow) -> tuple[bool, float]:
    """Failed before degraded, and among those the oldest first."""
    return row.status is not Status.FAILED, row.since.timestamp() if row.since is not None else 0.0


def _problem(row: BoardRow) -> dict[str, Any]:
    return {
        "service_id": row.definition.service_id,
        "label": row.definition.label,
        "group": row.definition.group,
        "environment": row.definition.environment,
        "status": row.status.name,
        "since": stamp(row.since),
        "last_check": stamp(row.checked_at),
        "message": row.message,
    }
