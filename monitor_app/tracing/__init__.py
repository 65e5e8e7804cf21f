"""Traces after OpenTelemetry, for who wants them: what one check consists of, on its way into the database.

    with tracing.span("check", service="db-main") as check:
        ...
        check.note(status="OK")

Off until `start` is called; then spans go to a collector over OTLP. While off, a span costs next to nothing, and the
libraries for it are not even imported.
"""

import importlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol


class Span:
    """What is told of one step. This one tells nobody."""

    __slots__ = ()

    def note(self, **attributes: Any) -> None:
        """Add what is known: texts and numbers; None is left out."""

    def fail(self, reason: str) -> None:
        """The step did not do what it is for."""


class Tracer(Protocol):
    """What sends spans somewhere."""

    def span(self, name: str, remembered_as: str, follows: Iterable[str], attributes: dict[str, Any]) -> Any:
        """A context manager that gives a Span."""
        ...

    def traceparent(self) -> str:
        """Of the step under way; "" outside of any."""
        ...

    def close(self) -> None:
        """Send what waits."""
        ...


NO_SPAN: Final = Span()
_tracer: Tracer | None = None


def start(endpoint: str, *, headers: str = "", share: float = 1.0, version: str = "") -> None:
    """Send spans to the collector at `endpoint` (its base address, as OTEL_EXPORTER_OTLP_ENDPOINT has it).

    `headers` are `name=value` with commas between, percent-encoded; of all checks `share` (0 to 1) is traced. An empty
    endpoint leaves it off.
    """
    global _tracer
    if endpoint:
        collector = importlib.import_module(f"{__name__}.collector")
        _tracer = collector.CollectorTracer(endpoint, headers, share, version)


def stop() -> None:
    """Send what waits, for some seconds at most, and be off again. Blocks."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.close()


@contextmanager
def span(name: str, *, remembered_as: str = "", follows: Iterable[str] = (), **attributes: Any) -> Iterator[Span]:
    """One step, inside the one that is under way. `follows` are names under which steps before were remembered."""
    if _tracer is None:
        yield NO_SPAN
        return
    with _tracer.span(name, remembered_as, follows, attributes) as current:
        yield current


def traceparent() -> str:
    """What tells another program which trace its work belongs to (W3C Trace Context, level 1, section 3.2).

    That of the step under way; while nothing is traced here, one of a new trace, so that theirs can still be found.
    """
    return (_tracer.traceparent() if _tracer is not None else "") or new_traceparent()


def new_traceparent() -> str:
    """One of a trace that begins here; "01" asks to record it."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
