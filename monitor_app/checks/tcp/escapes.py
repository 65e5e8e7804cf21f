r"""Bytes written as text: `\r`, `\n`, `\t`, `\0`, `\\` and `\xNN`; everything else stands for itself in UTF-8."""

import re

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.?))", re.DOTALL)
_LETTERS = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescaped(text: str) -> bytes:
    """Raises ValueError, saying what may follow a backslash."""
    data, at = b"", 0
    for match in _ESCAPE.finditer(text):
        data += text[at : match.start()].encode()
        data += bytes.fromhex(match[1]) if match[1] else _letter(match[2])
        at = match.end()
    return data + text[at:].encode()


def _letter(letter: str) -> bytes:
    try:
        return _LETTERS[letter]
    except KeyError:
        raise ValueError(
            rf"must have one of \r, \n, \t, \0, \\ or \xNN (two hexadecimal digits) after a backslash, got \{letter}"
        ) from None
