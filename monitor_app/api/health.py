"""How the monitor itself is, for load balancers, for programs that watch it, and for people with a key.

`/livez` and `/readyz` are for everybody and say nothing but yes or no; everything else takes a permission.
"""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from monitor_app import __version__
from monitor_app.api.access import open_to_all
from monitor_app.api.guarded import guarded_route
from monitor_app.api.rates import Rates
from monitor_app.domain.availability import CHECKS_TARGET, EXCEPTIONS_TARGET, Work
from monitor_app.domain.timings import Timings
from monitor_app.engine.own_health import OwnHealth, worst
from monitor_app.engine.status_object import stamp
from monitor_app.errors import Busy
from monitor_app.security.permissions import MONITOR_READ
from monitor_app.state import runtime

NOT_READY = 503
BREAKERS_LIMIT = 100
_SHARES = (0.5, 0.95, 0.99)


def routes(limits: Rates) -> Sequence[BaseRoute]:
    """All of them."""
    return [
        Route("/livez", open_to_all(livez)),
        Route("/readyz", open_to_all(readyz)),
        guarded_route("/health/detailed", MONITOR_READ, detailed, limits),
        guarded_route("/health/polling", MONITOR_READ, polling, limits),
        guarded_route("/metrics/performance", MONITOR_READ, performance, limits),
    ]


def own_health() -> OwnHealth:
    """What runs. Raises Busy while it does not."""
    own: OwnHealth | None = runtime.current().own_health if runtime.is_running() else None
    if own is None:
        raise Busy("Lightbulb is starting: try again in a moment")
    return own


async def livez(_request: Request) -> JSONResponse:
    """The process is there and its event loop turns."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


async def readyz(_request: Request) -> JSONResponse:
    """Whether this process can do what it is there for: 200 or 503."""
    try:
        checks = await own_health().ready()
    except Busy:
        return JSONResponse({"status": "failing", "checks": {}}, NOT_READY)
    told = {name: "ok" if is_ok else "failing" for name, is_ok in checks.items()}
    is_ready = all(checks.values())
    return JSONResponse({"status": "ok" if is_ready else "failing", "checks": told}, 200 if is_ready else NOT_READY)


async def detailed(_request: Request) -> JSONResponse:
    """Each part: how it is, since when, what it was judged by, and in words."""
    own = own_health()
    components = await own.components()
    size = await own.database.size()
    return JSONResponse(
        {
            "status": worst(components),
            "version": __version__,
            "started_at": stamp(own.started_at),
            "database": {
                "kind": "sqlite" if own.database.is_sqlite else "postgresql",
                "size_bytes": size.used_bytes,
                "free_bytes": size.free_bytes,
            },
            "availability": availability(own),
            "components": {
                component.name: {
                    "status": component.state,
                    "since": stamp(own.since(component)),
                    "words": component.words,
                    "figures": dict(component.figures),
                }
                for component in components
            },
        }
    )


async def polling(_request: Request) -> JSONResponse:
    """The scheduler: what is planned, how late it starts, what it left out; and the circuit breakers that are open."""
    own = own_health()
    engine, stats = own.engine, own.engine.stats
    figures: dict[str, Any] = {"known": bool(stats), "standing": engine.standing}
    if stats:
        names = ("services", "in_flight", "backlog", "held", "heartbeats", "is_offline", "late_ms", "job_events")
        figures |= {name: stats[name] for name in names}
        figures |= {"tick_seconds_ago": engine.tick_age, "writer_queue": stats["results_waiting"]}
    else:
        figures["why"] = "figures are unknown here: " + (await _words_of(own, "scheduler"))
    return JSONResponse(
        figures
        | {
            # Since this process started, over all engines that it had.
            "counts": {name: count for name, count in engine.counts().items() if name != "by_status"},
            "lateness_ms": engine.timings("late").in_ms(*_SHARES),
            "duration_ms": engine.timings("duration").in_ms(*_SHARES),
            "expected_per_second": round(engine.expected_per_second(), 3),
            "breakers": _open_breakers(),
        }
    )


async def performance(_request: Request) -> JSONResponse:
    """Times of requests by route over the last minutes, of the event loop, and what went wrong."""
    own = own_health()
    requests = own.requests
    classes: dict[str, dict[str, int]] = {}
    for (route, _, status), timings in requests.series.items():
        counts = classes.setdefault(route, {})
        counts[status] = counts.get(status, 0) + timings.count
    recent = requests.recent()
    return JSONResponse(
        {
            "requests": sum(timings.count for timings in requests.series.values()),
            "events": requests.events,
            "exceptions": dict(requests.exceptions),
            "exceptions_per_thousand": round(own.exceptions_per_thousand(), 3),
            "all_ms": Timings.sum(recent.values()).in_ms(*_SHARES),
            "routes": {
                route: {
                    "count": sum(counts.values()),
                    "by_status": counts,
                    "recent_ms": recent[route].in_ms(*_SHARES) if route in recent else None,
                }
                for route, counts in sorted(classes.items())
            },
            "event_loop_lag_ms": own.loop_lag.recent.in_ms(*_SHARES),
        }
    )


def availability(own: OwnHealth) -> dict[str, Any]:
    """Of the monitor itself, beside what is asked of it."""
    return {
        "checks": {name: _work(work) for name, work in own.availability().items()} | {"target": CHECKS_TARGET},
        "exceptions": {
            "requests": own.requests.count,
            "exceptions": own.requests.exceptions.total(),
            "per_thousand": round(own.exceptions_per_thousand(), 3),
            "target": EXCEPTIONS_TARGET,
        },
    }


def _work(work: Work) -> dict[str, Any]:
    share = work.share
    told = None if share is None else round(share, 6)
    return {"due": round(work.due), "finished": round(work.finished), "share": told}


async def _words_of(own: OwnHealth, name: str) -> str:
    return next((component.words for component in await own.components() if component.name == name), "")


def _open_breakers() -> dict[str, Any]:
    rows = [row for row in runtime.current().board if row.breaker.phase != "closed"]
    return {
        "open": len(rows),
        "services": [
            {
                "service_id": row.definition.service_id,
                "phase": row.breaker.phase,
                "until": stamp(row.breaker.until),
                "who": row.breaker.who,
                "reason": row.breaker.reason,
            }
            for row in rows[:BREAKERS_LIMIT]
        ],
    }
