"""Metrics of single services, for those who want them: each service is a label, so there is a limit."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardRow
from monitor_app.engine.status_object import CPU, MEMORY

LABELS: Final = ("service_id", "group", "kind")
DAY_SECONDS: Final = 86_400
_UP: Final = frozenset({Status.OK, Status.DEGRADED})
# What is measured, by the end of the metric's name: words, the name in a result's metrics, how much one of it is.
_MEASURED: Final = {
    "certificate_remaining_seconds": ("Until its certificate ends.", "certificate_days", DAY_SECONDS),
    "cpu_ratio": ("Of one core.", CPU, 0.01),
    "memory_bytes": ("What it takes of memory.", MEMORY, 1.0),
}


class ServiceMetrics:
    """Beyond `limit` services there are none at all: a part of them would look like all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def gathered(self, board: Board, now: datetime) -> list[Metric]:
        """Of every enabled service."""
        rows = [row for row in board if row.definition.enabled]
        is_too_many = len(rows) > self._limit
        text = "Whether metrics of services are left out, because there are more than METRICS_SERVICES_LIMIT."
        truncated = GaugeMetricFamily("lightbulb_service_metrics_truncated", text, float(is_too_many))
        return [truncated] if is_too_many else [truncated, *_families(rows, now)]


def _families(rows: list[BoardRow], now: datetime) -> Iterator[Metric]:
    up = _family("up", "1: OK or DEGRADED, 0: anything else.")
    status = _family("status", "0 OK, 1 DEGRADED, 2 FAILED, 3 STARTING, 4 STOPPED, 5 UNKNOWN.")
    response = _family("response_seconds", "Its own time in the last check.")
    age = _family("check_age_seconds", "Since the last check began.")
    measured = {name: _family(name, words) for name, (words, _, _) in _MEASURED.items()}
    for row in rows:
        labels = (row.definition.service_id, row.definition.group, row.definition.kind)
        up.add_metric(labels, float(row.status in _UP))
        status.add_metric(labels, row.status)
        if row.response_ms is not None:
            response.add_metric(labels, row.response_ms / 1000)
        if row.checked_at is not None:
            age.add_metric(labels, max(0.0, (now - row.checked_at).total_seconds()))
        for name, (_, metric, one) in _MEASURED.items():
            if (value := row.metrics.get(metric)) is not None:
                measured[name].add_metric(labels, value * one)
    yield from (family for family in (up, status, response, age, *measured.values()) if family.samples)


def _family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lightbulb_service_{name}", text, labels=LABELS)
