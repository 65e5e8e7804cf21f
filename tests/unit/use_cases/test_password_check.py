"""Passwords are looked at, or the caller is told to come again."""

import asyncio

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.security.passwords import Hasher
from monitor_app.security.throttle import LoginThrottle
from monitor_app.use_cases.password_check import BUSY_SECONDS, PasswordCheck, SlowDown
from tests.accounts import ADDRESS, PASSWORD, HandClock, cheap_hasher


async def test_more_at_once_than_fit_are_told_to_come_again_and_do_not_count() -> None:
    hasher = Hasher(time_cost=2, memory_kib=4096, threads=1, waiting_limit=0)
    clock = HandClock()
    check = PasswordCheck(hasher, LoginThrottle(clock))
    done = await asyncio.gather(
        *(check.is_right(f"ada{n}", ADDRESS, None, PASSWORD) for n in range(3)), return_exceptions=True
    )
    assert done[0] is False
    assert [each.retry_after for each in done[1:] if isinstance(each, SlowDown)] == [BUSY_SECONDS] * 2
    hashing = await asyncio.gather(*(check.hash(PASSWORD) for _ in range(3)), return_exceptions=True)
    assert [isinstance(each, SlowDown) for each in hashing] == [False, True, True]
    hasher.close()


async def test_a_password_that_is_too_long_is_wrong() -> None:
    hasher = cheap_hasher()
    check = PasswordCheck(hasher, LoginThrottle(HandClock()))
    long = "x" * 4000
    assert not await check.is_right("ada", ADDRESS, await hasher.hash(long), long)
    assert await check.is_right("ada", ADDRESS, await hasher.hash(PASSWORD), PASSWORD)
    hasher.close()


async def test_name_and_password_of_a_new_account() -> None:
    hasher = cheap_hasher()
    check = PasswordCheck(hasher, LoginThrottle(HandClock()))
    name, stored = await check.choose("Ada", PASSWORD)
    assert name == "ada"
    assert await hasher.verify(stored, PASSWORD)
    for password in (None, "", 7, "password1234", "ada-ada-ada-ada"):
        with pytest.raises(InvalidInput) as refused:
            await check.choose("ada", password)
        assert list(refused.value.fields) == ["password"]
    hasher.close()


def test_the_words_of_waiting() -> None:
    assert str(SlowDown(0.2)) == "Too many tries. Wait 1 s, then try again."
