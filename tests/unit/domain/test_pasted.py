"""Pasted text becomes the same addresses, whatever it is wrapped in and wherever it is cut."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor_app.domain.pasted import LineSplitter, PastedLine, address_of


def split(*pieces: str) -> list[PastedLine]:
    splitter = LineSplitter()
    return [line for piece in pieces for line in splitter.feed(piece)] + list(splitter.finish())


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("example.org", "example.org"),
        ("  - https://a.org/ ", "https://a.org/"),
        ("\t* `example.org`,", "example.org"),
        ("• example.org", "example.org"),
        ("12. <https://x/y>", "https://x/y"),
        ("3) x.org;", "x.org"),
        ("- [ ] x.org", "x.org"),
        ("> - x.org", "x.org"),
        ('"https://x/",', "https://x/"),
        ("| x.org |", "x.org"),
        ("[::1]:8080", "[::1]:8080"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://x/a_(b)", "https://x/a_(b)"),
        ("https://x/a_(b),", "https://x/a_(b)"),
        ("https://x/#top", "https://x/#top"),
        ("https://x/#top # the docs", "https://x/#top"),
        ("\ufeffhttps://x/", "https://x/"),
        ("x\u200b.org", "x.org"),
        ("-x.org", "-x.org"),
        ("1.1.1.1", "1.1.1.1"),
        ("# a comment", ""),
        ("   # indented", ""),
        ("-", ""),
        ("1.", ""),
        ("", ""),
    ],
)
def test_address_is_taken_out_of_its_wrapping(line: str, address: str) -> None:
    assert address_of(line) == address


def test_lines_keep_the_number_they_had_in_the_text() -> None:
    text = "a.org\n\n# comment\r\n  b.org\rc.org\u2028d.org\n"
    assert split(text) == [
        PastedLine(1, "a.org"),
        PastedLine(4, "b.org"),
        PastedLine(5, "c.org"),
        PastedLine(6, "d.org"),
    ]


@given(st.text(alphabet="ab.:/\r\n\t #-\u2028", max_size=60), st.lists(st.integers(0, 60), max_size=6))
@example("a\r\nb", [2])
def test_it_does_not_matter_where_the_text_is_cut(text: str, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(borders)]
    assert split(*pieces) == split(text)


@given(st.text(max_size=200))
def test_any_text_yields_trimmed_addresses_with_growing_numbers(text: str) -> None:
    lines = split(text)
    assert [line.number for line in lines] == sorted({line.number for line in lines})
    assert all(line.address and line.address == line.address.strip() for line in lines)
    assert all("\n" not in line.address for line in lines)
