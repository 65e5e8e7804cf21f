"""The figures of a report: maintenance apart, coverage told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.domain.sla import Lived, sla_line, total_of, verdict_of

spans = st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)), max_size=5)


def test_maintenance_pauses_and_what_nobody_saw_are_told_apart() -> None:
    maintenance, paused, unseen = [(10_000, 20_000)], [(30_000, 35_000)], [(40_000, 41_000)]
    lived = Lived([(8_000, 12_000), (60_000, 61_000)], [*maintenance, *paused, *unseen], maintenance, paused)
    line = sla_line(4, 0, 100_000, lived)
    assert (line.maintenance_seconds, line.paused_seconds, line.unknown_seconds) == (10, 5, 1)
    assert (line.uptime.down_seconds, line.downtimes, line.longest_seconds) == (3, 2, 2)
    assert line.mean_downtime_seconds == 1.5
    assert line.uptime.uptime == pytest.approx(81 / 84)
    assert line.uptime.coverage == 0.84
    assert (line.verdict(0.96), line.verdict(0.99)) == ("met", "missed")


def test_a_downtime_inside_of_maintenance_is_none() -> None:
    line = sla_line(1, 0, 10_000, Lived([(2_000, 3_000)], [(1_000, 5_000)], [(1_000, 5_000)]))
    assert (line.downtimes, line.longest_seconds, line.mean_downtime_seconds) == (0, 0, None)


def test_nothing_known_is_neither_met_nor_missed() -> None:
    line = sla_line(1, 0, 10_000, Lived([], [(0, 10_000)]))
    assert line.verdict(0.9) == "unknown"
    assert verdict_of(None, 0.9) == "unknown"
    assert total_of([]) is None


def test_all_together_count_by_the_time_that_is_known() -> None:
    good = sla_line(1, 0, 10_000, Lived())
    bad = sla_line(2, 0, 10_000, Lived([(0, 2_000)], [(4_000, 10_000)]))
    total = total_of([good, bad])
    assert total is not None
    assert total.uptime == pytest.approx(12 / 14)


@given(down=spans, maintenance=spans, unseen=spans)
def test_the_parts_are_the_whole(
    down: list[tuple[int, int]], maintenance: list[tuple[int, int]], unseen: list[tuple[int, int]]
) -> None:
    line = sla_line(1, 0, 100_000, Lived(down, [*maintenance, *unseen], maintenance))
    rest = line.maintenance_seconds + line.paused_seconds + line.unknown_seconds
    assert line.uptime.up_seconds + line.uptime.down_seconds + rest == pytest.approx(100)
