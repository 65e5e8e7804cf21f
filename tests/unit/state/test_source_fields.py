"""What the form and the details of a service say that a source tells of."""

from dataclasses import replace
from datetime import UTC, datetime

from monitor_app.domain.service import ServiceDefinition
from monitor_app.state.fields import field_rows, ordered_kinds
from monitor_app.state.managed import source_words

SERVICE = ServiceDefinition(
    pk=1,
    service_id="shop",
    label="shop",
    service_type="consul_service",
    kind="consul",
    group="",
    tags=("public",),
    status_config={"name": "shop", "url": "http://shop.example/"},
    metric_config={},
    interval_seconds=60,
    enabled=True,
    is_demo=False,
    revision=1,
    source="consul",
    source_pk=1,
    source_facts={"tags": ["public"]},
)


def test_fields_of_the_source_are_locked_and_the_others_are_not() -> None:
    rows = {row["key"]: row["is_locked"] for row in field_rows("consul", SERVICE)}
    assert {name for name, is_locked in rows.items() if not is_locked} == {
        "service_id",
        "group",
        "environment",
        "tags",
        "metric_config",
    }
    by_hand = replace(SERVICE, source="")
    assert not any(row["is_locked"] for row in field_rows("consul", by_hand))
    assert not any(row["is_locked"] for row in field_rows("http"))


def test_screens_say_who_tells_of_it() -> None:
    assert source_words(replace(SERVICE, source="")) == ""
    assert source_words(SERVICE).startswith("Consul tells of it: ")
    gone = replace(SERVICE, gone_at=datetime(2026, 5, 17, 12, tzinfo=UTC))
    assert "does not know it any more since 2026-05-17 12:00 UTC" in source_words(gone)


def test_kinds_that_sources_make_are_not_offered() -> None:
    assert "consul" not in {kind.name for kind in ordered_kinds()}
