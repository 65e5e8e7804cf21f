"""Text that runs from right to left, as a PDF has to place it."""

import unicodedata

import pytest

from monitor_app.use_cases.reports.lettering import placed

FORMS = range(0xFB50, 0xFEFD)


def logical(text: str) -> str:
    """What a reader makes of letters that stand from left to right."""
    return unicodedata.normalize("NFKC", text[::-1])


@pytest.mark.parametrize("text", ["", "db-main", "Ünïcode – Ελληνική Служба", "数据库", "a (b) [c]"])
def test_what_runs_from_left_to_right_stays(text: str) -> None:
    assert placed(text, FORMS) == text


@pytest.mark.parametrize("word", ["مرحبا", "خادم البريد", "سلام", "لا", "پروژه", "مُحَمَّد"])
def test_arabic_is_turned_and_its_letters_join(word: str) -> None:
    shown = placed(word, FORMS)
    assert any(ord(letter) in FORMS for letter in shown)
    assert logical(shown) == unicodedata.normalize("NFKC", word)


def test_hebrew_is_turned() -> None:
    assert placed("שלום", ()) == "םולש"


def test_letters_have_the_form_of_their_place() -> None:
    # alone; begin, middle, end; after one that joins nothing behind it
    assert placed("ب", FORMS) == "\ufe8f"
    assert placed("ببب", FORMS) == "\ufe90\ufe92\ufe91"
    assert placed("ابا", FORMS) == "\ufe8e\ufe91\ufe8d"


def test_latin_words_and_numbers_keep_their_direction() -> None:
    assert placed("db 12 سلام", FORMS).startswith("db 12 ")
    assert "12" in placed("سلام 12", FORMS)


def test_letters_that_the_font_lacks_stay_as_they_are() -> None:
    assert placed("سلام", ()) == "مالس"
