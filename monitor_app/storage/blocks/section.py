"""A part of a blob that is read as a whole: few numbers, texts, and columns of bytes that compress and that do not.

Format: the length of the whole section; twice the length of its incompressible part, and 1 more when nothing else is
compressed either; that part; then, mostly as a raw deflate stream (RFC 1951): length of the head, the head, everything
else that compresses. Lengths are varints: seven bits a
byte, lowest first, the highest bit says that another byte follows. Numbers that may be negative are folded before:
0, -1, 1, -2 become 0, 1, 2, 3.

The stream begins with a dictionary that both sides know, so that the names of everyday phases and metrics cost next to
nothing in a small blob. It belongs to the format and must never change.
"""

import zlib
from typing import Any

from monitor_app.storage.documents import dumps, loads

_WINDOW_BITS = -15  # without header and checksum
_LEVEL = 6
_SMALL = 1000
# What is that short is read in a fraction of the time when it is left as it is.
_TINY = 40
_WORDS = (
    b'"]}[]null,true,false"rtt_avg_ms","loss_percent"connection refused by 503 Service Unavailable, expected 200-299'
    b'timed out after 10 s while waiting for the answer["query"["request"]["answer"]["starttls"["proxy"'
    b'[[["dns","connect"],["dns","connect","tls"],["status_code","body_bytes"]]['
    b'["200 OK"],[["connect","tls","first_byte","body"],[["dns","connect","first_byte","body"]],'
    b'[["dns","connect","tls","first_byte","body"]],[["status_code","body_bytes","certificate_days"]]]'
)


class BrokenBlob(ValueError):
    """A blob is not what this program writes."""


class SectionWriter:
    """Collects the parts of a section; what is put in first must be taken out first."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._soft: list[bytes] = []
        self._hard: list[bytes] = []

    def number(self, value: int) -> None:
        """A whole number that may be negative."""
        append_varint(self._head, value * 2 if value >= 0 else -value * 2 - 1)

    def soft(self, data: bytes) -> None:
        """Bytes that compress; the reader knows how many."""
        self._soft.append(data)

    def hard(self, data: bytes) -> None:
        """Bytes that do not compress; the reader knows how many."""
        self._hard.append(data)

    def document(self, value: Any) -> None:
        """Anything that JSON has a word for."""
        data = dumps(value).encode()
        self.number(len(data))
        self._soft.append(data)

    def finish(self) -> bytes:
        """The section."""
        hard = b"".join(self._hard)
        data = b"".join((varint(len(self._head)), self._head, *self._soft))
        if len(data) < _TINY:
            body = b"".join((varint(len(hard) * 2 + 1), hard, data))
            return varint(len(body)) + body
        # Small ones need small tables, which are sooner made. Every reader has the largest window.
        window_bits, memory_level = (-11, 4) if len(data) < _SMALL else (_WINDOW_BITS, 8)
        # Z_FILTERED: no matches of a few bytes, which in noise cost more than they save.
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, window_bits, memory_level, zlib.Z_FILTERED, _WORDS)
        stream = deflate.compress(data) + deflate.flush()
        body = b"".join((varint(len(hard) * 2), hard, stream))
        return varint(len(body)) + body


class SectionReader:
    """Takes out what a SectionWriter put in. `end` is where in the blob the section ends.

    Raises BrokenBlob when there is no section.
    """

    def __init__(self, blob: bytes, start: int) -> None:
        length, start = read_varint(blob, start)
        self.end = start + length
        if self.end > len(blob):
            raise BrokenBlob("a part of the blob is cut off")
        hard_size, start = read_varint(blob, start)
        hard_end = start + (hard_size >> 1)
        self._hard = blob[start:hard_end]
        self._data = blob[hard_end : self.end] if hard_size & 1 else _inflated(blob[hard_end : self.end])
        head_size, self._head_at = read_varint(self._data, 0)
        self._soft_at = self._head_at + head_size
        self._hard_at = 0

    def number(self) -> int:
        """See SectionWriter."""
        folded, self._head_at = read_varint(self._data, self._head_at)
        return folded >> 1 if not folded & 1 else -(folded + 1 >> 1)

    def soft(self, size: int) -> bytes:
        """See SectionWriter."""
        self._soft_at += size
        return self._data[self._soft_at - size : self._soft_at]

    def hard(self, size: int) -> bytes:
        """See SectionWriter."""
        self._hard_at += size
        return self._hard[self._hard_at - size : self._hard_at]

    def document(self) -> Any:
        """See SectionWriter."""
        return loads(self.soft(self.number()).decode())


def _inflated(stream: bytes) -> bytes:
    inflate = zlib.decompressobj(_WINDOW_BITS, _WORDS)
    try:
        data = inflate.decompress(stream)
    except zlib.error as err:
        raise BrokenBlob(f"a part of the blob is damaged: {err}") from err
    if not inflate.eof:
        raise BrokenBlob("a part of the blob is damaged: its end is missing")
    return data


def section_end(blob: bytes, start: int) -> int:
    """Where the section that begins at `start` ends, without looking into it."""
    length, start = read_varint(blob, start)
    return start + length


def varint(value: int) -> bytes:
    """A whole number from 0 on."""
    out = bytearray()
    append_varint(out, value)
    return bytes(out)


def append_varint(out: bytearray, value: int) -> None:
    """The same, added to `out`."""
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def read_varint(blob: bytes, start: int) -> tuple[int, int]:
    """The number that begins there, and where it ends. Raises BrokenBlob when the blob ends before it."""
    value = shift = 0
    try:
        while (byte := blob[start]) > 127:
            value |= (byte & 127) << shift
            shift += 7
            start += 1
    except IndexError:
        raise BrokenBlob("the blob is cut off") from None
    return value | byte << shift, start + 1
