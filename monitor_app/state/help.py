"""The pages of help: the list of all, one that is read, and what a search finds in them."""

import asyncio
from dataclasses import asdict
from typing import Any, Final

import reflex as rx

from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import requires
from monitor_app.use_cases.handbook import Handbook, handbook
from monitor_app.use_cases.handbook.book import HelpPage, PageEntry

HELP_PATH: Final = "/help"
NAME_LIMIT: Final = 100
TEXT_LIMIT: Final = 100
# Headings of this level are the parts of a page.
_PART: Final = 2


class HelpState(rx.State):
    """What the browser reads now."""

    is_loaded: bool = False
    contents: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    # Blank for a page that there is not.
    shown: dict[str, Any] = {}  # noqa: RUF012
    name: str = ""
    asked: str = ""
    found: list[dict[str, str]] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> None:
        """Show what the address names: a page, or the list of all."""
        self.name = self.router.url.path.removeprefix(HELP_PATH).strip("/")[:NAME_LIMIT]
        book, contents, page = await asyncio.to_thread(_read, self.name)
        self.contents, self.shown = contents, _shown(page) if page is not None else {}
        self.found = [asdict(one) for one in book.search(self.asked)]
        self.is_loaded = True

    @rx.event
    @requires(BOARD_READ)
    async def search(self, text: Any) -> None:
        """Somebody types in the search box."""
        if not isinstance(text, str):
            return
        self.asked = text[:TEXT_LIMIT]
        self.found = [asdict(one) for one in handbook().search(self.asked)]


def _read(name: str) -> tuple[Handbook, list[dict[str, Any]], HelpPage | None]:
    """In a thread: the first time all pages are read from the disk."""
    book = handbook()
    sections: dict[str, list[dict[str, str]]] = {}
    for entry in book.entries:
        sections.setdefault(entry.section, []).append(_link(entry))
    return book, [{"title": title, "pages": pages} for title, pages in sections.items()], book.page(name)


def _shown(page: HelpPage) -> dict[str, Any]:
    return {
        "title": page.entry.title,
        "section": page.entry.section,
        "html": page.rendered.html,
        "parts": [{"title": part.title, "anchor": part.anchor} for part in page.rendered.parts if part.level == _PART],
        "before": _link(page.before) if page.before is not None else None,
        "after": _link(page.after) if page.after is not None else None,
    }


def _link(entry: PageEntry) -> dict[str, str]:
    return {"name": entry.name, "title": entry.title, "about": entry.about}
