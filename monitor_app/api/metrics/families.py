"""All metrics of the monitor itself: `lightbulb_*`, in base units, with labels of which there are few.

Those of the engine are added up over its restarts within this process. Where another process has the engine they are
left out, because nobody here knows them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from monitor_app import __version__
from monitor_app.domain.availability import CHECKS_TARGET, Work
from monitor_app.domain.status import Status
from monitor_app.domain.timings import Timings
from monitor_app.engine.own_health import EngineWatch, OwnHealth

# Why a check that was due did not finish, by the names of the engine's counters.
UNFINISHED: Final = ("skipped", "expired", "interrupted", "dropped")
_SPAN_LABELS: Final = {"hour": "1h", "day": "24h", "since_start": "start"}
Labels = Mapping[str, str]


async def gathered(own: OwnHealth, running: Any) -> list[Metric]:
    """How it is now. `running` is the Runtime."""
    components = await own.components()
    size, written = await own.database.size(), await own.database.write()
    ready = await own.ready()
    states = [({"component": part.name}, float(part.state != "failing")) for part in components]
    found = [
        _gauge("build_info", "Which version this is; the value is always 1.", [({"version": __version__}, 1)]),
        _gauge(
            "ready", "Whether this process can do what it is there for, as /readyz says.", float(all(ready.values()))
        ),
        _gauge("component_up", "Whether a part of the monitor works; 0: it is failing.", states),
        _gauge("database_up", "Whether the database takes a write now.", float(not written.trouble)),
        _gauge("database_write_seconds", "How long the last try to write took.", written.seconds),
        _gauge("database_size_bytes", "Bytes in use by the database, looked up once a minute.", size.used_bytes),
        _gauge("database_free_bytes", "Bytes that the disk of an SQLite file has left.", size.free_bytes),
        *_of_board(own, running),
        *_of_checks(own),
        *_of_engine(own.engine),
        *_of_web(own, running),
    ]
    return [metric for metric in found if metric.samples]


def _of_board(own: OwnHealth, running: Any) -> Iterator[Metric]:
    board = running.board
    counts = zip(Status, board.counts(), strict=True)
    yield _gauge(
        "services",
        "Services by the status that they have now.",
        [({"status": status.name.lower()}, count) for status, count in counts],
    )
    yield _gauge("breakers_open", "Circuit breakers that are open or half open.", own.open_breakers())
    yield _gauge(
        "network_up", "Whether the monitor has a network of its own, as far as it can tell.", float(own.has_network())
    )
    yield _gauge("board_age_seconds", "Seconds since the board was last read from the database.", own.staleness())


def _of_checks(own: OwnHealth) -> Iterator[Metric]:
    counts = own.engine.counts()
    shares = [(name, work.share) for name, work in own.availability().items()]
    yield _gauge(
        "availability_ratio",
        "Share of the checks that were due which finished, over the last hour, the last day, and since the start.",
        [({"window": _SPAN_LABELS[name]}, share) for name, share in shares if share is not None],
    )
    yield _gauge("availability_target_ratio", "What availability_ratio shall be at least.", CHECKS_TARGET)
    if not counts:
        return
    work = own.availability()["since_start"]
    by_status = zip(Status, counts["by_status"], strict=True)
    yield _counter(
        "checks",
        "Results that were stored, by the status that was found; reports of push services are among them.",
        [({"status": status.name.lower()}, count) for status, count in by_status],
    )
    yield from _due(work)
    yield _counter(
        "checks_unfinished",
        "Checks that were due and did not finish, by why.",
        [({"reason": reason}, counts[reason]) for reason in UNFINISHED],
    )
    yield _counter("checks_skipped", "Slots of the schedule that could not be kept.", counts["skipped"])
    yield _counter("checks_broken", "Checks that ended by a bug or a definition that cannot be used.", counts["broken"])
    yield _counter("heartbeats", "Reports of push services that were taken.", counts["heartbeats"])
    yield _counter("results_committed", "Results that were stored.", counts["committed"])
    yield _histogram("check_duration_seconds", "How long checks run.", own.engine.timings("duration"))
    yield _histogram("check_lateness_seconds", "How long after their slot checks start.", own.engine.timings("late"))
    yield _histogram("commit_seconds", "How long it takes to store a batch of results.", own.engine.timings("commit"))


def _due(work: Work) -> Iterator[Metric]:
    yield _counter("checks_due", "Checks that were due, with those that no engine was there for.", work.due)
    yield _counter("checks_finished", "Checks that were due and whose result was stored.", work.finished)


def _of_engine(engine: EngineWatch) -> Iterator[Metric]:
    link, stats = engine.link, engine.stats
    if link is None:
        return
    yield _gauge("engine_up", "Whether the engine of this process runs.", float(link.pid is not None))
    yield _gauge(
        "engine_leader", "Whether the engine of this process is the one that schedules.", float(link.is_leader)
    )
    yield _counter("engine_restarts", "How often the engine was started again.", link.restarts)
    if counts := engine.counts():
        yield _counter("engine_stalls", "How often the engine stood still for a second or more.", counts["stalls"])
    if not stats:
        return
    yield _gauge("engine_services", "Services that the engine checks.", stats["services"])
    yield _gauge("checks_in_flight", "Checks that run now.", stats["in_flight"])
    yield _gauge("checks_waiting", "Checks that are due and wait for a limit.", stats["backlog"])
    yield _gauge("writer_queue_results", "Results that wait to be stored.", stats["results_waiting"])
    yield _gauge("writer_queue_oldest_seconds", "How long the oldest of them has waited.", stats["oldest_waiting"])
    yield _gauge("scheduler_tick_age_seconds", "Seconds since due checks were looked for.", engine.tick_age)
    yield _gauge("engine_resident_memory_bytes", "Memory of the engine's process.", stats["memory_bytes"])
    yield _counter("engine_cpu_seconds", "Processor time of the engine's process.", stats["cpu"])


def _of_web(own: OwnHealth, running: Any) -> Iterator[Metric]:
    series = [
        ({"route": route, "method": method, "status": status}, timings)
        for (route, method, status), timings in own.requests.series.items()
    ]
    where = [({"where": where}, count) for where, count in sorted(own.requests.exceptions.items())]
    yield _histogram("http_request_duration_seconds", "Requests by route, method and class of status.", series)
    yield _counter("screen_events", "Events of screens that were dealt with.", own.requests.events)
    yield _counter("unhandled_exceptions", "Exceptions that nobody had foreseen.", where)
    yield _histogram("event_loop_lag_seconds", "How late the web process comes to what is due.", own.loop_lag.timings)
    if running.hub is not None:
        yield _gauge("live_browsers", "Browsers that look at live rows.", running.hub.stats().browsers)
    if (streams := getattr(running, "streams", None)) is not None:
        yield from _of_streams(streams.stats())


def _of_streams(stats: Any) -> Iterator[Metric]:
    kinds = [({"kind": kind}, count) for kind, count in sorted(stats.open.items())]
    yield _gauge("stream_connections", "Streams that are open.", kinds)
    yield _counter("stream_refused", "Streams that were refused because there were too many.", stats.refused)
    yield _counter("stream_events", "Events that were handed out to streams.", stats.sent)
    yield _counter("stream_events_dropped", "Events that gave way to later ones of the same service.", stats.dropped)
    yield _counter("stream_slow_cut", "Streams that were cut off because nobody read them.", stats.slow_cut)


def _gauge(name: str, text: str, value: float | Iterable[tuple[Labels, float]] | None) -> Metric:
    return _filled(GaugeMetricFamily(f"lightbulb_{name}", text), value)


def _counter(name: str, text: str, value: float | Iterable[tuple[Labels, float]]) -> Metric:
    """`_total` is added to the name."""
    family = CounterMetricFamily(f"lightbulb_{name}", text)
    return _filled(family, value, suffix="_total")


def _filled(family: Metric, value: float | Iterable[tuple[Labels, float]] | None, suffix: str = "") -> Metric:
    if isinstance(value, int | float):
        family.add_sample(family.name + suffix, {}, value)
    else:
        for labels, number in value or ():
            family.add_sample(family.name + suffix, dict(labels), number)
    return family


def _histogram(name: str, text: str, value: Timings | Iterable[tuple[Labels, Timings]]) -> Metric:
    family = HistogramMetricFamily(f"lightbulb_{name}", text)
    for labels, timings in [({}, value)] if isinstance(value, Timings) else value:
        for bound, count in timings.told():
            family.add_sample(f"{family.name}_bucket", {**labels, "le": f"{bound:g}"}, count)
        family.add_sample(f"{family.name}_bucket", {**labels, "le": "+Inf"}, timings.count)
        family.add_sample(f"{family.name}_count", dict(labels), timings.count)
        family.add_sample(f"{family.name}_sum", dict(labels), timings.total)
    return family
