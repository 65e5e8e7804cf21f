"""The accuracy benchmark runs, with few checks, and its targets do what they say."""

import json
import urllib.error
import urllib.request

import pytest

from monitor_app.bench import runner
from monitor_app.bench.targets import Targets, running_targets


def test_the_figures_are_those_that_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for limit_ms in (1, 5, 25):  # a busy machine blurs what is measured
        assert runner.main(["accuracy", "--checks", "20", "--rate", "100", "--seconds", "0.2", "--json"]) == 0
        figures = json.loads(capsys.readouterr().out)
        errors = [abs(figures[name]["p50"]) for name in ("error_ms", "tls_error_ms", "busy_error_ms")]
        if max(errors) < limit_ms:
            break
    for name in ("error_ms", "plain_error_ms", "stock_error_ms", "tls_error_ms", "busy_error_ms"):
        assert list(figures[name]) == ["p50", "p95", "p99", "max"]
    assert max(errors) < limit_ms
    assert figures["cpu_ms_per_check"] > 0


def test_targets_answer_as_their_paths_say() -> None:
    with running_targets(ports=2) as targets:
        assert answer(targets, "/after/20?id=a", 0) == 200
        assert answer(targets, "/status/503", 1) == 503
        assert answer(targets, "/nonsense", 0) == 404
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(targets.refused_url(), timeout=60)
        truth = targets.true_ms()
        assert 19 <= truth["a"] < 60_000  # timers of an event loop are off by up to a millisecond
        assert targets.true_ms() == {}


def answer(targets: Targets, path: str, number: int) -> int:
    try:
        with urllib.request.urlopen(targets.url(path, number), timeout=60) as response:
            status: int = response.status
            return status
    except urllib.error.HTTPError as err:
        with err:
            return err.code
