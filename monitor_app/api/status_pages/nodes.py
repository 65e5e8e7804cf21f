"""The HTML of a status page as plain values, for our own screens, which take no markup from anywhere."""

from html.parser import HTMLParser
from typing import Any, Final

# What has no end.
_EMPTY: Final = frozenset({"br", "img", "path", "rect", "circle", "use"})
# Names that HTML writes as it likes, and the document of a browser does not.
_SPELLED: Final = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}


def nodes_of(html: str) -> list[Any]:
    """Each a text, or [tag, attributes, nodes]."""
    found = _Nodes()
    found.feed(html)
    found.close()
    return found.top


class _Nodes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top: list[Any] = []
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside: list[Any] = []
        self._open[-1].append([tag, {_SPELLED.get(name, name): value or "" for name, value in attrs}, inside])
        if tag not in _EMPTY:
            self._open.append(inside)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].append(data)
