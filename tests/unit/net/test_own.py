"""Where this program itself listens."""

from ipaddress import ip_address
from typing import Any

import psutil
import pytest

from monitor_app.net.failures import NameFailed
from monitor_app.net.names import Lookup, is_address
from monitor_app.net.own import ADDRESSES_LIMIT, OwnPlace, is_this_machine, own_places
from monitor_app.settings import Settings

DATABASE = "Lightbulb's own database"


def places(**values: Any) -> list[tuple[str, int, str, bool]]:
    settings = Settings(_env_file=None, **values)
    return [(place.what, place.port, place.host, place.is_here) for place in own_places(settings)]


def test_screens_are_an_own_place() -> None:
    assert places(port=3123) == [("the port of Lightbulb itself", 3123, "", True)]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://u:p@db.example/x", [(DATABASE, 5432, "db.example", False)]),
        ("postgresql://u:p@DB.example.:5433/x", [(DATABASE, 5433, "db.example", False)]),
        ("postgresql://u:p@127.0.0.1:5433/x", [(DATABASE, 5433, "127.0.0.1", True)]),
        ("postgresql://u:p@[::1]:5433/x", [(DATABASE, 5433, "::1", True)]),
        ("postgresql://u:p@198.51.100.7/x", [(DATABASE, 5432, "198.51.100.7", False)]),
        ("postgresql:///x?host=/var/run/postgresql", [(DATABASE, 5432, "", True)]),
        ("postgresql:///x", [(DATABASE, 5432, "", True)]),
        (
            "postgresql://u:p@/x?host=a.example:5433&host=b.example",
            [(DATABASE, 5433, "a.example", False), (DATABASE, 5432, "b.example", False)],
        ),
        (
            "postgresql://u:p@/x?host=[2001:db8::1]:5433,[2001:db8::2]",
            [(DATABASE, 5433, "2001:db8::1", False), (DATABASE, 5432, "2001:db8::2", False)],
        ),
    ],
)
def test_database_server_is_an_own_place(url: str, found: list[tuple[str, int, str, bool]]) -> None:
    assert places(database_url=url)[1:] == found


def test_redis_is_an_own_place() -> None:
    assert places(redis_url="rediss://:p@cache.example/0")[1:] == [
        ("Lightbulb's own Redis", 6379, "cache.example", False)
    ]


def test_this_machine_is_known_by_its_addresses() -> None:
    for text in ("127.0.0.1", "127.3.4.5", "::1"):
        assert is_this_machine(ip_address(text))
    for text in ("198.51.100.1", "2001:db8::1", "8.8.8.8"):
        assert not is_this_machine(ip_address(text))


def test_this_machine_has_the_addresses_of_its_interfaces() -> None:
    found = [entry.address for entries in psutil.net_if_addrs().values() for entry in entries]
    own = [ip_address(text) for text in found if is_address(text) and "%" not in text]
    assert own
    assert all(map(is_this_machine, own))


class FakeNames:
    """Answers with what it is told."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, timeout_seconds: float) -> Lookup:
        if not self._answers:
            raise NameFailed(f"{host} does not exist", is_ours=False)
        return Lookup(self._answers.pop(0), 0.0)


async def test_addresses_that_a_name_had_stay() -> None:
    names: Any = FakeNames(("198.51.100.1", "2001:db8::1"), ("198.51.100.2",))
    place = OwnPlace(DATABASE, 5432, "db.example")
    place = await (await place.looked_up(names, 1)).looked_up(names, 1)
    assert [str(address) for address in place.addresses] == ["198.51.100.2", "198.51.100.1", "2001:db8::1"]
    assert (place.is_at(ip_address("198.51.100.1")), place.is_at(ip_address("127.0.0.1"))) == (True, False)


async def test_name_that_leads_here_means_every_address_of_this_machine() -> None:
    names: Any = FakeNames(("127.0.0.1",))
    place = await OwnPlace(DATABASE, 5432, "localhost").looked_up(names, 1)
    assert place.is_at(ip_address("::1"))


async def test_only_so_many_addresses_are_remembered() -> None:
    names: Any = FakeNames(*[(f"198.51.100.{number}",) for number in range(100)])
    place = OwnPlace(DATABASE, 5432, "db.example")
    for _ in range(100):
        place = await place.looked_up(names, 1)
    assert len(place.addresses) == ADDRESSES_LIMIT


async def test_place_without_a_name_is_not_looked_up() -> None:
    place = OwnPlace("the port of Lightbulb itself", 3000, is_here=True)
    assert await place.looked_up(FakeNames(), 1) is place  # type: ignore[arg-type]
