"""Names are looked up by a real name server, without blocking and without asking twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pycares
import pytest

from monitor_app.net.failures import NameFailed
from monitor_app.net.names import Names
from tests.servers.dns import NameServer


@pytest.fixture(params=["thread", "loop"])
def channel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With c-ares' thread, and without it as on a machine that has no inotify left."""
    if request.param == "loop":
        real = pycares.Channel

        def without_thread(**options: object) -> pycares.Channel:
            if "sock_state_cb" not in options:
                raise pycares.AresError("Failed to initialize c-ares channel")
            return real(**options)

        monkeypatch.setattr(pycares, "Channel", without_thread)


@pytest.fixture
async def resolver(names: NameServer, channel: None) -> AsyncIterator[Names]:
    """Asks the test name server, and waits for an answer as long as a busy machine may need."""
    with closing(Names([names.address], try_seconds=60, tries=1)) as opened:
        yield opened


async def test_addresses_of_both_families_are_found(names: NameServer, resolver: Names) -> None:
    names.records["both.test"] = ["127.0.0.9", "::1"]
    assert sorted((await resolver.resolve("both.test", 60)).addresses) == ["127.0.0.9", "::1"]


async def test_an_address_resolves_to_itself_without_asking(names: NameServer, resolver: Names) -> None:
    for address in ("127.0.0.1", "::1", "10.1.2.3"):
        assert (await resolver.resolve(address, 60)).addresses == (address,)
    assert not names.questions


async def test_localhost_and_the_hosts_file_work(names: NameServer, resolver: Names) -> None:
    assert "127.0.0.1" in (await resolver.resolve("localhost", 60)).addresses
    assert not names.questions


async def test_the_time_is_that_of_the_answer(names: NameServer, resolver: Names) -> None:
    names.records["slow.test"] = ["127.0.0.9"]
    names.delay_seconds = 0.1
    lookup = await resolver.resolve("slow.test", 60)
    assert 0.1 <= lookup.waited_seconds < 30


async def test_an_answer_is_kept_and_costs_no_time(names: NameServer, resolver: Names) -> None:
    names.records["kept.test"] = ["127.0.0.9"]
    await resolver.resolve("kept.test", 60)
    asked = names.questions["kept.test"]
    assert (await resolver.resolve("kept.test", 60)).waited_seconds == 0.0
    assert names.questions["kept.test"] == asked


async def test_those_who_ask_at_once_share_one_question(names: NameServer, resolver: Names) -> None:
    names.records["shared.test"] = ["127.0.0.9"]
    names.delay_seconds = 0.05
    await asyncio.gather(*(resolver.resolve("shared.test", 60) for _ in range(50)))
    assert names.questions["shared.test"] == 2  # A and AAAA


async def test_one_who_gives_up_does_not_cancel_it_for_the_others(names: NameServer, resolver: Names) -> None:
    names.records["shared.test"] = ["127.0.0.9"]
    names.held = asyncio.Event()
    patient = asyncio.create_task(resolver.resolve("shared.test", 60))
    with pytest.raises(TimeoutError):
        await resolver.resolve("shared.test", 0.02)
    names.held.set()
    assert (await patient).addresses == ("127.0.0.9",)


@pytest.mark.parametrize(
    ("name", "message", "is_ours"),
    [
        ("missing.test", "name not found: missing.test does not exist", False),
        ("empty.test", "name not found: empty.test has no address", False),
        ("broken.test", "this machine could not look up broken.test: its name server reports", True),
        ("a..test", "name not found: a..test is not a valid name", False),
    ],
)
async def test_failures_are_told_apart(
    names: NameServer, resolver: Names, name: str, message: str, is_ours: bool
) -> None:
    names.records["empty.test"] = []
    names.broken.add("broken.test")
    with pytest.raises(NameFailed, match=message) as caught:
        await resolver.resolve(name, 60)
    assert caught.value.is_ours == is_ours


async def test_silent_name_server_is_ours(names: NameServer, channel: None) -> None:
    names.silent.add("silent.test")
    message = "this machine could not look up silent.test: its name server does not answer"
    hasty = Names([names.address], try_seconds=0.3, tries=1)
    with closing(hasty), pytest.raises(NameFailed, match=message) as caught:
        await hasty.resolve("silent.test", 60)
    assert caught.value.is_ours


async def test_sixty_dead_names_do_not_delay_a_healthy_one(names: NameServer, resolver: Names) -> None:
    dead = [f"dead{number}.test" for number in range(60)]
    names.silent.update(dead)
    names.records["healthy.test"] = ["127.0.0.9"]
    waiting = [asyncio.create_task(resolver.resolve(name, 60)) for name in dead]
    await asyncio.sleep(0)
    await resolver.resolve("healthy.test", 60)
    assert not any(question.done() for question in waiting)
    resolver.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, NameFailed) for result in results)


async def test_the_cache_has_a_bound(names: NameServer) -> None:
    small = Names([names.address], size=3)
    for number in range(10):
        names.records[f"n{number}.test"] = ["127.0.0.9"]
        await small.resolve(f"n{number}.test", 60)
    assert len(small._cache) == 3
    small.close()


async def test_closing_ends_those_who_wait(names: NameServer, resolver: Names) -> None:
    names.silent.add("silent.test")
    waiting = asyncio.create_task(resolver.resolve("silent.test", 60))
    while "silent.test" not in names.questions:
        await asyncio.sleep(0)
    resolver.close()
    with pytest.raises(NameFailed):
        await waiting
