"""How many changes a person would count between two pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.state.rows.view import changes


def page(*pks: int, **edited: int) -> dict[int, int]:
    return dict.fromkeys(pks, 1) | {int(name[1:]): revision for name, revision in edited.items()}


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (page(1, 2, 3), page(1, 2, 3), 0),
        (page(1, 2, 3), page(3, 1, 2), 1),  # from the bottom to the top
        (page(1, 2, 3), page(2, 3, 1), 1),  # from the top to the bottom
        (page(1, 2, 3), page(3, 2, 1), 2),
        (page(1, 2, 3), page(9, 1, 2), 1),  # one comes, one is pushed off the page
        (page(1, 2, 3), page(1, 2), 1),
        (page(1, 2), page(1, 2, 3, 4), 2),
        (page(1, 2, 3), page(1, 2, 3, p2=5), 1),  # edited
        (page(1, 2, 3), page(3, 1, 2, p3=5), 1),  # edited, and moved by that
        (page(), page(), 0),
    ],
)
def test_changes(before: dict[int, int], after: dict[int, int], count: int) -> None:
    assert changes(before, after, len(before), len(after)) == count


def test_more_matches_on_other_pages_are_a_change() -> None:
    assert changes(page(1, 2), page(1, 2), 60, 63) == 3


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_counted_moves_suffice(before: list[int], after: list[int]) -> None:
    count = changes(dict.fromkeys(before, 1), dict.fromkeys(after, 1), 8, 8)
    assert (count == 0) == (before == after)
    assert count < 8
