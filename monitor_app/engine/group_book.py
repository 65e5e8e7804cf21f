"""What is known of groups, tags and environments beside their names, in memory; and what is true of each group now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor_app.domain.colour import Sort
from monitor_app.domain.group import Group
from monitor_app.domain.group_status import NOTHING, GroupStatus, Member, of_members, picture
from monitor_app.domain.group_tree import GroupTree
from monitor_app.engine.board_row import BoardRow


@dataclass(frozen=True, slots=True)
class GroupBook:
    """All of it as of one moment. A new book takes the place of an old one: nothing in it changes."""

    groups: Sequence[Group] = ()
    # By sort and name.
    colours: Mapping[Sort, Mapping[str, str]] = field(default_factory=dict)
    # The order that somebody gave environments.
    environments: Sequence[str] = ()

    def in_order(self, environments: Iterable[str]) -> list[str]:
        """Environments as somebody has put them; the others behind them, by name."""
        places = {name: place for place, name in enumerate(self.environments)}
        return sorted(environments, key=lambda name: (places.get(name, len(places)), name.casefold()))


class GroupPicture:
    """The status of every group, as it was at one state of the board."""

    def __init__(self, tree: GroupTree, rows: Iterable[BoardRow], now: datetime | None) -> None:
        self.tree = tree
        # Until when it is true if nothing happens: when the next maintenance ends.
        self.until: datetime | None = None
        members = list(self._members(rows, now))
        self._statuses = picture(tree, members)
        # Those that are in no group.
        self.ungrouped = of_members([member for member in members if not member.group])

    def of(self, name: str) -> GroupStatus:
        """What is true of a group; of one that there is not, nothing."""
        return self._statuses.get(name, NOTHING)

    def is_over(self, now: datetime | None) -> bool:
        """Whether time alone has made it untrue."""
        return self.until is not None and now is not None and now >= self.until

    def _members(self, rows: Iterable[BoardRow], now: datetime | None) -> Iterator[Member]:
        for row in rows:
            definition = row.definition
            hold = definition.maintenance
            is_resting = hold is not None and (now is None or not hold.is_over(now))
            if is_resting and hold is not None and hold.until is not None:
                self.until = hold.until if self.until is None else min(self.until, hold.until)
            yield Member(row.pk, definition.group, row.status, is_resting)
