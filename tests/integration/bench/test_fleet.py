"""The benchmark of the overview runs, and tells what it promises."""

import argparse

from monitor_app.bench import fleet


def test_a_small_fleet_is_measured() -> None:
    found = fleet.run(argparse.Namespace(services=4, days=20, objectives=3, rounds=1))
    assert (found["services"], found["objectives"]) == (4, 3)
    for name in ("cold_ms", "warm_ms", "page_ms", "days_over_ms", "objectives_ms", "report_ms"):
        assert found[name] > 0, name
