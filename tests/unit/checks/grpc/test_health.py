"""The messages of the health service, against those of the real library."""

import struct

import pytest
from grpc_health.v1 import health_pb2
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.checks.grpc.health import request, serving


def framed(message: bytes) -> bytes:
    return struct.pack("!BI", 0, len(message)) + message


@given(st.text(max_size=300))
def test_requests_are_those_of_the_library(service: str) -> None:
    expected = health_pb2.HealthCheckRequest(service=service).SerializeToString()
    assert request(service) == framed(expected)


@pytest.mark.parametrize("status", [0, 1, 2, 3, 7, 300])
def test_responses_are_read_as_the_library_writes_them(status: int) -> None:
    assert serving(framed(health_pb2.HealthCheckResponse(status=status).SerializeToString())) == status


def test_fields_of_the_future_are_skipped() -> None:
    others = b"\x12\x03abc" + b"\x19" + b"x" * 8 + b"\x25" + b"x" * 4 + b"\x30\x05"
    assert serving(framed(others + b"\x08\x02" + others)) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there is no message"),
        (b"\0\0\0\0\2\x08", "should have 2 bytes and has 1"),
        (b"\1\0\0\0\0", "compressed"),
        (framed(b"\x08"), "ends too early"),
        (framed(b"\x08\x80"), "ends too early"),
        (framed(b"\x12\x7fx"), "ends too early"),
        (framed(b"\x08" + b"\xff" * 11), "does not end"),
        (framed(b"\x0b"), "unknown form 3"),
    ],
)
def test_what_is_no_response_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        serving(data)


@given(st.binary(max_size=60))
def test_noise_is_a_number_or_refused(noise: bytes) -> None:
    try:
        assert serving(framed(noise)) >= 0
    except ValueError:
        return
