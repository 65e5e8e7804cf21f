"""What is wrong with a group by itself."""

from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.use_cases.group_input import GroupInput


def refusal(**values: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        GroupInput.parse(values)
    return refused.value.fields


def test_all_that_is_wrong_is_told_at_once() -> None:
    fields = refusal(
        name=" ", description="x" * 501, parent=3, colour="red", rollup={"how": "stars", "failed_below": 101}
    )
    assert set(fields) == {"name", "description", "parent", "colour", "rollup.how", "rollup.failed_below"}


@pytest.mark.parametrize(
    ("rollup", "field"),
    [
        ("share", "rollup"),
        ({"how": "share", "weight": 3}, "rollup.weight"),
        ({"how": "share", "failed_below": 90, "degraded_below": 50}, "rollup.failed_below"),
        ({"how": "share", "degraded_below": True}, "rollup.degraded_below"),
        ({"how": "share", "weights": ["web"]}, "rollup.weights"),
        ({"how": "share", "weights": {"web": 1001}}, "rollup.weights"),
        ({"how": "share", "weights": {"web": "2"}}, "rollup.weights"),
        ({"how": "share", "weights": {f"s{n}": 1 for n in range(1001)}}, "rollup.weights"),
        ({"how": ["share"]}, "rollup.how"),
    ],
    ids=str,
)
def test_wrong_rollup_is_told_by_its_field(rollup: Any, field: str) -> None:
    assert list(refusal(rollup=rollup)) == [field]


def test_any_name_that_a_service_may_carry_is_fine() -> None:
    given = GroupInput.parse({"name": "  Büro / 東京?#%  ", "parent": ""})
    assert (given.name, given.parent, given.description) == ("Büro / 東京?#%", "", None)
    assert "name" in refusal(name="a\u202eb")
