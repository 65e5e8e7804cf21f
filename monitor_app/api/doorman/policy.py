"""The Content-Security-Policy: what a page may load and run: known scripts and styles, nothing made of text.

The built pages begin with a few inline scripts of the framework. Their hashes are read from the built files when the
program starts, so a policy always fits the build it stands before.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

# For everything that is no page: data, scripts, pictures. Nothing in it may do anything, should a browser open it.
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The worker beside the pages asks for pages, and may do nothing else. What it may is told with its own file.
WORKER_FILE: Final = "/sw.js"
WORKER: Final = f"{NOTHING}; connect-src 'self'"
# Served for a page without a file of its own.
FALLBACKS: Final = ("404.html", "__spa-fallback.html")
_ALWAYS: Final = (
    "default-src 'none'",
    "img-src 'self' data:",  # QR codes
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


class Policies:
    """The policy of each page of a build."""

    def __init__(self, hashes: Mapping[str, Iterable[str]] | None = None) -> None:
        """`hashes` are those of the inline scripts of each html file, by its path in the build."""
        found = {name: frozenset(known) for name, known in (hashes or {}).items()}
        self.every_page = policy(frozenset[str]().union(*found.values()))
        self._by_file = {name: policy(known) for name, known in found.items()}
        self._fallback = policy(frozenset[str]().union(*(found.get(name, ()) for name in FALLBACKS)))

    @classmethod
    def of_build(cls, folder: Path) -> "Policies":
        """Of the html files in a folder; without any there are no inline scripts."""
        files = sorted(folder.rglob("*.html"))
        return cls({file.relative_to(folder).as_posix(): inline_hashes(file.read_text("utf-8")) for file in files})

    def of(self, path: str, content_type: bytes) -> str:
        """For what is answered at a path."""
        if path == WORKER_FILE:
            return WORKER
        if not content_type.startswith(b"text/html"):
            return NOTHING
        name = path.strip("/")
        candidates = (name, f"{name}.html", f"{name}/index.html" if name else "index.html")
        return next((self._by_file[file] for file in candidates if file in self._by_file), self._fallback)


def policy(hashes: Iterable[str]) -> str:
    """A page's policy; `hashes` as they stand in it, such as `sha256-...`.

    Styles come from files alone. Libraries make style elements that are empty, and add their rules by script.
    """
    scripts = " ".join(["script-src 'self'", *(f"'{known}'" for known in sorted(hashes))])
    return "; ".join([*_ALWAYS, scripts, f"style-src 'self' '{_hash('')}'"])


def inline_hashes(html: str) -> set[str]:
    """The hashes of the inline scripts of a page."""
    found = _Scripts()
    found.feed(html)
    found.close()
    return {_hash(text) for text in found.texts}


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


class _Scripts(HTMLParser):
    """Collects what stands between script tags that name no file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_inside = tag == "script" and all(name != "src" for name, _ in attrs)
        if self._is_inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.texts[-1] += data
