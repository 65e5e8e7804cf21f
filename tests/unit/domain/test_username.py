"""Usernames: plain, and no two that look alike."""

from typing import Any

import pytest

from monitor_app.domain.username import RESERVED, check_username, same_username
from monitor_app.errors import InvalidInput


@pytest.mark.parametrize(
    ("given", "stored"), [("ada", "ada"), (" Ada.L ", "ada.l"), ("a", "a"), ("a-b_c+d@e.org", "a-b_c+d@e.org")]
)
def test_allowed(given: str, stored: str) -> None:
    assert check_username(given) == same_username(given) == stored


@pytest.mark.parametrize(
    "given",
    [None, 7, "", " ", "a b", "аda", "ada\u200b", ".ada", "ada-", "=cmd", "<b>", "a" * 65, "a\nb", *sorted(RESERVED)],
)
def test_refused(given: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_username(given)
    assert list(refused.value.fields) == ["username"]


@pytest.mark.parametrize("given", [None, 7, [], "a b", "x" * 500, "аda", "a\0"])
def test_a_log_in_with_what_nobody_can_be_called_finds_nobody(given: Any) -> None:
    assert same_username(given) == ""
