"""How a list of services is laid out in lines: under headings of their groups, and what fails because of something
else folded under that. What is folded costs nothing: its rows are no lines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.status import URGENCY, Status
from monitor_app.engine.board_row import BoardRow

# What stands for the services that are in no group.
NO_GROUP: Final = ""
Because = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the lines of a list are; the one without anything is a plain list.

    `folded` are names of groups, and with `is_rest_folded` all groups but these are folded. `unfolded` are the
    service_ids of root causes whose followers are shown.
    """

    by_group: bool = False
    by_cause: bool = False
    folded: frozenset[str] = frozenset()
    is_rest_folded: bool = False
    unfolded: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether it is more than a plain list."""
        return self.by_group or self.by_cause

    @property
    def key(self) -> str:
        """The same text for equal ones, in every process."""
        return repr([self.by_group, self.by_cause, self.is_rest_folded, sorted(self.folded), sorted(self.unfolded)])

    def is_folded(self, group: str) -> bool:
        """Whether what is in this group is out of sight."""
        return (group in self.folded) is not self.is_rest_folded


PLAIN: Final = Shape()


@dataclass(frozen=True, slots=True)
class RowLine:
    """A service. So many `followers` are in trouble because of it; they are folded under it, unless `is_open`.

    `because` is what it is in trouble because of where that does not stand above it; 0 for nothing.
    """

    pk: int
    depth: int = 0
    followers: int = 0
    is_open: bool = False
    because: int = 0


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The heading of a group. `is_again`: its first lines are on the page before."""

    name: str
    depth: int
    is_folded: bool
    is_again: bool = False


Line = RowLine | GroupLine


@dataclass(frozen=True, slots=True)
class LinePage:
    """Some lines that follow one another, which page of how many they are."""

    lines: tuple[Line, ...]
    page: int
    pages: int


def lay_out(
    rows: list[BoardRow],
    shape: Shape,
    because: Because,
    tree: GroupTree,
    status_of: Callable[[str], Status] | None = None,
) -> list[Line]:
    """All lines of `rows`, which come in the order of the list.

    Groups stand as the tree has them; with `status_of` what deserves a look first comes first, level by level.
    """
    if shape.by_group:
        return list(_by_group(rows, shape, because if shape.by_cause else {}, tree, status_of))
    return list(_by_cause(rows, shape, because)) if shape.by_cause else [RowLine(row.pk) for row in rows]


def page_of_lines(lines: list[Line], page: int, page_size: int) -> LinePage:
    """The asked page, the last one when it lies behind that; first come the headings that its first line is under."""
    pages = max(1, -(-len(lines) // page_size))
    page = min(page, pages)
    first = (page - 1) * page_size
    return LinePage((*_headings_above(lines, first), *lines[first : first + page_size]), page, pages)


def _by_cause(rows: list[BoardRow], shape: Shape, because: Because) -> Iterator[Line]:
    """Root causes with the most followers first; a follower whose root is not in the list stands for itself."""
    if not because:
        yield from (RowLine(row.pk) for row in rows)
        return
    there = {row.pk for row in rows}
    followers: dict[int, list[BoardRow]] = {}
    alone: list[BoardRow] = []
    for row in rows:
        root = next((pk for pk in because.get(row.pk, ()) if pk in there), 0)
        if root:
            followers.setdefault(root, []).append(row)
        else:
            alone.append(row)
    for row in sorted(alone, key=lambda row: -len(followers.get(row.pk, ()))):
        own = followers.get(row.pk, [])
        is_open = bool(own) and row.definition.service_id in shape.unfolded
        yield RowLine(row.pk, 0, len(own), is_open, _first(because, row.pk))
        if is_open:
            yield from (RowLine(follower.pk, 1, because=row.pk) for follower in own)


def _by_group(
    rows: list[BoardRow],
    shape: Shape,
    because: Because,
    tree: GroupTree,
    status_of: Callable[[str], Status] | None,
) -> Iterator[Line]:
    members: dict[str, list[BoardRow]] = {}
    for row in rows:
        members.setdefault(row.definition.group, []).append(row)
    inhabited = {name for group in members for name in tree.path(group)}

    def own_lines(group: str, depth: int) -> Iterator[Line]:
        return (RowLine(row.pk, depth, because=_first(because, row.pk)) for row in members.get(group, ()))

    def ordered(names: list[str]) -> list[str]:
        shown = [name for name in names if name in inhabited]
        return shown if status_of is None else sorted(shown, key=lambda name: URGENCY[status_of(name)])

    def lines_of(group: str, depth: int) -> Iterator[Line]:
        is_folded = shape.is_folded(group)
        yield GroupLine(group, depth, is_folded)
        if not is_folded:
            yield from own_lines(group, depth + 1)
            for child in ordered(tree.children(group)):
                yield from lines_of(child, depth + 1)

    for top in ordered(tree.children("")):
        yield from lines_of(top, 0)
    if NO_GROUP in members:
        yield GroupLine(NO_GROUP, 0, shape.is_folded(NO_GROUP))
        if not shape.is_folded(NO_GROUP):
            yield from own_lines(NO_GROUP, 1)


def _headings_above(lines: list[Line], first: int) -> list[Line]:
    if not first or first >= len(lines):
        return []
    depth = lines[first].depth
    above: list[Line] = []
    for line in reversed(lines[:first]):
        if depth == 0:
            break
        if isinstance(line, GroupLine) and line.depth < depth:
            above.append(GroupLine(line.name, line.depth, line.is_folded, is_again=True))
            depth = line.depth
    return above[::-1]


def _first(because: Because, pk: int) -> int:
    return next(iter(because.get(pk, ())), 0)
