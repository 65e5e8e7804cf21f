"""Finding and printing benchmarks."""

import pytest

from monitor_app.bench import runner
from monitor_app.bench.spread import spread


def test_benchmarks_are_found_by_what_they_define() -> None:
    found = runner.benchmarks()
    assert found["accuracy"].startswith("How far the measured response times are from the truth")
    assert found["push-kind"].startswith("How many heartbeats")
    assert not {"runner", "targets", "target_server", "spread", "__init__"} & set(found)


def test_an_unknown_name_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["nonsense"]) == 2
    assert "accuracy" in capsys.readouterr().out


def test_names_are_typed_with_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["push-kind", "--help"])
    assert "--clients" in capsys.readouterr().out


def test_names_may_be_those_of_their_modules(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["service_page", "--help"])
    assert "--services" in capsys.readouterr().out


def test_figures_are_printed_a_line_each() -> None:
    lines = runner.table({"checks": 5, "error_ms": {"p50": 0.1, "max": 2.0}, "more": {"of": {"it": 1}}}).splitlines()
    assert [" ".join(line.split()) for line in lines] == ["checks 5", "error_ms p50 0.1 max 2.0", "more", "of it 1"]


def test_the_machine_is_named() -> None:
    assert "cores, load" in runner.machine()


def test_a_spread_is_four_of_the_values() -> None:
    assert spread(range(101)) == {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    assert spread([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0, "max": 3.0}


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])
