"""The engine benchmark, small: that it measures what it says. The figures themselves are in docs/benchmarks.md."""

import argparse
import asyncio

from monitor_app.bench import engine


async def test_small_run_loses_nothing_and_knows_its_answers(monkeypatch):
    monkeypatch.setattr(engine, "SILENT_DEADLINE_SECONDS", 0.5)
    parser = argparse.ArgumentParser()
    engine.add_arguments(parser)
    # No process gets a core to itself: other tests run at the same time.
    short = ["--services", "100", "--interval", "5", "--seconds", "5", "--loading-seconds", "1"]
    args = parser.parse_args([*short, "--unpinned"])
    figures = await asyncio.to_thread(engine.run, args)
    # How many of them a busy machine comes to is not what is tested.
    assert figures["wanted_per_s"] >= figures["done_per_s"] > 0
    assert figures["lost"] == 0
    assert figures["lateness_ms"]["p50"] <= figures["lateness_ms"]["p99"] <= figures["lateness_ms"]["max"]
    assert figures["cpu_ms_per_check"]["total"] > 0
    assert figures["rss_mb"] > 10
    assert figures["lateness_while_loading_ms"]["loads"] >= 1
    assert figures["restart"]["checked_within_interval"] >= 0
    assert figures["patches_pushed"] > 0
    # Each is there; which of them a busy machine comes to in five seconds is chance.
    answers = [figures["answers"][name] for name in ("good", "slow_200ms", "status_503", "refused", "silent")]
    assert min(answers) >= 0
    assert sum(answers) > 0
