"""What a real engine tells others of itself: traces to a collector, calls to whoever waits for them."""

import asyncio

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.engine_process import add_services
from tests.servers.http import Exchange, HttpServer, reply
from tests.servers.tcp import closed_port

PATIENCE_SECONDS = 120


class Collector:
    """A path that takes traces as OpenTelemetry's protocol has it: OTLP over HTTP, in protobuf."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.keys: set[str] = set()
        self._arrived = asyncio.Condition()

    async def __call__(self, exchange: Exchange) -> None:
        told = ExportTraceServiceRequest.FromString(exchange.request.body)
        self.keys.add(exchange.request.headers.get("x-key", ""))
        async with self._arrived:
            for resource in told.resource_spans:
                for scope in resource.scope_spans:
                    self.spans += scope.spans
            self._arrived.notify_all()
        await reply(200)(exchange)

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def followed(self, service: str) -> list[Span]:
        """The checks of a service that the collector heard all of: of a call that failed it has nothing."""
        evaluated = {span.trace_id for span in self.named("evaluate")}
        written = {link.span_id for span in self.named("commit") for link in span.links}
        return [
            span
            for span in self.named("check")
            if attributes(span)["lightbulb.service"] == service
            and span.trace_id in evaluated
            and span.span_id in written
        ]

    async def until_followed(self, *services: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._arrived:
            await self._arrived.wait_for(lambda: all(self.followed(service) for service in services))


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


async def test_a_check_is_traced_from_its_begin_into_the_database(server, sqlite, sqlite_url, launch):
    collector = Collector()
    server.on("/v1/traces", collector)
    server.on("/bad", reply(503))
    config = {"send_traceparent": True}
    await add_services(sqlite, {"good": server.url("/"), "bad": server.url("/bad")}, **config)
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": server.url(""),
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=calm%20otter",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    async with launch(sqlite_url, **environment) as engine:
        # The engine's own steps are inside, and the transaction points back at the checks that it wrote.
        await collector.until_followed("good", "bad")
        assert await engine.stop() == 0
        assert "calm" not in engine.log
    assert collector.keys == {"calm otter"}
    good, bad = collector.followed("good")[0], collector.followed("bad")[0]
    assert attributes(good)["lightbulb.status"] == "OK"
    assert (attributes(bad)["lightbulb.status"], bad.status.code) == ("FAILED", Status.STATUS_CODE_ERROR)
    # What the service was sent is the trace that the collector has.
    sent = {seen.headers["traceparent"] for seen in server.requests if seen.path in ("/", "/bad")}
    assert f"00-{good.trace_id.hex()}-{good.span_id.hex()}" in {text.rpartition("-")[0] for text in sent}


async def test_without_a_collector_checks_go_on(server, sqlite, sqlite_url, launch):
    await add_services(sqlite, {"good": server.url("/")})
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{closed_port()}"}
    async with launch(sqlite_url, **environment) as engine:
        await engine.until_committed(3)
        assert await engine.stop() == 0
    assert engine.stats["lost"] == 0


@pytest.fixture
def waiting(server: HttpServer) -> asyncio.Event:
    """Set once the dead man's switch was called."""
    called = asyncio.Event()

    async def hear(exchange: Exchange) -> None:
        called.set()
        await reply(200)(exchange)

    server.on("/ping/secret-path", hear)
    return called


async def test_somebody_elsewhere_is_called_while_results_are_stored(server, sqlite, sqlite_url, launch, waiting):
    """While they cannot be, silence is the alarm."""
    await add_services(sqlite, {"good": server.url("/")})
    environment = {"HEARTBEAT_URL": server.url("/ping/secret-path"), "HEARTBEAT_INTERVAL": "3"}
    async with launch(sqlite_url, **environment) as engine:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await waiting.wait()
        async with sqlite.write():  # keeps everybody else from writing
            await engine.until(lambda engine: "the dead man's switch is not called" in engine.log)
            waiting.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await waiting.wait()
        await engine.until(lambda engine: "the dead man's switch is called again" in engine.log)
        assert await engine.stop() == 0
        assert "secret-path" not in engine.log
