"""What a list of services is narrowed down to, several values of each."""

from collections.abc import Callable
from dataclasses import dataclass

from monitor_app.engine.board_row import BoardRow

# For services that no file made: it is no name of a file.
BY_HAND = "-"


@dataclass(frozen=True, slots=True)
class Facets:
    """An empty one lets everything through; of several values of one, any will do.

    `files` are names of configuration files, and BY_HAND.
    """

    kinds: frozenset[str] = frozenset()
    service_types: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    enabled: bool | None = None
    service_ids: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether it narrows anything down."""
        return self != ALL

    @property
    def key(self) -> str:
        """The same text for equal ones, in every process."""
        return repr([sorted(value) if isinstance(value, frozenset) else value for value in self._values()])

    def of(self, rows: list[BoardRow]) -> list[BoardRow]:
        """Those that pass, in their order."""
        for test in self._tests():
            rows = [row for row in rows if test(row)]
        return rows

    def _values(self) -> list[frozenset[str] | bool | None]:
        return [getattr(self, name) for name in self.__slots__]

    def _tests(self) -> list[Callable[[BoardRow], bool]]:
        tests: list[Callable[[BoardRow], bool]] = []
        if self.service_ids:
            tests.append(lambda row: row.definition.service_id in self.service_ids)
        if self.enabled is not None:
            tests.append(lambda row: row.definition.enabled is self.enabled)
        if self.kinds:
            tests.append(lambda row: row.definition.kind in self.kinds)
        if self.service_types:
            tests.append(lambda row: row.definition.service_type in self.service_types)
        if self.groups:
            tests.append(lambda row: row.definition.group in self.groups)
        if self.tags:
            tests.append(lambda row: not self.tags.isdisjoint(row.definition.tags))
        if self.environments:
            tests.append(lambda row: row.definition.environment in self.environments)
        if self.owners:
            tests.append(lambda row: row.definition.owner in self.owners)
        if self.files:
            tests.append(lambda row: (row.definition.managed_by or BY_HAND) in self.files)
        return tests


ALL = Facets()
