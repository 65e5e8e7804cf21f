"""Redis' protocol, RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/), over our own streams.

What the server says stands in errors as it came, perhaps with what it was sent: see the probe, which makes it harmless.
"""

from collections.abc import Sequence
from typing import Any

from monitor_app.net.failures import BadAnswer
from monitor_app.net.lines import LineReader
from monitor_app.net.stream import Stream

BYTES_LIMIT = 1024 * 1024
_DEPTH_LIMIT = 8


class ReplyError(Exception):
    """The server's own words: an upper-case code and a text."""


class RespConnection:
    """Sends commands and reads replies: str, int, bytes, None or a list of these."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines = LineReader(stream)

    async def ask(self, *words: str) -> Any:
        """The reply to one command. Raises ReplyError, BadAnswer and what the stream raises."""
        await self._stream.write(encoded(words))
        self._left = BYTES_LIMIT
        return await self._reply(0)

    async def _reply(self, depth: int) -> Any:
        line = await self._lines.line()
        kind, rest = line[:1], line[1:]
        self._take(len(line))
        match kind:
            case b"+":
                return rest.decode("utf-8", "replace")
            case b"-":
                raise ReplyError(rest.decode("utf-8", "replace"))
            case b":":
                return self._number(rest)
            case b"$":
                return await self._bulk(self._number(rest))
            case b"*":
                count = self._number(rest)
                if depth >= _DEPTH_LIMIT:
                    raise BadAnswer("the answer is nested too deeply")
                self._take(max(0, count))
                return None if count < 0 else [await self._reply(depth + 1) for _ in range(count)]
            case _:
                raise BadAnswer(f"the answer is not Redis: it says {line.decode('utf-8', 'replace')}")

    async def _bulk(self, count: int) -> bytes | None:
        if count < 0:
            return None
        self._take(count)
        data = await self._lines.exactly(count + 2)
        return data[:-2]

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise BadAnswer(f"the answer is longer than {BYTES_LIMIT // 1024} KB")

    def _number(self, digits: bytes) -> int:
        try:
            return int(digits)
        except ValueError as err:
            raise BadAnswer(f"the answer is not Redis: {digits.decode('utf-8', 'replace')!r} is no number") from err


def encoded(words: Sequence[str]) -> bytes:
    """A command as an array of bulk strings."""
    parts = [word.encode() for word in words]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)])
