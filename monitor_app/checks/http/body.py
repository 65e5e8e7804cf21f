"""Reads the body of an answer without letting it grow."""

import zlib
from dataclasses import dataclass

import httpx

WIRE_LIMIT_BYTES = 256 * 1024
DECODED_LIMIT_BYTES = 256 * 1024


class BrokenBody(Exception):
    """The body is not encoded the way it says."""


@dataclass(frozen=True, slots=True)
class Body:
    """`wire_bytes` as they came, at most 256 KB; `is_cut` when there was more. `content` is decoded, at most 256 KB."""

    wire_bytes: int
    is_cut: bool
    content: bytes


async def read_body(response: httpx.Response) -> Body:
    """Raises BrokenBody and NetworkFailure."""
    raw = bytearray()
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > WIRE_LIMIT_BYTES:
            break
    is_cut = len(raw) > WIRE_LIMIT_BYTES
    wire = bytes(raw[:WIRE_LIMIT_BYTES])
    return Body(len(wire), is_cut, decoded(wire, response.headers.get("content-encoding", "")))


def decoded(wire: bytes, encoding: str) -> bytes:
    """At most 256 KB of the decoded content; what is not gzip or deflate is returned as it came. Raises BrokenBody."""
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if not wire or names not in (["gzip"], ["x-gzip"], ["deflate"]):
        return wire
    try:
        return _inflated(wire, is_gzip="gzip" in names[0])
    except zlib.error as err:
        raise BrokenBody(f"the body says it is {names[0]}, but cannot be decoded") from err


def _inflated(wire: bytes, *, is_gzip: bool) -> bytes:
    # 16: gzip, RFC 1952. "deflate" means zlib (RFC 1950), but some servers send it without the wrapping (RFC 1951).
    if is_gzip:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(wire, DECODED_LIMIT_BYTES)
    try:
        return zlib.decompressobj().decompress(wire, DECODED_LIMIT_BYTES)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(wire, DECODED_LIMIT_BYTES)
