"""Passwords are hashed in threads with a bound, and judged by how easily they are guessed."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import extract_parameters
from argon2.low_level import Type

from monitor_app.errors import Busy
from monitor_app.security.passwords import Hasher, password_problem

PASSWORD = "kitchen window april seven"


def cheap(threads: int = 2, waiting_limit: int = 50) -> Hasher:
    return Hasher(time_cost=1, memory_kib=64, threads=threads, waiting_limit=waiting_limit)


@pytest_asyncio.fixture
async def hasher() -> AsyncIterator[Hasher]:
    found = cheap()
    yield found
    found.close()


async def test_right_password_matches_and_a_wrong_one_does_not(hasher: Hasher) -> None:
    stored = await hasher.hash(PASSWORD)
    assert await hasher.verify(stored, PASSWORD)
    assert not await hasher.verify(stored, PASSWORD + " ")
    assert not await hasher.verify(stored, "")
    assert len(stored) <= 200


async def test_same_password_has_another_hash_each_time(hasher: Hasher) -> None:
    assert await hasher.hash(PASSWORD) != await hasher.hash(PASSWORD)


async def test_letters_may_be_composed_in_either_way(hasher: Hasher) -> None:
    assert await hasher.verify(await hasher.hash("Zu\u0308rich am Abend"), "Z\u00fcrich am Abend")


async def test_any_text_can_be_tried(hasher: Hasher) -> None:
    for text in ("\0", "\ud800", "x" * 100_000):
        assert await hasher.verify(await hasher.hash(text), text)


async def test_account_that_is_not_there_matches_nothing(hasher: Hasher) -> None:
    assert not await hasher.verify(None, PASSWORD)
    assert not await hasher.verify("", "")


async def test_broken_hash_matches_nothing(hasher: Hasher) -> None:
    for stored in ("plain", "$argon2id$v=19$m=1,t=1,p=1$YWJj$YWJj", "$2b$12$abc"):
        assert not await hasher.verify(stored, PASSWORD)


async def test_account_that_is_not_there_takes_the_same_time() -> None:
    hasher = Hasher(time_cost=1, memory_kib=8192)
    stored = await hasher.hash(PASSWORD)

    times: dict[str | None, list[float]] = {stored: [], None: []}
    for _ in range(15):  # in turns, so that a busy moment hits both
        for of, taken in times.items():
            start = time.process_time()  # of all threads; what neighbours take counts little
            await hasher.verify(of, "wrong")
            taken.append(time.process_time() - start)
    there, not_there = (min(taken) for taken in times.values())
    hasher.close()
    assert 0.2 < there / not_there < 5  # without the work of hashing it is a hundredth


async def test_parameters_are_those_of_the_standard() -> None:
    hasher = Hasher()
    parameters = extract_parameters(hasher._nobodys)
    hasher.close()
    assert parameters.type is Type.ID
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (3, 65536, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


async def test_hash_with_other_parameters_wants_a_new_one(hasher: Hasher) -> None:
    stored = await hasher.hash(PASSWORD)
    stronger = Hasher(time_cost=2, memory_kib=64)
    assert not hasher.needs_rehash(stored)
    assert stronger.needs_rehash(stored)
    assert await stronger.verify(stored, PASSWORD)
    stronger.close()


async def test_who_comes_on_top_of_the_bound_is_sent_away() -> None:
    hasher = cheap(threads=1, waiting_limit=1)
    go, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(60)

    running = asyncio.ensure_future(hasher._run(work))
    waiting = asyncio.ensure_future(hasher.hash(PASSWORD))
    await asyncio.to_thread(begun.wait, 60)
    with pytest.raises(Busy, match="try again"):
        await hasher.hash(PASSWORD)
    go.set()
    await asyncio.gather(running, waiting)
    assert await hasher.hash(PASSWORD)
    hasher.close()


async def test_who_goes_away_leaves_a_place_only_when_the_work_is_done() -> None:
    hasher = cheap(threads=1, waiting_limit=0)
    go, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(60)

    running = asyncio.ensure_future(hasher._run(work))
    await asyncio.to_thread(begun.wait, 60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(Busy):
        await hasher.hash(PASSWORD)
    go.set()
    await asyncio.to_thread(hasher._places.acquire)
    hasher._places.release()
    assert await hasher.hash(PASSWORD)
    hasher.close()


async def test_event_loop_goes_on_meanwhile() -> None:
    hasher = Hasher(time_cost=4, memory_kib=32768)
    work = asyncio.ensure_future(hasher.hash(PASSWORD))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    hasher.close()
    assert turns > 10


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "e7#kQ9pLx!2m",
        "Grüße aus dem Süden 77",
        "密码箱子里的蓝色雨伞和旧书",
        "x7Kq-" * 3 + "unlikely mango",
        "nobody knows the blue teapot " * 4 + "y",
    ],
)
def test_good_password_has_no_problem(password: str) -> None:
    assert password_problem(password, "jo") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "must have at least 12 characters, got 0: a few words in a row do well"),
        ("e7#kQ9pLx!2", "must have at least 12 characters, got 11: a few words in a row do well"),
        ("e7#kQ9pLx!2m" * 10 + "123456789", "must have at most 128 characters, got 129"),
        ("password1234", "is too easy to guess (this is a very common password): take four or more unrelated words"),
        ("qwertyuiop12", "is too easy to guess (this is similar to a commonly used password)"),
        ("P@ssw0rd!2024", "is too easy to guess"),
        ("aaaaaaaaaaaaaaaa", "is too easy to guess"),
        ("123456789012345", "is too easy to guess"),
        (" " * 20, "is too easy to guess"),
        ("josephine.smith", "is too easy to guess (hardly more than the name of the user or the program)"),
        ("JOSEPHINE.SMITH2024!", "is too easy to guess (hardly more than the name of the user or the program)"),
        ("Lightbulb-Monitor-1", "is too easy to guess (hardly more than the name of the user or the program)"),
        ("password" * 16, "is too easy to guess"),
    ],
)
def test_bad_password_is_told_in_words(password: str, words: str) -> None:
    problem = password_problem(password, "josephine.smith")
    assert problem is not None
    assert problem.startswith(words)


def test_judging_the_longest_password_does_not_hold_up_the_program() -> None:
    start = time.process_time()
    for password in ("1i!l|7Ll1i!L" * 10, "4a@s5$z2" * 16, "abcdefgh" * 16, "\u0130" * 128, "2024-01-01-" * 11):
        password_problem(password)
    assert time.process_time() - start < 10
