"""Limits in all and per lane."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.engine.lanes import Lanes


@given(
    steps=st.lists(
        st.one_of(st.tuples(st.just("put"), st.sampled_from("abcd")), st.tuples(st.just("done"), st.none()))
    ),
    limit=st.integers(1, 6),
    per_lane=st.integers(1, 4),
)
def test_limits_hold_and_nobody_waits_without_need(steps, limit, per_lane):
    lanes = Lanes[tuple[str, int]](limit=limit, limit_per_lane=per_lane)
    running: list[tuple[str, int]] = []
    waiting = Counter[str]()
    for number, (step, key) in enumerate(steps):
        if step == "put":
            lanes.put(key, (key, number))
            waiting[key] += 1
        elif running:
            lanes.done(running.pop(0)[0])
        for item in lanes.start():
            running.append(item)
            waiting[item[0]] -= 1
        per_key = Counter(key for key, _ in running)
        assert lanes.in_flight == len(running) <= limit
        assert all(count <= per_lane for count in per_key.values())
        assert lanes.backlog == waiting.total()
        if len(running) < limit:
            assert all(per_key[key] == per_lane for key, count in waiting.items() if count)


def test_order_is_kept_inside_a_lane():
    lanes = Lanes[int](limit=1, limit_per_lane=1)
    for number in range(5):
        lanes.put("a", number)
    started = []
    for _ in range(5):
        started += lanes.start()
        lanes.done("a")
    assert started == [0, 1, 2, 3, 4]


def test_lanes_that_are_empty_are_forgotten():
    lanes = Lanes[int](limit=10, limit_per_lane=1)
    for number in range(1000):
        lanes.put(f"host-{number}", number)
        assert list(lanes.start()) == [number]
        lanes.done(f"host-{number}")
    assert not lanes._lanes
