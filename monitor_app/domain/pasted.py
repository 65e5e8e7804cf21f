"""A pasted list of addresses, taken apart line by line, however it was cut into pieces on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# "- x", "* x", "• x", "1. x", "2) x", "[ ] x", "> x": what lists in mails, chats and notes begin a line with.
_BULLET = re.compile(r"^(?:[-*+•‣◦·–—>]+|\d{1,4}[.)]|\[[ xX]?\])(?:\s+|$)")
# Quotes, brackets and separators that come along when an address is copied out of code or a table.
_WRAPPING = "\"'`“”„‘’«»<>()|,;"
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INVISIBLE = dict.fromkeys([0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x00AD])


@dataclass(frozen=True, slots=True)
class PastedLine:
    """An address and the number of the line it stood in, counted from 1."""

    number: int
    address: str


class LineSplitter:
    """Turns pieces of a text into its lines. A piece may end anywhere, inside a line or between `\\r` and `\\n`."""

    def __init__(self) -> None:
        self._rest = ""
        self._number = 0

    def feed(self, piece: str) -> Iterator[PastedLine]:
        """The lines that hold an address and are complete now."""
        lines = (self._rest + piece).replace("\r\n", "\n").split("\n")
        self._rest = lines.pop()
        for line in lines:
            yield from self._line(line)

    def finish(self) -> Iterator[PastedLine]:
        """The last line, which no line break ends."""
        rest, self._rest = self._rest, ""
        yield from self._line(rest)

    def _line(self, line: str) -> Iterator[PastedLine]:
        for part in line.splitlines() or [""]:
            self._number += 1
            if address := address_of(part):
                yield PastedLine(self._number, address)


def address_of(line: str) -> str:
    """The address in a line: without bullets, quotes, a trailing comma and a `# comment`; empty when there is none.

    A `#` inside an address (`https://example.org/#top`) is part of it: a comment has a blank before it.
    """
    text = _COMMENT.sub("", line.translate(_INVISIBLE)).strip()
    while bullet := _BULLET.match(text):
        text = text[bullet.end() :]
    unwrapped = text.strip().strip(_WRAPPING).strip()
    if _has_unclosed_bracket(unwrapped):
        return text.strip().rstrip(",;").strip()
    return unwrapped


def _has_unclosed_bracket(text: str) -> bool:
    """`https://example.org/a_(b)` loses a bracket of its own when its wrapping is taken off."""
    return text.count("(") != text.count(")")
