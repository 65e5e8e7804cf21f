"""The benchmark of heartbeats, small: that it measures what it says. The figures are in docs/benchmarks.md."""

import argparse

from monitor_app.bench import push_kind


def test_every_heartbeat_that_was_answered_is_stored():
    parser = argparse.ArgumentParser()
    push_kind.add_arguments(parser)
    figures = push_kind.run(parser.parse_args(["--clients", "5", "--services", "3", "--seconds", "1"]))
    assert figures["stored"] == figures["answered"] >= 5  # each client at least once, on the busiest machine
    assert figures["failed"] == 0
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert figures["per_s"] > 0
