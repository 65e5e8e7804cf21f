"""The benchmark of the page of a service, in small."""

import argparse

from monitor_app.bench import service_page as benchmark


def test_it_measures() -> None:
    found = benchmark.run(argparse.Namespace(services=1, days=3, rounds=1))
    assert found["services"] == 2
    assert 4000 < found["results"] < 4400
    assert found["server_ms"] > 0
    assert 100 < found["points"] <= 420
    assert set(found["spans"]) == {"hour", "day", "week", "month", "quarter", "year"}
    assert all(ms > 0 for times in found["spans"].values() for ms in times.values())
