"""Spans on their way to a collector, by OpenTelemetry's own libraries, in a thread of theirs."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.util.re import parse_env_headers

from monitor_app.tracing import Span

PATH: Final = "/v1/traces"
SERVICE_NAME: Final = "lightbulb"
EXPORT_SECONDS: Final = 5
# Of so many checks it is remembered where their spans are, for the transaction that writes them.
REMEMBERED: Final = 4096
# OpenTelemetry takes no more links a span.
LINKS_LIMIT: Final = 128


class CollectorTracer:
    """See monitor_app.tracing.Tracer. What cannot be sent is dropped; checks never wait for it."""

    def __init__(self, endpoint: str, headers: str, share: float, version: str) -> None:
        exporter = OTLPSpanExporter(
            endpoint=endpoint.rstrip("/") + PATH,
            headers=parse_env_headers(headers, liberal=True),
            timeout=EXPORT_SECONDS,
        )
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({"service.name": SERVICE_NAME, "service.version": version}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=EXPORT_SECONDS * 1000))
        self._tracer = self._provider.get_tracer(SERVICE_NAME)
        self._places: OrderedDict[str, trace.SpanContext] = OrderedDict()
        for name in ("opentelemetry", "opentelemetry.exporter.otlp.proto.http.trace_exporter"):
            logging.getLogger(name).addFilter(_Seldom())

    @contextmanager
    def span(self, name: str, remembered_as: str, follows: Iterable[str], attributes: dict[str, Any]) -> Iterator[Span]:
        """See Tracer."""
        links = [trace.Link(place) for place in self._found(follows)]
        with self._tracer.start_as_current_span(name, attributes=_named(attributes), links=links) as current:
            place = current.get_span_context()
            if remembered_as and place.trace_flags.sampled:
                self._places[remembered_as] = place
                if len(self._places) > REMEMBERED:
                    self._places.popitem(last=False)
            yield _CollectedSpan(current)

    def traceparent(self) -> str:
        """See Tracer."""
        place = trace.get_current_span().get_span_context()
        return f"00-{place.trace_id:032x}-{place.span_id:016x}-{place.trace_flags:02x}" if place.is_valid else ""

    def close(self) -> None:
        """See Tracer."""
        self._provider.shutdown()

    def _found(self, names: Iterable[str]) -> list[trace.SpanContext]:
        return [self._places.pop(name) for name in names if name in self._places][:LINKS_LIMIT]


class _CollectedSpan(Span):
    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, **attributes: Any) -> None:
        self._span.set_attributes(_named(attributes))

    def fail(self, reason: str) -> None:
        self._span.set_status(trace.Status(trace.StatusCode.ERROR, reason))


class _Seldom(logging.Filter):
    """A collector that is away is told of at first and then each hundredth time, not with each batch."""

    def __init__(self) -> None:
        super().__init__()
        self._told = 0

    def filter(self, record: logging.LogRecord) -> bool:
        self._told += 1
        return self._told % 100 == 1


def _named(attributes: dict[str, Any]) -> dict[str, Any]:
    return {f"lightbulb.{name}": value for name, value in attributes.items() if value is not None}
