"""The relations between services that are on the board, in memory, found from either end."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from monitor_app.domain.relation import Relation


class RelationBook:
    """All relations as of one moment. A new book takes the place of an old one: nothing in it changes."""

    def __init__(self, relations: Iterable[Relation] = ()) -> None:
        self._by_pk = {relation.pk: relation for relation in relations}
        self._outgoing: Mapping[int, list[Relation]] = defaultdict(list)
        self._incoming: Mapping[int, list[Relation]] = defaultdict(list)
        for relation in self._by_pk.values():
            self._outgoing[relation.source_pk].append(relation)
            self._incoming[relation.target_pk].append(relation)

    def __len__(self) -> int:
        return len(self._by_pk)

    def __iter__(self) -> Iterator[Relation]:
        return iter(self._by_pk.values())

    def get(self, pk: int) -> Relation | None:
        """One of them; those of deleted services included."""
        return self._by_pk.get(pk)

    def outgoing(self, service_pk: int) -> list[Relation]:
        """Those whose source this service is. The other end may be a deleted one: look for it on the board."""
        return self._outgoing.get(service_pk, [])

    def incoming(self, service_pk: int) -> list[Relation]:
        """Those whose target this service is; see `outgoing`."""
        return self._incoming.get(service_pk, [])
