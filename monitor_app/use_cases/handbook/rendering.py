"""Markdown as HTML that a page of ours may hold: everything of the source is escaped, no scripts, no inline styles."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from monitor_app.use_cases.handbook.names import ENDING, name_of, target_of

HELP: Final = "/help/"
IMAGES: Final = "/api/help/images/"
IMAGE_FOLDER: Final = "images/"
_OUTSIDE: Final = ("https://", "http://", "mailto:")
_RIGHT: Final = "text-align:right"
# On a phone rows are drawn as blocks one below the other; said aloud, it stays a table.
_ROLES: Final = {
    "thead_open": "rowgroup",
    "tbody_open": "rowgroup",
    "tr_open": "row",
    "th_open": "columnheader",
    "td_open": "cell",
}
_LABELLED_FROM: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the plain text below it, up to the next one. `level` is 1 for the title."""

    level: int
    title: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page. `parts` are its headings in their order."""

    html: str
    parts: tuple[Part, ...]


class _Renderer(RendererHTML):
    """What is wider than a phone scrolls by itself, by keyboard too."""

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="scrolls" role="group" aria-label="Table" tabindex="0"><table role="table">\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return super().fence(tokens, idx, options, env).replace("<pre>", '<pre tabindex="0">', 1)

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return super().code_block(tokens, idx, options, env).replace("<pre>", '<pre tabindex="0">', 1)


_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def render(source: str, path: str, is_there: Callable[[str], bool]) -> Rendered:
    """The page with this path inside docs/; `is_there` tells of a path whether docs/ holds it."""
    tokens = _MARKDOWN.parse(source)
    _label_cells(tokens)
    anchors: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _free(anchor_of(plain(tokens[place + 1])), anchors))
        elif token.type in ("th_open", "td_open"):
            _class_for_style(token)
        for child in token.children or ():
            if child.type == "image":
                _lead_image(child, path)
        _lead_links(token.children or (), path, is_there)
    return Rendered(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}), tuple(_parts(tokens)))


def anchor_of(heading: str) -> str:
    """As GitHub makes them, so that one link is good in both places."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def plain(token: Token) -> str:
    """The words of a piece of text, without its marks."""
    children = token.children or ()
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in children
        if child.type != "image"
    )


def _free(anchor: str, taken: set[str]) -> str:
    free, number = anchor, 0
    while free in taken:
        number += 1
        free = f"{anchor}-{number}"
    taken.add(free)
    return free


def _class_for_style(cell: Token) -> None:
    """Our content policy takes no styles from text."""
    if cell.attrs.pop("style", "") == _RIGHT:
        cell.attrSet("class", "right")


def _label_cells(tokens: Sequence[Token]) -> None:
    """Each cell knows its heading, for where columns have no room; of two columns it is plain what they are."""
    names: list[str] = []
    column = 0
    for place, token in enumerate(tokens):
        if token.type in _ROLES:
            token.attrSet("role", _ROLES[token.type])
        if token.type == "table_open":
            names = []
        elif token.type == "tr_open":
            column = 0
        elif token.type == "th_open":
            names.append(plain(tokens[place + 1]))
        elif token.type == "td_open":
            if column and len(names) >= _LABELLED_FROM and names[column] and tokens[place + 1].content:
                token.attrSet("data-label", names[column])
            column += 1


def _lead_image(image: Token, page: str) -> None:
    path, _ = target_of(page, str(image.attrGet("src") or ""))
    image.attrSet("src", IMAGES + path.removeprefix(IMAGE_FOLDER) if path.startswith(IMAGE_FOLDER) else "")
    image.attrSet("loading", "lazy")


def _lead_links(tokens: Sequence[Token], page: str, is_there: Callable[[str], bool]) -> None:
    """To pages of help, to the outside in a tab of its own; what is neither is no link here."""
    is_link = True
    for token in tokens:
        if token.type == "link_open":
            is_link = _lead(token, page, is_there)
        if token.type in ("link_open", "link_close") and not is_link:
            token.tag, token.attrs = "span", {}


def _lead(link: Token, page: str, is_there: Callable[[str], bool]) -> bool:
    href = str(link.attrGet("href") or "")
    if href.startswith(_OUTSIDE):
        link.attrs |= {"target": "_blank", "rel": "noopener"}
        return True
    path, anchor = target_of(page, href)
    path = next((found for found in (path, f"{path}/README{ENDING}") if found.endswith(ENDING) and is_there(found)), "")
    if path:
        link.attrSet("href", f"{HELP}{name_of(path)}{'#' if anchor else ''}{anchor}")
    return bool(path)


def _parts(tokens: Sequence[Token]) -> Iterator[Part]:
    level, title, anchor, texts = 1, "", "", list[str]()
    is_heading = False
    for token in tokens:
        if token.type == "heading_open":
            if title or texts:
                yield Part(level, title, anchor, " ".join(texts))
            level, title, anchor, texts = int(token.tag[1:]), "", str(token.attrGet("id")), []
            is_heading = True
        elif token.type == "inline" and is_heading:
            title, is_heading = plain(token), False
        elif token.type == "inline":
            texts.append(plain(token))
        elif token.type in ("fence", "code_block"):
            texts.append(token.content)
    yield Part(level, title, anchor, " ".join(texts))
