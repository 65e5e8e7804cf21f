"""What is true now, in memory: every screen, stream and feed reads this, and none asks the database."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from monitor_app.domain.events import BoardChanged
from monitor_app.domain.group import rollup_of
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.result import StoredResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.board_query import (
    RESTLESS,
    BoardPage,
    BoardQuery,
    DefinitionSort,
    Sort,
    in_definition_order,
    matching_of,
    oldest_of,
    ordered,
    page_of,
)
from monitor_app.engine.board_row import BoardRow
from monitor_app.engine.board_shape import Because, Line, lay_out
from monitor_app.engine.clock import Clock
from monitor_app.engine.group_book import GroupBook, GroupPicture
from monitor_app.engine.relation_book import RelationBook
from monitor_app.engine.ring import DayBar

__all__ = ["Board", "BoardPage", "BoardQuery", "BoardRow", "DefinitionSort", "Sort"]


class Board:
    """All services with what is true of them. Belongs to one event loop; `apply_...` are its only writers.

    `layout_version` grows when order, membership or definitions may have changed, `result_version` with every result.
    With a `clock`, results from the future do not count for the last 24 hours. `kind_titles` are the names of kinds
    that people read.
    """

    def __init__(self, clock: Clock | None = None, kind_titles: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._kind_titles = kind_titles or {}
        self._rows: dict[int, BoardRow] = {}
        self._pks: dict[str, int] = {}
        self._counts = [0] * len(Status)
        self._groups: Counter[str] = Counter()
        self._tags: Counter[str] = Counter()
        self._environments: Counter[str] = Counter()
        self._orders: dict[tuple[Sort, bool], tuple[int, list[BoardRow]]] = {}
        self._by_label: tuple[int, list[BoardRow]] = (0, [])
        self._by_definition: dict[tuple[DefinitionSort, bool], tuple[int, list[BoardRow]]] = {}
        self._definition_version = 0
        # Replaced as a whole, those of deleted services included.
        self.relations = RelationBook()
        self.relation_revision = 0
        self.group_book = GroupBook()
        self._tree: tuple[int, GroupTree] = (0, GroupTree())
        self._picture: tuple[int, GroupPicture] | None = None
        self._oldest: tuple[int, BoardRow | None] | None = None
        # The newest of all results.
        self.last_result_id = 0
        self.newest_at: datetime | None = None
        self.layout_version = 0
        self.result_version = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def definition_version(self) -> int:
        """Grows when services are added, changed or deleted."""
        return self._definition_version

    def __iter__(self) -> Iterator[BoardRow]:
        return iter(self._rows.values())

    def get(self, pk: int) -> BoardRow | None:
        """The row of a service, or None when there is none."""
        return self._rows.get(pk)

    def find(self, service_id: str) -> BoardRow | None:
        """The row of a service by its public name."""
        pk = self._pks.get(service_id)
        return None if pk is None else self._rows[pk]

    def apply_services(
        self, definitions: Iterable[ServiceDefinition], targets: Mapping[int, str] | None = None
    ) -> BoardChanged:
        """Take added, changed and deleted services; `targets` tells by pk what each one watches."""
        targets = targets or {}
        changed: set[int] = set()
        removed: set[int] = set()
        for definition in definitions:
            if definition.is_deleted:
                if self._remove(definition.pk):
                    removed.add(definition.pk)
            else:
                self._define(definition, targets.get(definition.pk, ""))
                changed.add(definition.pk)
        if changed or removed:
            self._definition_version += 1
            self.layout_version += 1
            self.result_version += 1
        return BoardChanged(frozenset(changed), frozenset(removed), is_layout=bool(changed or removed))

    def apply_results(self, results: Iterable[StoredResult], states: Iterable[ServiceState]) -> BoardChanged:
        """Take results in the order of their ids, and those states that changed in more than what the last result says.

        What was taken before is recognised by its id and ignored, and so is what belongs to no service of the board.
        """
        changed: set[int] = set()
        has_moved = False
        now_seconds = self._now_seconds()
        for state in states:
            row = self._rows.get(state.service_pk)
            if row is None or (row.state is not None and state.result_id <= row.told_id):
                continue
            has_moved |= self._take(row, state)
            self._note_newest(state.result_id, state.checked_at)
            changed.add(state.service_pk)
        taken: list[StoredResult] = []
        newest: dict[int, StoredResult] = {}
        for result in results:
            row = self._rows.get(result.service_pk)
            if row is None:
                continue
            at_ms = round(result.checked_at.timestamp() * 1000)
            if row.recent.append(result.id, result.status, result.response_ms, at_ms):
                row.day.add(at_ms // 1000, result.status, now_seconds=now_seconds)
                changed.add(result.service_pk)
                taken.append(result)
                newest[result.service_pk] = result
        for pk, result in newest.items():
            self._rows[pk].follow(result)
            self._note_newest(result.id, result.checked_at)
        if changed:
            self.result_version += 1
            self.layout_version += has_moved
        return BoardChanged(frozenset(changed), is_layout=has_moved, results=tuple(taken))

    def apply_groups(self, book: GroupBook) -> BoardChanged:
        """Take what is known of groups, tags and environments; where it differs, lists by group may change."""
        if book == self.group_book:
            return BoardChanged(frozenset())
        self.group_book = book
        self._definition_version += 1
        self.layout_version += 1
        self.result_version += 1
        return BoardChanged(frozenset(), is_layout=True)

    def group_tree(self) -> GroupTree:
        """Which group is in which, with those that only services name."""
        if self._tree[0] != self._definition_version:
            self._tree = self._definition_version, GroupTree(self.group_book.groups, self._groups)
        return self._tree[1]

    def group_picture(self) -> GroupPicture:
        """The status of every group: found once for all who ask until something moves, or a maintenance ends."""
        now = None if self._clock is None else self._clock.now()
        if self._picture is None or self._picture[0] != self.layout_version or self._picture[1].is_over(now):
            self._picture = self.layout_version, GroupPicture(self.group_tree(), self._rows.values(), now)
        return self._picture[1]

    def group_rows(self, name: str) -> list[BoardRow]:
        """The services of a group and of all groups in it, by label."""
        below = self.group_tree().below(name)
        return [row for row in self._labelled() if row.definition.group in below]

    def group_weights(self, name: str) -> dict[int, int]:
        """The same by their pks, each with how much it counts for the group."""
        row = self.group_tree().rows.get(name)
        rollup = rollup_of(None if row is None else row.rollup)
        return {row.pk: rollup.weight(row.pk) for row in self.group_rows(name)}

    def replace_day(self, pk: int, windows: Iterable[tuple[int, int, int, int]]) -> None:
        """Set a service's 24 hours from history: (start in epoch seconds, ok, degraded, failed) a 5-minute window."""
        if row := self._rows.get(pk):
            row.day.replace(windows, self._now_seconds())

    def day_bars(self, pk: int, minutes: int, now: datetime) -> list[DayBar]:
        """The last 24 hours of a service in bars of 5, 15, 30 or 60 minutes, oldest first; none when it is unknown."""
        row = self._rows.get(pk)
        return [] if row is None else row.day.bars(minutes, now)

    def counts(self) -> tuple[int, ...]:
        """How many services have each status, by the status's number."""
        return tuple(self._counts)

    def groups(self) -> list[str]:
        """All groups that services are in, be it in a group of theirs."""
        tree = self.group_tree()
        return sorted({name for group in self._groups for name in tree.path(group)}, key=str.casefold)

    def group_counts(self) -> Mapping[str, int]:
        """How many services are directly in each group that has any."""
        return self._groups

    def tag_counts(self) -> Mapping[str, int]:
        """How many services have each tag."""
        return self._tags

    def environment_counts(self) -> Mapping[str, int]:
        """How many services are in each environment."""
        return self._environments

    def environments(self) -> list[str]:
        """All environments in use, as somebody has put them in order."""
        return self.group_book.in_order(self._environments)

    def tags(self) -> list[str]:
        """All tags in use."""
        return sorted(self._tags, key=str.casefold)

    def query(self, query: BoardQuery) -> BoardPage:
        """One page of a list."""
        wanted, groups = self._with_groups_below(query)
        return page_of(self.in_order(query.sort, descending=query.descending), wanted, groups)

    def matching(self, query: BoardQuery) -> list[BoardRow]:
        """All of a list, whichever page is asked for. Not to be changed."""
        wanted, groups = self._with_groups_below(query)
        return matching_of(self.in_order(query.sort, descending=query.descending), wanted, groups)

    def lines(self, query: BoardQuery, because: Because) -> list[Line]:
        """All of a list in its shape; `because` has the root causes of what is in trouble, the nearest first."""
        status_of = (lambda name: self.group_picture().of(name).status) if query.sort is Sort.URGENCY else None
        return lay_out(self.matching(query), query.shape, because, self.group_tree(), status_of)

    def own_of(self, query: BoardQuery) -> tuple[tuple[int, ...], BoardRow | None]:
        """Of the services of a list, whatever their status: how many have each one, and the oldest problem."""
        rows = self.matching(replace(query, statuses=frozenset()))
        counts = Counter(row.status for row in rows)
        return tuple(counts[status] for status in Status), oldest_of(rows)

    def oldest_problem(self) -> BoardRow | None:
        """What has been down for longest; when nothing is down, what has been degraded for longest."""
        if self._oldest is None or self._oldest[0] != self.layout_version:
            self._oldest = self.layout_version, oldest_of(self._rows.values())
        return self._oldest[1]

    def in_order(self, sort: Sort | DefinitionSort, *, descending: bool = False) -> list[BoardRow]:
        """All rows in an order; sorted once for all who ask until something moves. Not to be changed."""
        if isinstance(sort, Sort):
            return self._ordered(sort, descending)
        known = self._by_definition.get((sort, descending))
        if known is None or known[0] != self._definition_version:
            rows = in_definition_order(self._labelled(), sort, self._kind_titles, descending=descending)
            known = self._by_definition[sort, descending] = self._definition_version, rows
        return known[1]

    def version_of(self, query: BoardQuery) -> int:
        """A number that changes when the answer to this query may have changed."""
        if query.statuses and query.sort not in RESTLESS:
            return self.layout_version
        return self._version(query.sort) if isinstance(query.sort, Sort) else self._definition_version

    def _with_groups_below(self, query: BoardQuery) -> tuple[BoardQuery, frozenset[str]]:
        """The query with the groups that are in those it names, and those that its `group` stands for."""
        tree = self.group_tree()
        groups = tree.below(query.group) if query.group else frozenset()
        if not query.facets.groups:
            return query, groups
        return replace(query, facets=replace(query.facets, groups=tree.below_all(query.facets.groups))), groups

    def _note_newest(self, result_id: int, at: datetime) -> None:
        if result_id > self.last_result_id:
            self.last_result_id, self.newest_at = result_id, at

    def _now_seconds(self) -> float:
        return math.inf if self._clock is None else self._clock.now().timestamp()

    def _ordered(self, sort: Sort, descending: bool) -> list[BoardRow]:
        """All rows in order; sorted once for all queries until something moves."""
        version = self._version(sort)
        known = self._orders.get((sort, descending))
        if known is not None and known[0] == version:
            return known[1]
        rows = ordered(self._labelled(), sort, descending=descending)
        self._orders[sort, descending] = version, rows
        return rows

    def _labelled(self) -> list[BoardRow]:
        if self._by_label[0] != self._definition_version:
            self._by_label = self._definition_version, sorted(self._rows.values(), key=lambda row: row.label_key)
        return self._by_label[1]

    def _version(self, sort: Sort) -> int:
        match sort:
            case Sort.RESPONSE | Sort.CHECKED:
                return self.result_version
            case Sort.URGENCY | Sort.CHANGED:
                return self.layout_version
            case Sort.LABEL | Sort.GROUP:
                return self._definition_version

    def _define(self, definition: ServiceDefinition, target: str) -> None:
        row = self._rows.get(definition.pk)
        if row is None:
            row = self._rows[definition.pk] = BoardRow(definition, target)
        else:
            self._count(row, -1)
            row.define(definition, target)
        self._count(row, 1)

    def _remove(self, pk: int) -> bool:
        row = self._rows.pop(pk, None)
        if row is None:
            return False
        self._count(row, -1)
        return True

    def _take(self, row: BoardRow, state: ServiceState) -> bool:
        """True when the row's place in a list may have changed."""
        before = row.status, row.since
        self._counts[row.status] -= 1
        row.take(state)
        self._counts[row.status] += 1
        return before != (row.status, row.since)

    def _count(self, row: BoardRow, sign: int) -> None:
        definition = row.definition
        self._counts[row.status] += sign
        if sign > 0:
            self._pks[definition.service_id] = row.pk
        elif self._pks.get(definition.service_id) == row.pk:
            del self._pks[definition.service_id]
        facets = (
            (self._groups, (definition.group,)),
            (self._environments, (definition.environment,)),
            (self._tags, definition.tags),
        )
        for counter, names in facets:
            for name in filter(None, names):
                counter[name] += sign
                if not counter[name]:
                    del counter[name]
