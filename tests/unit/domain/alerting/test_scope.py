"""Which services a scope means, and what is refused as one."""

from dataclasses import replace
from typing import Any

import pytest

from monitor_app.domain.alerting.scope import EVERYTHING, Scope
from monitor_app.domain.alerting.severity import given_severity, rank, worst
from monitor_app.domain.group import Group
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput

SHOP = ServiceDefinition(
    pk=7,
    service_id="shop",
    label="Shop",
    service_type="website",
    kind="http",
    group="Sales/Web",
    tags=("web", "paid"),
    status_config={},
    metric_config={},
    interval_seconds=60,
    enabled=True,
    is_demo=False,
    revision=1,
    environment="production",
)
TREE = GroupTree([Group(1, "Sales/Web", "", parent="Sales")], ["Sales", "Back"])


@pytest.mark.parametrize(
    ("document", "is_meant"),
    [
        ({}, True),
        ({"service_pks": [7, 9]}, True),
        ({"service_pks": [9]}, False),
        ({"groups": ["Sales"]}, True),
        ({"groups": ["Back"]}, False),
        ({"tags": ["other", "web"]}, True),
        ({"tags": ["other"]}, False),
        ({"types": ["website"], "environments": ["production"]}, True),
        ({"types": ["website"], "environments": ["test"]}, False),
        ({"types": ["database"]}, False),
        ({"except_pks": [7]}, False),
        ({"service_pks": [7], "except_pks": [7]}, False),
    ],
    ids=str,
)
def test_all_that_is_named_has_to_hold(document: dict[str, Any], is_meant: bool) -> None:
    scope = Scope.parse(document)
    assert scope.matcher(TREE)(SHOP) is is_meant
    assert scope.document() == document
    assert Scope.parse(scope.document()) == scope


def test_everything_is_everything_but_what_is_left_out() -> None:
    assert EVERYTHING.is_everything
    assert Scope.parse({"except_pks": [7]}).is_everything
    assert not Scope.parse({"tags": ["web"]}).is_everything
    assert EVERYTHING.matcher(TREE)(replace(SHOP, group="", tags=()))


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        (["web"], "scope", "must be an object"),
        ({"tag": ["web"]}, "scope", "must have only service_pks, except_pks, groups"),
        ({"tags": "web"}, "scope.tags", "must be a list of texts"),
        ({"tags": ["x" * 41]}, "scope.tags", "at most 40 characters"),
        ({"service_pks": "7"}, "scope.service_pks", "must be a list of numbers"),
        ({"service_pks": [True]}, "scope.service_pks", "must be a whole number"),
        ({"except_pks": [1] * 5001}, "scope.except_pks", "at most 5000 services"),
    ],
    ids=["list", "strange", "text", "long", "not a list", "boolean", "many"],
)
def test_what_is_no_scope_is_refused_by_its_field(document: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Scope.parse(document)
    assert words in refused.value.fields[field]


def test_severities_have_an_order() -> None:
    assert worst() == "info"
    assert worst("warning", "info") == "warning"
    assert rank("info") < rank("warning") < rank("critical") == rank("what is this")
    assert given_severity("severity", "warning") == "warning"
    with pytest.raises(InvalidInput, match="one of info, warning, critical, got 'bad'"):
        given_severity("severity", "bad")
