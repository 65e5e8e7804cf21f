"""A list as somebody wants to see it again: its filters, order and columns under a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

NAME_LIMIT: Final = 80
QUERY_LIMIT: Final = 2000
# The lists that have views.
PAGES: Final = ("board", "services", "relations", "map", "groups")


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query` is what stands in the address after the question mark. `owner` is a username.

    `is_default`: its owner comes to it when the address asks for nothing.
    """

    pk: int
    account_pk: int
    owner: str
    page: str
    name: str
    query: str
    is_shared: bool
    is_default: bool
    created_at: datetime
    updated_at: datetime
