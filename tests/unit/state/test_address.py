"""The board's address, read and explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.status import Status
from monitor_app.engine.board import Sort
from monitor_app.state.address import PROBLEMS, WALL_SIZE, layout_of, query_of


def test_every_filter_is_read() -> None:
    query = query_of(
        {
            "q": " Web  Shop ",
            "status": "failed,degraded",
            "group": "a",
            "tag": "b",
            "environment": "c",
            "sort": "-label",
            "page": "3",
        }
    )
    assert (query.search, query.group, query.tag, query.environment) == ("web shop", "a", "b", "c")
    assert query.statuses == {Status.FAILED, Status.DEGRADED}
    assert (query.sort, query.descending, query.page) == (Sort.LABEL, True, 3)


@pytest.mark.parametrize("sort", ["", "price", "--label", "-", "LABEL"])
def test_unknown_order_is_the_usual_one(sort: str) -> None:
    query = query_of({"sort": sort})
    assert (query.sort, query.descending) == (Sort.URGENCY, False)


@given(
    st.dictionaries(
        st.sampled_from(
            ["q", "status", "group", "tag", "environment", "sort", "page", "open", "layout", "by", "fold", "follow"]
        ),
        st.text(),
    )
)
def test_no_address_breaks_it(parameters: dict[str, str]) -> None:
    query = query_of(parameters)
    assert query.page >= 1
    assert len(query.search) <= 200


def test_layout_decides_what_is_shown() -> None:
    assert layout_of({}) == layout_of({"layout": "mosaic"}) == "table"
    assert query_of({"layout": "problems"}).statuses == PROBLEMS
    assert query_of({"layout": "problems", "status": "failed,ok"}).statuses == {Status.FAILED}
    assert query_of({"layout": "wall"}).page_size == WALL_SIZE
    assert [query_of({"layout": layout}).tells_own for layout in ("wall", "table")] == [True, False]
    assert not query_of({"layout": "wall", "by": "group"}).shape.by_group


def test_groups_are_folded_by_their_names() -> None:
    shape = query_of({"by": "group", "fold": "shop,a%2Cb,-"}).shape
    assert shape.by_group
    assert [shape.is_folded(name) for name in ("shop", "a,b", "", "office")] == [True, True, True, False]
    assert [query_of({"by": "group", "fold": "*,shop"}).shape.is_folded(name) for name in ("shop", "office")] == [
        False,
        True,
    ]
    assert query_of({"fold": "shop"}).shape.folded == frozenset()


def test_followers_are_folded_in_the_usual_order_only() -> None:
    assert query_of({"follow": "db-main"}).shape.unfolded == {"db-main"}
    assert not query_of({"sort": "label"}).shape
    assert not query_of({"sort": "-urgency"}).shape
    assert query_of({"by": "group", "follow": "db-main"}).shape.unfolded == frozenset()
