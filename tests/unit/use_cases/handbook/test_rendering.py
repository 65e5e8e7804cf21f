"""Markdown as HTML that a page of ours may hold."""

import pytest

from monitor_app.use_cases.handbook.names import name_of, target_of
from monitor_app.use_cases.handbook.rendering import render

THERE = {"board.md", "kinds/README.md", "kinds/http.md", "adr/0001-x.md"}


def html_of(source: str, path: str = "board.md") -> str:
    return render(source, path, THERE.__contains__).html


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("board.md", "board"),
        ("kinds/README.md", "kinds"),
        ("kinds/tls_certificate.md", "kinds-tls_certificate"),
        ("README.md", "README"),
    ],
)
def test_pages_have_names_of_one_part(path: str, name: str) -> None:
    assert name_of(path) == name


def test_links_are_meant_from_where_they_stand() -> None:
    assert target_of("kinds/http.md", "../board.md#rows") == ("board.md", "rows")
    assert target_of("board.md", "#rows") == ("board.md", "rows")
    assert target_of("board.md", "../deploy/nginx.conf") == ("", "")


@pytest.mark.parametrize(
    ("page", "link", "address"),
    [
        ("board.md", "kinds/http.md#fields", "/help/kinds-http#fields"),
        ("board.md", "kinds/", "/help/kinds"),
        ("board.md", "kinds/README.md", "/help/kinds"),
        ("kinds/http.md", "../board.md", "/help/board"),
        ("kinds/http.md", "README.md", "/help/kinds"),
        ("board.md", "#keys", "/help/board#keys"),
    ],
)
def test_links_between_pages_stay_in_help(page: str, link: str, address: str) -> None:
    assert f'<a href="{address}">that</a>' in html_of(f"See [that]({link}).", page)


@pytest.mark.parametrize("link", ["../deploy/nginx.conf", "nowhere.md", "../../etc/passwd", "//evil.example/x.md"])
def test_what_is_no_page_is_no_link(link: str) -> None:
    assert "<span>that</span>" in html_of(f"See [that]({link}).")


def test_what_is_outside_opens_beside() -> None:
    html = html_of("[RFC](https://www.rfc-editor.org/rfc/rfc9535)")
    assert 'target="_blank" rel="noopener"' in html


@pytest.mark.parametrize(
    "source",
    ["<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[x](javascript:alert(1))", "`<b>`", "    <b>"],
)
def test_html_is_text(source: str) -> None:
    html = html_of(source)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert 'href="javascript' not in html


def test_pictures_come_from_the_api() -> None:
    assert '<img src="/api/help/images/board.png" alt="Rows" loading="lazy" />' in html_of("![Rows](images/board.png)")
    assert 'src=""' in html_of("![Rows](https://elsewhere.example/x.png)")


def test_headings_have_anchors_as_github_makes_them() -> None:
    rendered = render(
        "# The *board*\n\nOne.\n\n## `a` and b: c\n\nTwo\nthree.\n\n## Keys\n\n## Keys\n", "board.md", bool
    )
    assert [(part.level, part.title, part.anchor, part.text) for part in rendered.parts] == [
        (1, "The board", "the-board", "One."),
        (2, "a and b: c", "a-and-b-c", "Two three."),
        (2, "Keys", "keys", ""),
        (2, "Keys", "keys-1", ""),
    ]
    assert '<h2 id="keys-1">' in rendered.html


def test_tables_scroll_and_have_no_styles() -> None:
    html = html_of("| a | b |\n|---|--:|\n| 1 | 2 |\n")
    assert '<div class="scrolls" role="group" aria-label="Table" tabindex="0"><table role="table">' in html
    assert '<td role="cell" class="right">2</td>' in html
    assert "style=" not in html


def test_cells_of_wide_tables_know_their_heading() -> None:
    html = html_of("| name | the *default* | |\n|---|---|---|\n| a | 60 | x |\n| b | | y |\n")
    assert '<tr role="row">\n<td role="cell">a</td>\n<td role="cell" data-label="the default">60</td>' in html
    assert '<td role="cell"></td>\n<td role="cell">y</td>' in html
    assert "data-label" not in html_of("| key | what it does |\n|---|---|\n| j | down |\n")


def test_code_scrolls_by_keyboard() -> None:
    assert html_of("```\nx < y\n```").startswith('<pre tabindex="0"><code>x &lt; y')
