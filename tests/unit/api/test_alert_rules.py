"""What the API tells of the services that a rule is about."""

from typing import Any

from monitor_app.api.alert_rules import METRICS_LIMIT, measured


class Row:
    """As much of a row of the board as is asked for."""

    def __init__(self, response_ms: float | None, **metrics: float) -> None:
        self.response_ms, self.metrics = response_ms, metrics


def told(*rows: Row) -> list[dict[str, Any]]:
    return measured(rows)  # type: ignore[arg-type] # has all that is asked for


def test_what_most_services_measure_comes_first() -> None:
    found = told(
        Row(20.0, certificate_days=9.5), Row(35.0), Row(None, status_code=200.0, certificate_days=80.0), Row(1.0)
    )
    assert [(one["name"], one["services"], one["lowest"], one["highest"]) for one in found] == [
        ("response_ms", 3, 1.0, 35.0),
        ("certificate_days", 2, 9.5, 80.0),
        ("status_code", 1, 200.0, 200.0),
    ]
    assert [one["units"][:2] for one in found] == [["ms", "s"], ["d"], []]


def test_thousands_of_names_are_cut() -> None:
    assert told() == []
    found = told(Row(1.0, **{f"disk_{number:04}": 1.0 for number in range(1000)}), Row(2.0))
    assert len(found) == METRICS_LIMIT
    assert found[0]["name"] == "response_ms"
