"""The messages of grpc.health.v1, written and read by hand: one text there, one number back.

https://github.com/grpc/grpc/blob/master/doc/health-checking.md; protobuf's wire format for the two fields.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum

PATH = "/grpc.health.v1.Health/Check"
MESSAGE_LIMIT_BYTES = 4096
# gRPC over HTTP/2: each message comes after a byte "compressed?" and its length.
_PREFIX = struct.Struct("!BI")
_FIELD_1, _BYTES = 1, 2


class Serving(IntEnum):
    """HealthCheckResponse.ServingStatus."""

    UNKNOWN = 0
    SERVING = 1
    NOT_SERVING = 2
    SERVICE_UNKNOWN = 3


def request(service: str) -> bytes:
    """HealthCheckRequest: field 1 is the service's name, left out when it is empty."""
    name = service.encode()
    message = bytes([_FIELD_1 << 3 | _BYTES]) + _as_varint(len(name)) + name if name else b""
    return _PREFIX.pack(0, len(message)) + message


def serving(data: bytes) -> int:
    """The status in a HealthCheckResponse. Raises ValueError when the bytes are none."""
    if len(data) < _PREFIX.size:
        raise ValueError("there is no message")
    is_compressed, length = _PREFIX.unpack_from(data)
    message = data[_PREFIX.size :]
    if is_compressed:
        raise ValueError("the message is compressed, which was not offered")
    if length != len(message):
        raise ValueError(f"the message should have {length} bytes and has {len(message)}")
    status = 0
    for field, value in _fields(message):
        if field == _FIELD_1:
            status = value
    return status


def _fields(message: bytes) -> Iterator[tuple[int, int]]:
    """Number and value of each field that is a number; others are skipped. Raises ValueError."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                value, at = _varint(message, at)
                yield key >> 3, value
            case 1:
                at += 8
            case 2:
                length, at = _varint(message, at)
                at += length
            case 5:
                at += 4
            case other:
                raise ValueError(f"the message has a field of the unknown form {other}")
    if at > len(message):
        raise ValueError("the message ends too early")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("the message ends too early")
        value |= (message[at] & 0x7F) << shift
        at += 1
        if not message[at - 1] & 0x80:
            return value, at
    raise ValueError("the message has a number that does not end")


def _as_varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
