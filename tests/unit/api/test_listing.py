"""Pages of lists, and the cursors between them."""

import base64
from collections.abc import Sequence

import pytest

from monitor_app.api.listing import LIMIT_MAX, Listing, PageOf, page_of
from monitor_app.errors import InvalidInput


def page(names: Sequence[str], cursor: str = "", limit: int = LIMIT_MAX) -> PageOf:
    wanted = Listing.model_validate({"limit": limit, "cursor": cursor})
    return page_of(names, wanted, str, lambda name: {"name": name}, ("name",))


def test_longest_page_has_a_cursor_that_is_taken() -> None:
    names = [f"{'x' * 60}{number:03}" for number in range(LIMIT_MAX + 1)]
    cursor = page(names).next_cursor
    assert cursor is not None
    assert page(names, cursor).items == [{"name": names[-1]}]
    assert page(names[150:199] + names[200:], cursor).items == [{"name": names[-1]}]


@pytest.mark.parametrize("text", [b"x", b"1", b"1:", b"-1:a", b"1:\xff", b"2:a\0xyz"])
def test_cursor_that_was_never_given_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidInput, match="next_cursor"):
        page("abc", base64.urlsafe_b64encode(text).decode())
