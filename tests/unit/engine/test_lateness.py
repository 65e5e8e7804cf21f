"""The histogram of lateness."""

import math

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.engine.lateness import Lateness


@given(st.lists(st.floats(0, 50_000), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_percentile_is_never_too_small_and_at_most_a_bucket_too_large(values, share):
    lateness = Lateness()
    for value in values:
        lateness.add(value)
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    estimate = lateness.percentile(share)
    assert exact <= estimate or exact > 10_000
    if exact <= 10_000:
        assert estimate <= exact + max(1, exact / 10) + 1e-9
    assert estimate <= lateness.max_ms == max(values)


def test_nothing_counted_is_not_late():
    assert Lateness().percentile(0.99) == 0
