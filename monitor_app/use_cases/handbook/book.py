"""All pages of docs/: read once, when the first of them is wanted."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from monitor_app.use_cases.handbook.contents import DECISIONS, MORE, SECTIONS
from monitor_app.use_cases.handbook.names import ENDING, name_of
from monitor_app.use_cases.handbook.rendering import IMAGE_FOLDER, Part, Rendered, render

# Beside the package: a checkout and a container have both.
FOLDER: Final = Path(__file__).resolve().parents[3] / "docs"
ABOUT_LIMIT: Final = 160
FOUND_LIMIT: Final = 20
EXCERPT: Final = 160
WORDS_LIMIT: Final = 8
_DECISION: Final = "adr-"
# A word in a title says more about a page than one in its text.
_IN_TITLE, _IN_HEADING, _IN_TEXT = 12, 5, 1


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page in the list of all: `about` is its first sentence."""

    name: str
    title: str
    about: str
    section: str


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A page to be read. `before` and `after` are its neighbours in the list, None at its ends."""

    entry: PageEntry
    rendered: Rendered
    before: PageEntry | None
    after: PageEntry | None


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a page in which all words were found; `anchor` leads to it."""

    name: str
    page: str
    title: str
    anchor: str
    excerpt: str


class Handbook:
    """The pages of a folder. What is in it does not change while the program runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def entries(self) -> tuple[PageEntry, ...]:
        """All pages in the order of contents.py."""
        return tuple(page.entry for page in self._pages.values())

    def page(self, name: str) -> HelpPage | None:
        """One of them; None when there is no such page."""
        return self._pages.get(name)

    def image(self, name: str) -> bytes | None:
        """A PNG of docs/images; None when there is none of that name."""
        path = self._images.get(name)
        return path.read_bytes() if path is not None else None

    def search(self, text: str) -> list[Found]:
        """The parts that have all these words, the best first, a few."""
        words = list(dict.fromkeys(re.findall(r"[\w.:/-]{2,}", text.lower())))[:WORDS_LIMIT]
        if not words:
            return []
        scored = [
            (score, page.entry, part)
            for page in self._pages.values()
            for part in page.rendered.parts
            if (score := _score(page.entry, part, words))
        ]
        scored.sort(key=lambda one: -one[0])
        return [
            Found(entry.name, entry.title, part.title, part.anchor, _excerpt(part.text, words))
            for _, entry, part in scored[:FOUND_LIMIT]
        ]

    @cached_property
    def _images(self) -> dict[str, Path]:
        return {path.name: path for path in (self._folder / IMAGE_FOLDER).glob("*.png")}

    @cached_property
    def _pages(self) -> dict[str, HelpPage]:
        files = {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob(f"*{ENDING}")}
        rendered = {
            name_of(file): render(path.read_text("utf-8"), file, files.__contains__)
            for file, path in sorted(files.items())
        }
        ordered = [
            PageEntry(name, rendered[name].parts[0].title, _about(rendered[name]), section)
            for section, names in _sections(list(rendered)).items()
            for name in names
        ]
        neighbours = dict(pairwise(ordered))
        before = {after.name: entry for entry, after in neighbours.items()}
        return {
            entry.name: HelpPage(entry, rendered[entry.name], before.get(entry.name), neighbours.get(entry))
            for entry in ordered
        }


def _sections(names: list[str]) -> dict[str, list[str]]:
    """The pages that there are, by section; each once."""
    sections = {section: [name for name in listed if name in names] for section, listed in SECTIONS.items()}
    listed = {name for section in sections.values() for name in section}
    for name in names:
        if name not in listed:
            sections[DECISIONS if name.startswith(_DECISION) else MORE].append(name)
    return sections


def _about(page: Rendered) -> str:
    text = next((part.text for part in page.parts if part.text), "")
    sentence = re.split(r"(?<=[.:])\s", text, maxsplit=1)[0].rstrip(":")
    return _cut(sentence, ABOUT_LIMIT)


def _score(entry: PageEntry, part: Part, words: list[str]) -> int:
    page, title, text = entry.title.lower(), part.title.lower(), part.text.lower()
    total = 0
    for word in words:
        score = _IN_TITLE * (word in page) + _IN_HEADING * (word in title) + _IN_TEXT * (word in text)
        if not score:
            return 0
        total += score
    # Of a page whose title says it the beginning comes first.
    return 2 * total + (part.level == 1)


def _excerpt(text: str, words: list[str]) -> str:
    places = [place for word in words if (place := text.lower().find(word)) >= 0]
    start = max(0, min(places, default=0) - EXCERPT // 4)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    return ("… " if start else "") + _cut(text[start:], EXCERPT)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"


@lru_cache(1)
def handbook() -> Handbook:
    """That of this program."""
    return Handbook(FOLDER)
