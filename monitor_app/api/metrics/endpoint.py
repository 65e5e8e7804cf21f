"""Answers in the text form of Prometheus, or in OpenMetrics when that is asked for."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from monitor_app.api.guarded import guarded_route
from monitor_app.api.health import own_health
from monitor_app.api.metrics.families import gathered
from monitor_app.api.metrics.services import ServiceMetrics
from monitor_app.api.rates import Rates
from monitor_app.security.permissions import MONITOR_READ
from monitor_app.settings import Settings
from monitor_app.state import runtime


def routes(settings: Settings, limits: Rates) -> Sequence[BaseRoute]:
    """The only one."""
    services = ServiceMetrics(settings.metrics_services_limit) if settings.metrics_services else None
    return [guarded_route("/metrics", MONITOR_READ, MetricsEndpoint(services).answer, limits)]


class MetricsEndpoint:
    """`services` None leaves out what belongs to single services."""

    def __init__(self, services: ServiceMetrics | None) -> None:
        self._services = services

    async def answer(self, request: Request) -> Response:
        """Gathered on the event loop, which owns the figures; put into words beside it."""
        running = runtime.current()
        families = await gathered(own_health(), running)
        if self._services is not None:
            families += self._services.gathered(running.board, own_health().now())
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        text = await asyncio.to_thread(encode, _registry_of(families))
        return Response(text, headers={"Content-Type": content_type})


class _Gathered(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families

    def describe(self) -> Iterable[Metric]:
        """Nothing to compare with: the registry lives for one answer."""
        return ()


def _registry_of(families: Iterable[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered(families))
    ProcessCollector(registry=registry)
    return registry
