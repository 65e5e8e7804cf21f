"""The benchmark of the API, small: that it measures what it says. The figures are in docs/benchmarks.md."""

import argparse

from monitor_app.bench import api


def test_every_question_is_answered_while_the_engine_checks() -> None:
    parser = argparse.ArgumentParser()
    api.add_arguments(parser)
    small = ["--services", "5", "--days", "1", "--interval", "5", "--seconds", "2", "--settle", "0"]
    figures = api.run(parser.parse_args(small))
    assert (figures["asked"], figures["failed"]) == (100, 0), figures
    for name in api.SHARES:
        assert 0 < figures[name]["p50_ms"] <= figures[name]["p95_ms"] <= figures[name]["max_ms"]
    assert figures["status_bytes"] > 1000
    assert 0 < figures["checked_share"] <= 1


def test_growth_is_told_by_the_name_of_the_question() -> None:
    some = {name: {"p50_ms": 3.0} for name in api.SHARES}
    other = {name: {"p50_ms": 1.5} for name in api.SHARES}
    assert api.growth_of(some, other) == dict.fromkeys(api.SHARES, 2.0)
