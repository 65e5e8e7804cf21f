"""Lines on a pipe that nobody may be reading."""

import json
import os

import pytest

from monitor_app.engine.doorbell import Doorbell, is_pipe


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    open_ends = {reading, writing}
    yield reading, writing, open_ends
    for end in open_ends:
        os.close(end)


def test_one_line_an_event(pipe):
    reading, writing, _ = pipe
    bell = Doorbell(writing)
    bell.ring("committed", last_result_id=7)
    bell.ring("leader", is_leader=True)
    lines = [json.loads(line) for line in os.read(reading, 65536).splitlines()]
    assert lines == [{"event": "committed", "last_result_id": 7}, {"event": "leader", "is_leader": True}]


def test_full_pipe_blocks_nobody_and_leaves_whole_lines(pipe):
    reading, writing, _ = pipe
    bell = Doorbell(writing)
    for number in range(5000):
        bell.ring("committed", last_result_id=number)
    assert bell.dropped > 0
    os.set_blocking(reading, False)
    text = os.read(reading, 1 << 20)
    bell.ring("committed", last_result_id=99_999)
    text += os.read(reading, 1 << 20)
    numbers = [json.loads(line)["last_result_id"] for line in text.splitlines()]
    assert numbers[0] == 0
    assert numbers[-1] == 99_999
    assert numbers == sorted(numbers)


def test_reader_that_is_gone_is_noticed(pipe):
    reading, writing, open_ends = pipe
    os.close(reading)
    open_ends.discard(reading)
    bell = Doorbell(writing)
    bell.ring("stats")
    assert bell.is_broken
    bell.ring("stats")


def test_only_pipes_and_sockets_have_somebody_at_the_other_end(pipe, tmp_path):
    assert is_pipe(pipe[0])
    with open(os.devnull) as nothing, (tmp_path / "file").open("w") as file:
        assert not is_pipe(nothing.fileno())
        assert not is_pipe(file.fileno())
    assert not is_pipe(10_000)
