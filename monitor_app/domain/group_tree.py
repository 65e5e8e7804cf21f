"""Which group is in which: the tree of groups, with those that only services name, whatever the rows say."""

from collections.abc import Iterable, Iterator, Mapping

from monitor_app.domain.graph import any_circle
from monitor_app.domain.group import Group


class GroupTree:
    """The tree as of one moment; nothing in it changes. Names are ordered as people read them, capitals or not.

    A group that only services or other groups name stands at the top. A circle that got in anyway is cut: the first of
    its groups, by name, stands at the top, so that none is lost.
    """

    def __init__(self, groups: Iterable[Group] = (), named: Iterable[str] = ()) -> None:
        self.rows: Mapping[str, Group] = {group.name: group for group in groups}
        names = {*self.rows, *named, *(group.parent for group in self.rows.values())} - {""}
        self._parents = _without_circles({name: self._wanted_parent(name) for name in names})
        self._children: dict[str, list[str]] = {"": []}
        for name in sorted(names, key=lambda name: (name.casefold(), name)):
            self._children.setdefault(self._parents[name], []).append(name)
        self._below: dict[str, frozenset[str]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._parents

    def __len__(self) -> int:
        return len(self._parents)

    def __iter__(self) -> Iterator[str]:
        """Every group, each before those in it."""
        waiting = self.children("")[::-1]
        while waiting:
            name = waiting.pop()
            yield name
            waiting += self.children(name)[::-1]

    def parent(self, name: str) -> str:
        """The group it is in; "" for one at the top, and for one that there is not."""
        return self._parents.get(name, "")

    def children(self, name: str) -> list[str]:
        """The groups directly in it; those at the top for ""."""
        return self._children.get(name, [])

    def path(self, name: str) -> list[str]:
        """The groups that it is in, from the top, itself last."""
        way = [name]
        while parent := self.parent(way[-1]):
            way.append(parent)
        return way[::-1]

    def depth(self, name: str) -> int:
        """On which level it stands: 1 at the top."""
        return len(self.path(name))

    def height(self, name: str) -> int:
        """How many levels it has with what is in it: 1 when no group is."""
        return max((self.depth(other) for other in self.below(name)), default=self.depth(name)) - self.depth(name) + 1

    def below(self, name: str) -> frozenset[str]:
        """It and every group in it, all the way down."""
        known = self._below.get(name)
        if known is None:
            found, waiting = [name], [name]
            while waiting:
                inner = self.children(waiting.pop())
                found += inner
                waiting += inner
            known = self._below[name] = frozenset(found)
        return known

    def below_all(self, names: Iterable[str]) -> frozenset[str]:
        """The same of several."""
        return frozenset().union(*(self.below(name) for name in names))

    def circle(self, name: str, parent: str) -> list[str] | None:
        """The circle that `name` in `parent` would close, from `name` back to it, each in the next; None for none."""
        if not parent or name not in self.path(parent):
            return None
        way = self.path(parent)
        return [name, *way[way.index(name) :][::-1]]

    def _wanted_parent(self, name: str) -> str:
        row = self.rows.get(name)
        return row.parent if row is not None else ""


def _without_circles(parents: dict[str, str]) -> dict[str, str]:
    while circle := any_circle({name: [parent] for name, parent in parents.items() if parent}):
        parents[min(circle)] = ""
    return parents
