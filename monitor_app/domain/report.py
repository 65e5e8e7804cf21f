"""What one check found in full: sections that a kind fills, and that one component draws whatever the kind.

Others wrote most of it, so it is bounded, without what steers a terminal, and without secrets.
"""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final, Literal

from monitor_app.domain.status import Status
from monitor_app.redact import harmless, masker, redact, without_named_secrets

Form = Literal["facts", "table", "text"]

SECTIONS_LIMIT: Final = 12
ROWS_LIMIT: Final = 40
COLUMNS_LIMIT: Final = 8
TITLE_LIMIT: Final = 80
CELL_LIMIT: Final = 300
TEXT_LIMIT_BYTES: Final = 2048
DOCUMENT_LIMIT_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: facts (rows of a name and a value), a table under `columns`, or a text of several lines.

    `is_private`: it holds what a service answers word for word, and is for those only who may see that. `is_cut`: there
    was more of it than is kept.
    """

    title: str
    form: Form
    rows: Sequence[Sequence[str]] = ()
    columns: Sequence[str] = ()
    text: str = ""
    is_private: bool = False
    is_cut: bool = False


# What a probe hands over: called only when somebody wants it in full, so it costs next to nothing otherwise.
Tell = Callable[[], Iterable[Section]]


class Report:
    """What a check could tell in full. Whoever decides takes it once, or lets go of it: what it holds may be large.

    With a `standing` each report with another one than before is kept as long as results are.
    """

    __slots__ = ("_build", "standing")

    def __init__(self, build: Callable[[], dict[str, Any]], standing: Hashable | None = None) -> None:
        self._build: Callable[[], dict[str, Any]] | None = build
        self.standing = standing

    def take(self) -> dict[str, Any] | None:
        """The document; None when it was taken or let go of before. Raises what a kind's code raises."""
        build, self._build = self._build, None
        return None if build is None else build()

    def let_go(self) -> None:
        """Nobody wants it."""
        self._build = None


@dataclass(frozen=True, slots=True)
class ResultDetail:
    """What is kept of one check in full, beside its result.

    `replaces` is the number of an earlier result whose details are worth nothing any more, 0 for none. What is lasting
    holds for the results after it, too.
    """

    service_pk: int
    result_id: int
    checked_at: datetime
    status: Status
    document: Mapping[str, Any]
    replaces: int = 0
    is_lasting: bool = False


def facts(title: str, values: Mapping[str, str], *, is_private: bool = False) -> Section:
    """Names with their values; those without a value are left out."""
    return Section(title, "facts", [(name, value) for name, value in values.items() if value], is_private=is_private)


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, is_private: bool = False, is_cut: bool = False
) -> Section:
    """Rows under the names of their columns."""
    return Section(title, "table", rows, columns, is_private=is_private, is_cut=is_cut)


def text(title: str, content: str, *, is_private: bool = True, is_cut: bool = False) -> Section:
    """Several lines as they came; private unless somebody says that they are not."""
    return Section(title, "text", text=content, is_private=is_private, is_cut=is_cut)


def document(sections: Iterable[Section], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Sections as they are stored: `{"sections": [...]}` of at most 8 KB of JSON, without these secrets and others.

    Sections with nothing in them are left out. What does not fit is cut, the largest part first, and says so.
    """
    told = list(sections)[:SECTIONS_LIMIT]
    mask, whole = masker(secrets), "\n".join(map(_begin, chain.from_iterable(map(_texts, told))))
    if mask(whole) == whole:
        # As almost always: then not each of a hundred texts has to be looked through.
        mask = _begin
    kept = [_stored(section, mask) for section in told]
    kept = [section for section in kept if section.get("rows") or section.get("text")]
    while kept and _size(kept) > DOCUMENT_LIMIT_BYTES - 20:
        largest = max(kept, key=_size)
        if not _halve(largest):
            kept.remove(largest)
    return {"sections": kept}


def sections_of(stored: Mapping[str, Any], *, with_private: bool, with_others: bool = True) -> list[dict[str, Any]]:
    """The sections of a stored document as somebody may see them; of a private one others see only that it is there.

    Without `with_others` the same holds of all that are not private.
    """
    found = []
    for section in stored.get("sections", []):
        shown = {
            "title": section["title"],
            "form": section["form"],
            "columns": section.get("columns", []),
            "rows": section.get("rows", []),
            "text": section.get("text", ""),
            "is_private": section.get("is_private", False),
            "is_cut": section.get("is_cut", False),
            "is_hidden": False,
        }
        if not (with_private if shown["is_private"] else with_others):
            shown |= {"columns": [], "rows": [], "text": "", "is_cut": False, "is_hidden": True}
        found.append(shown)
    return found


def _texts(section: Section) -> Iterable[str]:
    """What others wrote of a section."""
    return chain([section.text], *(row[:COLUMNS_LIMIT] for row in section.rows[:ROWS_LIMIT]))


def _begin(content: str) -> str:
    """As much of a text as can become part of a document."""
    return content[: 2 * TEXT_LIMIT_BYTES]


def _stored(section: Section, mask: Callable[[str], str]) -> dict[str, Any]:
    stored: dict[str, Any] = {"title": harmless(section.title, TITLE_LIMIT), "form": section.form}
    is_cut = section.is_cut
    if section.form == "text":
        stored["text"], is_shortened = _lines(section.text, mask)
        is_cut = is_cut or is_shortened
    else:
        stored["rows"] = [[_cell(cell, mask) for cell in row[:COLUMNS_LIMIT]] for row in section.rows[:ROWS_LIMIT]]
        is_cut = is_cut or len(section.rows) > ROWS_LIMIT
    if section.form == "table":
        stored["columns"] = [harmless(name, TITLE_LIMIT) for name in section.columns[:COLUMNS_LIMIT]]
    if section.is_private:
        stored["is_private"] = True
    if is_cut:
        stored["is_cut"] = True
    return stored


def _cell(content: str, mask: Callable[[str], str]) -> str:
    # Looked through before it is cut, but not for long: somebody may send megabytes.
    return harmless(_without_secrets(content[: 2 * CELL_LIMIT], mask), CELL_LIMIT)


def _lines(content: str, mask: Callable[[str], str]) -> tuple[str, bool]:
    """At most 2 KB, control characters but line breaks spelled out; and whether there was more."""
    some = content[: 2 * TEXT_LIMIT_BYTES]
    plain = _without_secrets(some, mask).replace("\r\n", "\n")
    safe = "\n".join(harmless(line, 2 * TEXT_LIMIT_BYTES) for line in plain.split("\n"))
    kept = _cut(safe, TEXT_LIMIT_BYTES)
    return kept, len(kept) < len(safe) or len(some) < len(content)


def _without_secrets(content: str, mask: Callable[[str], str]) -> str:
    masked = without_named_secrets(redact(mask(content)))
    # Halves of surrogate pairs are no text to a database.
    return masked if masked.isascii() else masked.encode("utf-8", "replace").decode()


def _cut(content: str, limit_bytes: int) -> str:
    raw = content.encode()
    return content if len(raw) <= limit_bytes else raw[:limit_bytes].decode("utf-8", "ignore")


def _size(stored: Any) -> int:
    return len(json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode())


def _halve(stored: dict[str, Any]) -> bool:
    """Take away the second half; False when nothing is left to take."""
    name = "text" if stored["form"] == "text" else "rows"
    if len(stored[name]) < 2:
        return False
    stored[name] = stored[name][: len(stored[name]) // 2]
    stored["is_cut"] = True
    return True
