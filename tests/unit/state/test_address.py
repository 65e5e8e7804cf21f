"""The board's address, read and explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.status import Status
from monitor_app.engine.board import Sort
from monitor_app.state.address import query_of


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
    st.dictionaries(st.sampled_from(["q", "status", "group", "tag", "environment", "sort", "page", "open"]), st.text())
)
def test_no_address_breaks_it(parameters: dict[str, str]) -> None:
    query = query_of(parameters)
    assert query.page >= 1
    assert len(query.search) <= 200
