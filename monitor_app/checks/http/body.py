"""Reads the body of an answer without letting it grow."""

import asyncio
import zlib
from dataclasses import dataclass

import httpx

WIRE_LIMIT_BYTES = 256 * 1024
# A chunked answer of tiny chunks is much work for few bytes.
PIECES_LIMIT = 4096
_PIECES_A_TURN = 256
DECODED_LIMIT_BYTES = 256 * 1024


class BrokenBody(Exception):
    """The body is not encoded the way it says."""


@dataclass(frozen=True, slots=True)
class Body:
    """`wire_bytes` as they came, at most 256 KB in 4096 pieces; `cut` says why not all of it, else it is empty.

    `content` is decoded, at most 256 KB.
    """

    wire_bytes: int
    cut: str
    content: bytes

    @property
    def is_whole(self) -> bool:
        """False when there is, or may be, more than what was read and unpacked."""
        return not self.cut and len(self.content) < DECODED_LIMIT_BYTES


async def read_body(response: httpx.Response) -> Body:
    """Raises BrokenBody and NetworkFailure."""
    raw = bytearray()
    pieces = 0
    cut = ""
    async for piece in response.aiter_raw():
        raw += piece
        pieces += 1
        if len(raw) > WIRE_LIMIT_BYTES:
            cut = f"longer than {WIRE_LIMIT_BYTES // 1024} KB, only that much was read"
            break
        if pieces > PIECES_LIMIT:
            del raw[-len(piece) :]
            cut = f"in more than {PIECES_LIMIT} pieces, only so many were read"
            break
        if pieces % _PIECES_A_TURN == 0:
            # They were read from the network together: nothing was waited for in between.
            await asyncio.sleep(0)
    wire = bytes(raw[:WIRE_LIMIT_BYTES])
    return Body(len(wire), cut, decoded(wire, response.headers.get("content-encoding", "")))


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
