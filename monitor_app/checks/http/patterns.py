"""Patterns of users, by RE2: memory is bounded, and time grows with the text only, whatever the pattern."""

import asyncio
import re
from contextlib import suppress
from typing import Any

import re2

from monitor_app.plugins.forms import shown_value

PATTERN_LIMIT = 1000
# For the automaton that RE2 builds while it searches; beyond that it goes on without, slower.
_MEMORY_BYTES = 1024 * 1024
# What RE2 compiles a pattern to when each character is one byte. Its slow way takes so many steps a byte at worst: with
# this limit about half a second for the longest body.
STEPS_LIMIT = 700
# Longer searches go to a thread; RE2 lets others run meanwhile.
_STEPS_AT_ONCE = 2_000_000

_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!])")
_BACK_REFERENCE = re.compile(r"\(\?P=|\\[1-9]|\\k[<{']")
_POSSESSIVE = re.compile(r"\(\?>|[*+?}]\+")
_WHY = "patterns are searched by RE2, which is fast with every text because it never goes back"


class Pattern:
    """A pattern that is ready to search with."""

    def __init__(self, text: str) -> None:
        """Raises ValueError, saying what is wrong and what is allowed."""
        if len(text) > PATTERN_LIMIT:
            raise ValueError(f"must have a pattern of at most {PATTERN_LIMIT} characters, got {len(text)}")
        options = re2.Options()
        options.max_mem = _MEMORY_BYTES
        options.log_errors = False
        options.never_capture = True
        try:
            self._search = re2.compile(text.encode(), options)
            self._steps = _steps(self._search, text)
        except UnicodeEncodeError as err:
            raise ValueError("must be a pattern of valid characters") from err
        except re2.error as err:
            raise ValueError(_complaint(text, err)) from err
        if self._steps > STEPS_LIMIT:
            raise ValueError(_TOO_LARGE)

    async def is_in(self, text: bytes) -> bool:
        """Whether the pattern is somewhere in this UTF-8 text."""
        if self._steps * len(text) <= _STEPS_AT_ONCE:
            return self._search.search(text) is not None
        return await asyncio.to_thread(self._search.search, text) is not None


_TOO_LARGE = "must be a smaller pattern: write .* for .{0,500}, or repeat less often"


def _steps(compiled: Any, text: str) -> int:
    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    with suppress(re2.error):  # a range of characters may be no range as bytes
        compiled = re2.compile(text.encode(), options)
    # Part of RE2's own interface, which the wrapper hides.
    size: int = compiled._regexp.ProgramSize()
    return size


def _complaint(text: str, err: Exception) -> str:
    said = err.args[0] if err.args else ""
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "too large" in reason or "repetition size" in reason:
        return _TOO_LARGE if "too large" in reason else f"must not repeat more than 1000 times in all: {reason}"
    if _LOOK_AROUND.search(text):
        return f"must not look around, (?=…) (?!…) (?<=…) (?<!…): {_WHY}"
    if _BACK_REFERENCE.search(text):
        return f"must not refer back to a group, \\1 or (?P=name): {_WHY}"
    if _POSSESSIVE.search(text):
        return f"must not be possessive or atomic, a++ or (?>…): {_WHY}, so it is not needed"
    return f"must be a valid pattern: {shown_value(reason)[1:-1]}"
