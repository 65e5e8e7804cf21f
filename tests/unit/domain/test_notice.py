"""When a notice is to come, is, and was."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor_app.domain.notice import Notice, given_choice
from monitor_app.errors import InvalidInput

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def notice(kind: str, state: str, starts_at: datetime = NOW, ends_at: datetime | None = None) -> Notice:
    return Notice(1, kind, "Title", "minor", state, starts_at, ends_at, "ada", NOW, NOW)


@pytest.mark.parametrize(
    ("one", "phase"),
    [
        (notice("incident", "investigating"), "current"),
        (notice("incident", "investigating", NOW + HOUR), "current"),
        (notice("incident", "resolved"), "past"),
        (notice("maintenance", "scheduled", NOW + HOUR), "upcoming"),
        (notice("maintenance", "scheduled", NOW - HOUR), "current"),
        (notice("maintenance", "in-progress", NOW - HOUR, NOW + HOUR), "current"),
        (notice("maintenance", "scheduled", NOW - HOUR, NOW), "past"),
        (notice("maintenance", "completed", NOW + HOUR), "past"),
    ],
    ids=range(8),
)
def test_maintenance_also_goes_by_the_clock(one: Notice, phase: str) -> None:
    assert one.phase(NOW) == phase


def test_choice_is_one_of_what_there_is() -> None:
    assert given_choice("kind", "incident", ("incident",)) == "incident"
    for wrong in ("other", 1, None, ["incident"]):
        with pytest.raises(InvalidInput, match="must be one of incident"):
            given_choice("kind", wrong, ("incident",))
