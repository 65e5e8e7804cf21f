"""Reads a stream line by line or by counts of bytes, bounded: for the protocols that talk in plain text."""

import asyncio

from monitor_app.net.failures import BadAnswer, ConnectionLost
from monitor_app.net.stream import Stream

LINE_LIMIT_BYTES = 8 * 1024
_READ_BYTES = 4096
# Of what is asked for by count, more is read at once.
_PIECE_BYTES = 64 * 1024
# What was read at once may be thousands of tiny pieces: after so many, others get their turn.
_PIECES_A_TURN = 256


class LineReader:
    """Keeps what was read too far. Where TLS begins nothing may be kept: see `must_be_empty`."""

    __slots__ = ("_kept", "_limit", "_pieces", "_stream")

    def __init__(self, stream: Stream, *, limit_bytes: int = LINE_LIMIT_BYTES) -> None:
        self._stream = stream
        self._limit = limit_bytes
        self._kept = b""
        self._pieces = 0

    async def line(self) -> bytes:
        """The next line without its line break. Raises BadAnswer (too long), and what the stream raises."""
        await self._let_others_run()
        searched = 0
        while (end := self._kept.find(b"\n", searched)) < 0:
            searched = len(self._kept)
            if searched > self._limit:
                raise BadAnswer(f"the other side sent a line of more than {self._limit} bytes")
            await self._more()
        line, self._kept = self._kept[:end], self._kept[end + 1 :]
        if len(line) > self._limit:
            raise BadAnswer(f"the other side sent a line of more than {self._limit} bytes")
        return line.removesuffix(b"\r")

    async def exactly(self, count: int) -> bytes:
        """So many bytes. The caller knows that `count` is bounded."""
        await self._let_others_run()
        if count > len(self._kept) + _READ_BYTES:
            return await self._many(count)
        while len(self._kept) < count:
            await self._more()
        data, self._kept = self._kept[:count], self._kept[count:]
        return data

    async def _many(self, count: int) -> bytes:
        """Megabytes, perhaps: not copied with each piece that comes."""
        found = bytearray(self._kept)
        self._kept = b""
        while len(found) < count:
            found += await self._read(min(count - len(found), _PIECE_BYTES))
        return bytes(found)

    def must_be_empty(self) -> None:
        """Raises BadAnswer when something came in plain text after the agreement to begin TLS.

        Whoever sits between could have put it there, to be taken for a part of what comes encrypted (CVE-2011-0411).
        """
        if self._kept:
            raise BadAnswer("the other side sent more in plain text where TLS was to begin")

    async def _more(self) -> None:
        self._kept += await self._read(_READ_BYTES)

    async def _read(self, max_bytes: int) -> bytes:
        data = await self._stream.read(max_bytes)
        if not data:
            raise ConnectionLost("the other side closed the connection before its answer was complete")
        return data

    async def _let_others_run(self) -> None:
        self._pieces += 1
        if self._pieces % _PIECES_A_TURN == 0:
            await asyncio.sleep(0)
