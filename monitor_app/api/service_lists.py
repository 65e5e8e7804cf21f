"""What the lists of services take: filters, order, page. All of them read the board, and none the database."""

from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import Field

from monitor_app.api.listing import Listing
from monitor_app.api.status import listed, names_of
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board, BoardRow, DefinitionSort, Sort
from monitor_app.errors import InvalidInput

_Names = Annotated[str, Field(max_length=1000)]
_SEVERAL = "Several have commas between them."
Test = Callable[[BoardRow], bool]


class ServiceListing(Listing):
    """The filters that all lists of services take. What is left out lets everything through."""

    search: Annotated[str, Field(max_length=200)] = Field(
        "",
        description="Words that all occur in label, service_id, tags, target, group or environment.",
        examples=["shop"],
    )
    kind: _Names = Field("", description=f"How it is checked. {_SEVERAL}", examples=["http"])
    service_type: _Names = Field("", description=f"What it is. {_SEVERAL}", examples=["website"])
    group: _Names = Field("", description=f"Its group, or one that this is in. {_SEVERAL}", examples=["Sales"])
    environment: _Names = Field("", description=f"Where it runs. {_SEVERAL}", examples=["production"])
    tag: _Names = Field("", description=f"One of its tags. {_SEVERAL}", examples=["public"])
    status: _Names = Field("", description=f"Such as FAILED. {_SEVERAL}", examples=["FAILED,DEGRADED"])
    source: _Names = Field("", description=f"The kind of source that tells of it. {_SEVERAL}", examples=[""])
    enabled: bool | None = Field(None, description="false: only those that are paused.", examples=[True])

    def tests(self, board: Board) -> list[Test]:
        """What a row has to fulfil, all of it. Raises InvalidInput."""
        tests: list[Test] = []
        if words := self.search.casefold().split():
            tests.append(lambda row: all(word in row.search_text for word in words))
        if kinds := frozenset(listed(self.kind)):
            tests.append(lambda row: row.definition.kind in kinds)
        if types := frozenset(listed(self.service_type)):
            tests.append(lambda row: row.definition.service_type in types)
        if sources := frozenset(listed(self.source)):
            tests.append(lambda row: row.definition.source in sources)
        if groups := board.group_tree().below_all(names_of(self.group)):
            tests.append(lambda row: row.definition.group in groups)
        if environments := names_of(self.environment):
            tests.append(lambda row: row.definition.environment in environments)
        if tags := frozenset(listed(self.tag)):
            tests.append(lambda row: not tags.isdisjoint(row.definition.tags))
        if statuses := _statuses(self.status):
            tests.append(lambda row: row.status in statuses)
        if self.enabled is not None:
            tests.append(lambda row: row.definition.enabled is self.enabled)
        return tests


class DefinitionListing(ServiceListing):
    """The list of definitions."""

    owner: _Names = Field("", description=f"The username of who added it. {_SEVERAL}", examples=["ada"])
    managed_by: _Names = Field("", description=f"The file that it was made by. {_SEVERAL}", examples=["services.yaml"])
    sort: Annotated[str, Field(pattern=f"^-?({'|'.join(DefinitionSort)})$")] = Field(
        DefinitionSort.LABEL.value,
        description=f"{', '.join(DefinitionSort)}; from the end with - before it.",
        examples=["-updated_at"],
    )

    def rows(self, board: Board) -> list[BoardRow]:
        """All that are wanted, in order. Raises InvalidInput."""
        tests = self.tests(board)
        if owners := frozenset(listed(self.owner)):
            tests.append(lambda row: row.definition.owner in owners)
        if files := frozenset(listed(self.managed_by)):
            tests.append(lambda row: row.definition.managed_by in files)
        name, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        return _passing(board.in_order(DefinitionSort(name), descending=descending), tests)


class StatusListing(ServiceListing):
    """The list of what is true now."""

    sort: Annotated[str, Field(pattern=f"^-?({'|'.join(Sort)})$")] = Field(
        Sort.URGENCY.value,
        description=f"{', '.join(Sort)}; from the end with - before it. urgency: what is down comes first.",
        examples=["urgency"],
    )

    def rows(self, board: Board) -> list[BoardRow]:
        """All that are wanted, in order. Raises InvalidInput."""
        name, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        return _passing(board.in_order(Sort(name), descending=descending), self.tests(board))


def _passing(rows: list[BoardRow], tests: Iterable[Test]) -> list[BoardRow]:
    for test in tests:
        rows = [row for row in rows if test(row)]
    return rows


def _statuses(text: str) -> frozenset[Status]:
    names = [name.upper() for name in listed(text)]
    if any(name not in Status.__members__ for name in names):
        raise InvalidInput({"status": f"must be of {', '.join(Status.__members__)}, with commas between"})
    return frozenset(Status[name] for name in names)
