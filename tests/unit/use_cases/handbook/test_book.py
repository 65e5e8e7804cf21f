"""All pages of help: in order, found by name and by words; those of this program."""

import re
from pathlib import Path

import pytest

from monitor_app.pages import HELP, NEEDS
from monitor_app.use_cases.handbook import FOLDER, SECTIONS, Handbook, handbook


@pytest.fixture
def book(tmp_path: Path) -> Handbook:
    (tmp_path / "adr").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "images/one.png").write_bytes(b"png")
    (tmp_path / "board.md").write_text(
        "# The board\n\nShows everything: live.\n\n## Rows\n\nA breaker is shown here.\n"
    )
    (tmp_path / "adding-services.md").write_text("# Adding\n\nPaste a list.\n")
    (tmp_path / "breaker.md").write_text("# Circuit breakers\n\nStops checks.\n")
    (tmp_path / "own.md").write_text("# Something new\n\nNobody has named it.\n")
    (tmp_path / "adr/0001-why.md").write_text("# 1. Why\n\nSo.\n")
    return Handbook(tmp_path)


def test_pages_come_in_their_order_and_none_is_lost(book: Handbook) -> None:
    assert [(entry.name, entry.section) for entry in book.entries] == [
        ("adding-services", "Begin"),
        ("board", "Begin"),
        ("breaker", "What is true"),
        ("own", "More"),
        ("adr-0001-why", "Decisions"),
    ]


def test_page_knows_its_neighbours_and_what_it_is_about(book: Handbook) -> None:
    page = book.page("board")
    assert page is not None
    assert page.before is not None
    assert page.after is not None
    assert (page.entry.title, page.entry.about) == ("The board", "Shows everything")
    assert (page.before.name, page.after.name) == ("adding-services", "breaker")
    first = book.page("adding-services")
    assert first is not None
    assert first.before is None


@pytest.mark.parametrize("name", ["nothing", "", "../board", "board.md"])
def test_what_is_no_page_is_none(book: Handbook, name: str) -> None:
    assert book.page(name) is None


@pytest.mark.parametrize("name", ["two.png", "../board.md", "..", ""])
def test_only_pictures_of_the_folder_are_given_out(book: Handbook, name: str) -> None:
    assert book.image("one.png") == b"png"
    assert book.image(name) is None


def test_titles_count_more_than_text(book: Handbook) -> None:
    found = book.search("breaker")
    assert [(one.name, one.anchor) for one in found] == [("breaker", "circuit-breakers"), ("board", "rows")]
    assert found[1].excerpt == "A breaker is shown here."


@pytest.mark.parametrize("text", ["", "  ", "a", "?!", "breaker zebra"])
def test_nothing_is_found_by_nothing_or_with_a_word_too_many(book: Handbook, text: str) -> None:
    assert book.search(text) == []


def test_program_brings_its_pages_along() -> None:
    names = {entry.name for entry in handbook().entries}
    assert {name for names_of in SECTIONS.values() for name in names_of} <= names
    assert len(names) == sum(1 for _ in FOLDER.rglob("*.md"))


def test_every_page_of_the_program_has_a_page_of_help() -> None:
    """What is drawn without a frame has no question mark, and its row says so."""
    assert set(HELP) == set(NEEDS)
    names = {entry.name for entry in handbook().entries}
    assert [route for route, name in HELP.items() if name is not None and name not in names] == []


def test_every_link_of_help_leads_to_a_part_that_is_there() -> None:
    book = handbook()
    pages = {entry.name: book.page(entry.name) for entry in book.entries}
    broken = []
    for name, page in pages.items():
        assert page is not None
        for target, anchor in re.findall(r'href="/help/([^"#]+)(?:#([^"]+))?"', page.rendered.html):
            there = pages.get(target)
            if there is None or (anchor and f'id="{anchor}"' not in there.rendered.html):
                broken.append((name, target, anchor))
    assert broken == []


def test_screens_lead_only_to_parts_of_help_that_are_there() -> None:
    package = FOLDER.parent / "monitor_app"
    code = [path for folder in ("components", "pages") for path in (package / folder).rglob("*.*") if path.is_file()]
    sources = [path.read_text(encoding="utf-8") for path in code if path.suffix in (".py", ".jsx")]
    book = handbook()
    broken = []
    for name, anchor in re.findall(r'"/help/([a-z_-]+)(?:#([a-z-]+))?"', "\n".join(sources)):
        page = book.page(name)
        if page is None or (anchor and f'id="{anchor}"' not in page.rendered.html):
            broken.append((name, anchor))
    assert broken == []
