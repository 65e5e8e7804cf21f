"""The last checks as a small PNG (W3C Recommendation "Portable Network Graphics"): a bar each, the newest right.

Its height tells, too, so that colours do not stand alone: full for up and down, less for slow, a stub for nothing.
"""

import struct
import zlib
from collections.abc import Sequence

BAR, GAP, HEIGHT = 8, 2, 32
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Bit depth 8, palette, the usual compression, filter, no interlace (section 11.2.1).
_HEADER = struct.Struct("!IIBBBBB")
_DEPTH, _PALETTE = 8, 3
# Paper; then what each status looks like: its place in the palette, and how much of the height it takes.
_COLOURS = ("ffffff", "29a383", "ffba18", "e54d2e", "7ce2fe", "8b8d98", "d9d9e0", "5c271f")
_BARS = {
    "OK": (1, 1.0),
    "DEGRADED": (2, 0.66),
    "FAILED": (3, 1.0),
    "STARTING": (4, 0.5),
    "STOPPED": (5, 0.5),
    "UNKNOWN": (6, 0.33),
}
_NOTHING = (6, 0.12)
# A failure has a dark foot.
_FOOT, _FOOT_SHARE = 7, 0.25


def picture(history: Sequence[str]) -> bytes:
    """A PNG of statuses by their names, the oldest first; what is no status is a stub."""
    width = len(history) * (BAR + GAP) - GAP
    rows = [b"\0" + _row(history, row) for row in range(HEIGHT)]
    body = _HEADER.pack(width, HEIGHT, _DEPTH, _PALETTE, 0, 0, 0)
    palette = b"".join(bytes.fromhex(colour) for colour in _COLOURS)
    chunks = ((b"IHDR", body), (b"PLTE", palette), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def words(history: Sequence[str]) -> str:
    """The same for who does not see it."""
    counts = {status: list(history).count(status) for status in _BARS}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    return f"The last {len(history)} checks: {told or 'nothing is known'}"


def _row(history: Sequence[str], row: int) -> bytes:
    """The pixels of one row, the topmost being 0."""
    from_top = row / HEIGHT
    pixels = bytearray()
    for status in history:
        colour, share = _BARS.get(status, _NOTHING)
        if status == "FAILED" and from_top >= 1 - _FOOT_SHARE:
            colour = _FOOT
        pixels += bytes([colour if from_top >= 1 - share else 0]) * BAR + bytes(GAP)
    return bytes(pixels[:-GAP])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))
