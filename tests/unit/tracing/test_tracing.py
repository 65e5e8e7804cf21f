"""Spans while nobody wants them, and the header that names a trace."""

import re

from monitor_app import tracing

# W3C Trace Context, section 3.2.2
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-9a-f]")


def test_without_a_collector_spans_tell_nobody() -> None:
    tracing.start("")
    with tracing.span("check", remembered_as="1", follows=["0"], service="shop") as span:
        span.note(status="OK", response_ms=None)
        span.fail("refused")
    assert span is tracing.NO_SPAN
    tracing.stop()


def test_without_a_collector_each_check_has_a_trace_of_its_own() -> None:
    first, second = tracing.traceparent(), tracing.traceparent()
    assert TRACEPARENT.fullmatch(first)
    assert first != second
