"""Lists: pages by number or by cursor, and only those fields that are asked for.

    {"items": [...], "total": 212, "page": 1, "pages": 5, "next_cursor": "NTA6c2hvcA"}

A cursor names what was given last, so a list that changes meanwhile neither repeats nor leaves out one.
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from monitor_app.errors import InvalidInput

LIMIT = 50
LIMIT_MAX = 200
# Of each item of a page, in the cursor of the next one.
MARK_BYTES = 4
CURSOR_LIMIT = 2000
Item = TypeVar("Item")


class Listing(BaseModel):
    """The parameters that every list takes; those of one list extend this.

    `cursor` (the `next_cursor` of the answer before) counts instead of `page`. `fields` are the names of the fields
    that each item shall have, with commas between; empty: all.
    """

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    cursor: Annotated[str, Field(max_length=CURSOR_LIMIT)] = ""
    fields: Annotated[str, Field(max_length=1000)] = ""

    def wanted(self, known: Sequence[str]) -> tuple[str, ...]:
        """The names in `fields`. Raises InvalidInput for one that is not known."""
        return wanted_fields(self.fields, known)


class PageOf(BaseModel):
    """One page of a list."""

    items: list[Any]
    total: int
    page: int
    pages: int
    next_cursor: str | None


def wanted_fields(given: str, known: Sequence[str]) -> tuple[str, ...]:
    """Names of fields with commas between. Raises InvalidInput for one that is not known."""
    names = tuple(name.strip() for name in given.split(",") if name.strip())
    if strange := [name for name in names if name not in known]:
        raise InvalidInput({"fields": f"must be of {', '.join(known)}, got {', '.join(strange)[:100]}"})
    return names


def page_of(
    ordered: Sequence[Item],
    listing: Listing,
    key: Callable[[Item], object],
    shown: Callable[[Item], dict[str, Any]],
    known: Sequence[str],
) -> PageOf:
    """The asked page of a whole list in its order.

    `key` names an item, `shown` makes it an object, whose fields are `known`. Raises InvalidInput for a cursor that was
    never given, and for unknown fields.
    """
    names = listing.wanted(known)
    start = _after(ordered, listing.cursor, key) if listing.cursor else (listing.page - 1) * listing.limit
    chosen = ordered[start : start + listing.limit]
    end = start + len(chosen)
    documents = [shown(item) for item in chosen]
    if names:
        documents = [{name: document[name] for name in names} for document in documents]
    return PageOf(
        items=documents,
        total=len(ordered),
        page=start // listing.limit + 1,
        pages=max(1, -(-len(ordered) // listing.limit)),
        next_cursor=_cursor(end, [str(key(item)) for item in chosen]) if chosen and end < len(ordered) else None,
    )


def _cursor(end: int, names: Sequence[str]) -> str:
    """`end:last` of a page, and behind a NUL a checksum of each item before the last: any of them may go meanwhile."""
    head, marks = f"{end}:{names[-1]}".encode(), b"".join(map(_mark, names[:-1]))
    return base64.urlsafe_b64encode(head + b"\0" + marks).decode().rstrip("=")


def _mark(name: str) -> bytes:
    return zlib.crc32(name.encode()).to_bytes(MARK_BYTES, "big")


def _after(ordered: Sequence[Item], cursor: str, key: Callable[[Item], object]) -> int:
    """Behind the last item of the page before; where that is gone, behind the last of that page that is not.

    Where all of it is gone, what came behind it has moved up by as many.
    """
    try:
        head, _, tail = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).partition(b"\0")
        end, _, last = head.decode().partition(":")
        place = int(end)
    except (binascii.Error, ValueError) as err:
        raise InvalidInput({"cursor": "must be the next_cursor of an answer before"}) from err
    if place < 0 or not last or len(tail) % MARK_BYTES:
        raise InvalidInput({"cursor": "must be the next_cursor of an answer before"})
    if 0 < place <= len(ordered) and str(key(ordered[place - 1])) == last:
        return place
    places = {str(key(item)): number for number, item in enumerate(ordered, 1)}
    if last in places:
        return places[last]
    marks = [tail[at : at + MARK_BYTES] for at in range(0, len(tail), MARK_BYTES)]
    marked = {_mark(name): number for name, number in places.items()}
    return next((marked[mark] for mark in reversed(marks) if mark in marked), max(0, place - len(marks) - 1))
