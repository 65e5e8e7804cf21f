"""Relations in memory."""

from monitor_app.domain.relation import Relation
from monitor_app.engine.relation_book import RelationBook


def test_relations_are_found_from_both_ends() -> None:
    first, second = Relation(1, 10, 20, "dependency", True, ""), Relation(2, 10, 30, "data-flow", False, "nightly")
    book = RelationBook([first, second])
    assert book.outgoing(10) == [first, second]
    assert book.incoming(20) == [first]
    assert (book.outgoing(20), book.incoming(10)) == ([], [])
    assert (book.get(2), book.get(3), len(book), list(book)) == (second, None, 2, [first, second])
