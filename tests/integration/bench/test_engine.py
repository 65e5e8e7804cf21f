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
    assert figures["wanted_per_s"] >= figures["done_per_s"] >= 0.8 * figures["wanted_per_s"]
    assert (figures["lost"], figures["answers"]["unexpected"]) == (0, 0)
    assert figures["lateness_ms"]["p50"] <= figures["lateness_ms"]["p99"] <= figures["lateness_ms"]["max"]
    assert figures["cpu_ms_per_check"]["total"] > 0
    assert figures["rss_mb"] > 10
    assert figures["lateness_while_loading_ms"]["loads"] >= 5
    assert figures["restart"]["checked_within_interval"] >= 50  # the start of a process takes long on a busy machine
    assert figures["patches_pushed"] > 0
    assert all(figures["answers"][name] > 0 for name in ("good", "slow_200ms", "status_503", "refused", "silent"))
