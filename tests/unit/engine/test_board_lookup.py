"""What somebody types finds the service that they mean first."""

import pytest

from monitor_app.engine import board_lookup
from monitor_app.engine.board_lookup import Match, lookup
from monitor_app.engine.board_row import BoardRow
from tests.board_rows import service

ROWS = [
    BoardRow(service(1, "Checkout API", service_id="checkout-api", tags=("public",)), "https://pay.example.org/health"),
    BoardRow(service(2, "Checkout", service_id="checkout"), "https://shop.example.org/"),
    BoardRow(service(3, "Old checkout", service_id="old"), "https://old.example.org/"),
    BoardRow(service(4, "Database", service_id="db-main", group="Recheckable"), "db:5432"),
]


def ids(text: str, limit: int = 9) -> list[str]:
    return [row.definition.service_id for _, row in lookup(ROWS, text, limit)]


def test_what_is_the_same_comes_before_what_begins_so() -> None:
    assert lookup(ROWS, " CHECKOUT ", 2) == [(Match.SAME, ROWS[1]), (Match.BEGINS, ROWS[0])]
    assert ids("checkout") == ["checkout", "checkout-api", "old"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("db-main", Match.SAME),
        ("data", Match.BEGINS),
        ("main", Match.WORDS),
        ("tabase", Match.NAMED),
        ("5432", Match.ANYWHERE),
        ("dtbs", Match.FUZZY),
    ],
)
def test_each_way_to_match(text: str, match: Match) -> None:
    assert lookup(ROWS, text, 1) == [(match, ROWS[3])]


def test_tag_is_as_good_as_a_word_of_the_name() -> None:
    assert lookup(ROWS, "publ", 1) == [(Match.WORDS, ROWS[0])]


def test_nothing_typed_finds_nothing_and_the_limit_holds() -> None:
    assert ids("  ") == []
    assert ids("e", 2) == ["checkout", "db-main"]
    assert ids("q") == []


def test_word_that_is_repeated_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    monkeypatch.setattr(board_lookup, "_match", lambda row, wanted, words: looked_at.append(len(words)))
    lookup(ROWS, "s t " * 25, 9)
    assert looked_at == [2] * len(ROWS)
