"""The tables themselves."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from monitor_app.models import Table
from monitor_app.models.types import from_millis, to_millis


def test_the_tables_are_known_to_the_migrations() -> None:
    assert set(Table.metadata.tables) == {
        "account",
        "alert",
        "alert_rule",
        "alerting_position",
        "api_key",
        "audit_entry",
        "change",
        "change_item",
        "channel",
        "check_queue",
        "check_result",
        "colour",
        "counter",
        "downtime_window",
        "draft",
        "escalation",
        "escalation_policy",
        "gap",
        "heartbeat",
        "idempotent_answer",
        "incident",
        "incident_channel",
        "incident_entry",
        "invitation",
        "maintenance_window",
        "map_place",
        "measure_block",
        "note",
        "notice",
        "notice_page",
        "notice_service",
        "notice_update",
        "notification",
        "notification_incident",
        "objective",
        "on_call_override",
        "on_call_schedule",
        "quiet_hours",
        "recovery_code",
        "relation",
        "result_block",
        "result_detail",
        "result_piece",
        "saved_view",
        "service",
        "service_event",
        "service_group",
        "service_state",
        "session",
        "setting",
        "signing_key",
        "silence",
        "source",
        "source_observation",
        "source_state",
        "status_page",
        "status_page_entry",
        "summary_block",
        "visitor",
    }


def test_tables_of_other_libraries_stay_out() -> None:
    assert Table.metadata is not SQLModel.metadata


def test_every_constraint_has_a_name() -> None:
    for table in Table.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints)


@given(st.integers(-(10**13), 10**14))
def test_milliseconds_come_back_exactly(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis
    assert from_millis(millis).tzinfo is UTC


@pytest.mark.parametrize(("micros", "millis"), [(499, 0), (500, 1), (501, 1), (1499, 1), (1500, 2)])
@pytest.mark.parametrize("year", [1900, 1969, 2026, 2515, 2999])
def test_times_are_rounded_to_the_nearest_millisecond(year: int, micros: int, millis: int) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    assert to_millis(start + timedelta(microseconds=micros)) == to_millis(start) + millis


def test_a_zone_makes_no_difference() -> None:
    there = datetime(2026, 5, 17, 14, tzinfo=timezone(timedelta(hours=2)))
    assert to_millis(there) == to_millis(there.astimezone(UTC)) == 1_779_019_200_000


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="a naive datetime cannot be stored"):
        to_millis(datetime(2026, 5, 17, 12))  # noqa: DTZ001
