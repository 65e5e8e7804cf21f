"""Text that runs from right to left, as it has to be placed where letters are drawn one after the other.

The order is that of the Unicode Bidirectional Algorithm (UAX 9), of which FPDF has its own; it would use it only with a
library that chooses the forms of letters, which is done here from Unicode's own table of them.
"""

import unicodedata
from collections.abc import Container, Iterator
from functools import cache
from typing import Final

from fpdf.bidi import BidiParagraph

# Arabic Presentation Forms A and B: each says of which letter it is the form, and where in a word.
_FORMS: Final = (*range(0xFB50, 0xFDFC), *range(0xFE70, 0xFEFD))
_TATWEEL: Final = "\u0640"  # only a line: it joins on both sides, and looks the same everywhere
_LAM: Final = "\u0644"
_TURNED: Final = frozenset({"R", "AL"})

# By place in a word the form of a letter, or of the two that are drawn as one.
Forms = dict[str, str]


def placed(text: str, drawn: Container[int]) -> str:
    """`text` as it is drawn from left to right, letters of Arabic joined; `drawn` are the letters that the font has."""
    if all(unicodedata.bidirectional(letter) not in _TURNED for letter in text):
        return text
    return BidiParagraph(text="".join(_joined(text, drawn))).get_reordered_string()


def _joined(text: str, drawn: Container[int]) -> Iterator[str]:
    units = list(_units(text))
    for place, unit in enumerate(units):
        forms = _forms().get(unit, {})
        before = next((one for one in reversed(units[:place]) if not _is_mark(one)), "")
        after = next((one for one in units[place + 1 :] if not _is_mark(one)), "")
        joins_before = "final" in forms and _goes_on(before)
        joins_after = "initial" in forms and _takes(after)
        name = ("medial" if joins_before else "initial") if joins_after else "final" if joins_before else "isolated"
        form = forms.get(name, unit)
        yield form if ord(form[0]) in drawn else unit


def _units(text: str) -> Iterator[str]:
    """Letters; lam and alef, which are drawn as one, together."""
    place = 0
    while place < len(text):
        both = text[place : place + 2]
        width = 2 if both[0] == _LAM and both in _forms() else 1
        yield text[place : place + width]
        place += width


def _is_mark(unit: str) -> bool:
    """A vowel sign or the like stands over a letter, and parts none."""
    return unicodedata.category(unit[0]) == "Mn"


def _goes_on(unit: str) -> bool:
    """Whether it joins what comes after it."""
    return unit == _TATWEEL or "initial" in _forms().get(unit, {})


def _takes(unit: str) -> bool:
    """Whether it joins what came before it."""
    return unit == _TATWEEL or "final" in _forms().get(unit, {})


@cache
def _forms() -> dict[str, Forms]:
    found: dict[str, Forms] = {}
    for number in _FORMS:
        name, *letters = unicodedata.decomposition(chr(number)).split() or [""]
        unit = "".join(chr(int(letter, 16)) for letter in letters)
        is_one = len(unit) == 1 or (len(unit) == 2 and unit[0] == _LAM and "ALEF" in unicodedata.name(unit[1]))
        if is_one and name.startswith("<"):
            found.setdefault(unit, {}).setdefault(name.strip("<>"), chr(number))
    return found
