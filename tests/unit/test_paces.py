"""What tests of a busy machine rely on: a test is tried again more slowly, and one with a defect fails all the same."""

import gc
import inspect
import socket
import warnings

import pytest

from tests.paces import PACES, at_any_pace, at_paces


@pytest.mark.parametrize("passes_at", PACES)
async def test_one_pace_is_enough(passes_at: int) -> None:
    tried = []

    @at_any_pace
    async def test(name: str, pace: int) -> None:
        tried.append(pace)
        assert (name, pace) == ("a", passes_at)

    assert list(inspect.signature(test).parameters) == ["name"]
    await test(name="a")
    assert tried == [pace for pace in PACES if pace <= passes_at]


async def test_what_fails_at_each_pace_fails() -> None:
    @at_any_pace
    async def test(pace: int) -> None:
        with pytest.raises(ZeroDivisionError):
            assert pace

    with pytest.raises(pytest.fail.Exception):
        await test()


async def test_paces_of_its_own() -> None:
    tried = []

    @at_paces(1, 2)
    async def test(pace: int) -> None:
        tried.append(pace)
        pytest.fail("at each")

    with pytest.raises(pytest.fail.Exception):
        await test()
    assert tried == [1, 2]


async def test_a_bug_is_told_at_once() -> None:
    tried = []

    @at_any_pace
    async def test(pace: int) -> None:
        tried.append(pace)
        raise KeyError

    with pytest.raises(KeyError):
        await test()
    assert tried == [PACES[0]]


async def test_what_a_try_left_open_is_told_of_nobody() -> None:
    @at_any_pace
    async def test(pace: int) -> None:
        left_open = socket.socket()
        itself = [left_open]
        itself.append(itself)  # type: ignore[arg-type]
        assert pace > 1
        left_open.close()

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        await test()
        gc.collect()
    assert [str(one.message) for one in told] == []
