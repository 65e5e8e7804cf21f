"""Guessing of passwords is slowed down, and whoever owns the account still gets in."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.security.throttle import (
    ADDRESS,
    CALLER,
    KNOWN_ADDRESSES,
    LANE,
    TURN_SECONDS,
    LoginThrottle,
)

MINUTE = 60.0
HOME, OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.1", "192.0.2.99"


class HandClock:
    """Goes when it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


class Door:
    """A throttle, the clock it looks at, and what came through."""

    def __init__(self, remembered: int = 20_000) -> None:
        self.clock = HandClock()
        self.throttle = LoginThrottle(self.clock, remembered)
        self.evaluated: list[float] = []

    def guess(self, account: str = "owner", address: str = ELSEWHERE) -> float:
        """A wrong password; what the throttle said."""
        wait = self.throttle.admit(account, address)
        if not wait:
            self.evaluated.append(self.clock.seconds)
        return wait

    def log_in(self, account: str = "owner", address: str = HOME) -> float:
        """The right password; what the throttle said."""
        wait = self.throttle.admit(account, address)
        if not wait:
            self.throttle.succeeded(account, address)
        return wait

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds

    def most_in_a_minute(self) -> int:
        return most_within(self.evaluated, MINUTE)


def most_within(times: Iterable[float], seconds: float) -> int:
    ordered = sorted(times)
    return max((sum(1 for at in ordered if start <= at < start + seconds) for start in ordered), default=0)


def flood(door: Door, minutes: float, addresses: list[str], per_minute: int = 1_000, account: str = "owner") -> None:
    for number in range(int(minutes * per_minute)):
        door.guess(account, addresses[number % len(addresses)])
        door.wait(MINUTE / per_minute)


def botnet(count: int) -> list[str]:
    return [f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(count)]


def seconds_to_get_in(door: Door, addresses: list[str], address: str, mistakes: int = 0) -> float:
    """How long the owner needs who comes back when told to, while the flood of 1000 a minute goes on."""
    begun = back_at = door.clock.seconds
    for number in range(60_000):
        if door.clock.seconds >= back_at:
            wait = door.guess("owner", address) if mistakes else door.log_in("owner", address)
            if not wait and not mistakes:
                return door.clock.seconds - begun
            mistakes -= not wait
            # A person types again, or comes back a second after the time that was told.
            back_at = door.clock.seconds + (wait + 1 if wait else 4)
        door.guess("owner", addresses[number % len(addresses)])
        door.wait(0.06)
    raise AssertionError("the owner never got in")


def test_pauses_grow_up_to_the_longest() -> None:
    assert [LANE.pause(count) for count in range(9)] == [0, 0, 0, 1, 2, 4, 8, 12, 12]
    assert (LANE.most, CALLER.most, ADDRESS.most) == (7, 15, 16)


def test_two_mistakes_cost_no_time_and_more_of_them_little() -> None:
    door = Door()
    assert [door.guess() for _ in range(3)] == [0, 0, 0]
    assert door.guess() == 1
    door.wait(1)
    assert door.log_in("owner", ELSEWHERE) == 0


def test_right_password_forgives_the_mistakes_before_it() -> None:
    door = Door()
    for _ in range(2):
        door.guess()
    assert door.log_in("owner", ELSEWHERE) == 0
    assert [door.guess() for _ in range(3)] == [0, 0, 0]
    assert door.log_in("owner", ELSEWHERE) == 1


@pytest.mark.parametrize("count", [1, 7, 75, 500, 5_000])
def test_flood_at_one_account_gets_few_guesses(count: int) -> None:
    door = Door()
    flood(door, 5, botnet(count))
    assert door.most_in_a_minute() <= 10
    assert len(door.evaluated) <= 10 + 4 * 5


def test_flood_from_known_addresses_and_others_together_gets_twenty() -> None:
    door = Door()
    known = botnet(KNOWN_ADDRESSES)
    for address in known:
        door.throttle.remember("owner", address)
    flood(door, 5, [*known, *botnet(500)[KNOWN_ADDRESSES:]])
    assert 10 < door.most_in_a_minute() <= 20


def test_owner_at_a_known_address_gets_in_at_once_while_under_attack() -> None:
    door = Door()
    door.log_in()
    flood(door, 10, botnet(500))
    assert [door.guess("owner", HOME), door.guess("owner", HOME), door.log_in()] == [0, 0, 0]


@pytest.mark.parametrize("count", [1, 20, 500, 2_000])
def test_owner_at_a_new_address_gets_in_soon_while_under_attack(count: int) -> None:
    door = Door()
    attackers = botnet(count)
    flood(door, 10, attackers)
    assert seconds_to_get_in(door, attackers, HOME) < 30


@pytest.mark.parametrize("count", [1, 20, 500])
def test_owner_who_mistypes_twice_gets_in_soon_while_under_attack(count: int) -> None:
    door = Door()
    attackers = botnet(count)
    flood(door, 10, attackers)
    assert seconds_to_get_in(door, attackers, HOME, mistakes=2) < 90


def test_owner_shares_a_known_address_with_the_attacker_and_still_gets_in_elsewhere() -> None:
    door = Door()
    door.log_in("owner", OFFICE)
    flood(door, 5, [OFFICE])
    assert door.most_in_a_minute() <= 10
    assert door.log_in("owner", HOME) == 0


def test_one_address_that_tries_many_names_is_slowed_down() -> None:
    door = Door()
    for number in range(10_000):
        door.guess(f"name{number}", ELSEWHERE)
        door.wait(0.06)
    first, last = door.evaluated[:10], [at for at in door.evaluated if at > door.clock.seconds - 5 * MINUTE]
    assert len(first) == 10
    assert len(last) <= 6


def test_office_where_somebody_tries_many_names_lets_its_people_in() -> None:
    door = Door()
    for number in range(200):
        door.throttle.remember(f"colleague{number}", OFFICE)
    for number in range(1_000):
        door.guess(f"name{number}", OFFICE)
    assert all(door.log_in(f"colleague{number}", OFFICE) == 0 for number in range(200))


def test_right_log_ins_cost_an_address_nothing() -> None:
    door = Door()
    assert [door.log_in(f"colleague{number}", OFFICE) for number in range(200)] == [0] * 200


def test_account_that_rests_is_forgiven() -> None:
    door = Door()
    flood(door, 2, botnet(100))
    door.wait(LANE.most * LANE.forgiven_seconds)
    assert [door.guess("owner", HOME) for _ in range(3)] == [0, 0, 0]


def test_no_pause_is_longer_than_it_says() -> None:
    door = Door()
    for _ in range(40):
        wait = door.guess()
        assert wait <= CALLER.longest_seconds
        door.wait(wait)
    assert door.guess(address=HOME) <= LANE.longest_seconds + TURN_SECONDS


def test_what_could_not_be_looked_at_does_not_count() -> None:
    door = Door()
    for _ in range(50):
        assert door.throttle.admit("owner", HOME) == 0
        door.throttle.not_evaluated("owner", HOME)
    door.throttle.remember("owner", OFFICE)
    for _ in range(50):
        assert door.throttle.admit("owner", OFFICE) == 0
        door.throttle.not_evaluated("owner", OFFICE)


def test_turn_goes_to_who_tried_least_often() -> None:
    door = Door()
    for address in botnet(3):
        door.guess("owner", address)
    for _ in range(5):
        assert door.guess("owner", OFFICE) == 1
    assert door.guess("owner", HOME) == 1
    # Somebody else has the turn now, which is told.
    assert door.guess("owner", OFFICE) == 1 + TURN_SECONDS
    door.wait(1)
    assert door.guess("owner", OFFICE) == TURN_SECONDS
    assert door.log_in("owner", HOME) == 0


def test_turn_that_nobody_takes_ends() -> None:
    door = Door()
    for address in botnet(3):
        door.guess("owner", address)
    assert door.guess("owner", HOME) == 1
    door.wait(1 + TURN_SECONDS)
    assert door.guess("owner", OFFICE) == 0


def test_names_are_one_however_they_are_written() -> None:
    door = Door()
    for name in ("Owner", " owner ", "OWNER"):
        assert door.guess(name) == 0
    assert door.guess("owner") == 1
    assert door.guess("\ud800" * 100_000, HOME) == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "testclient", True),
        ("x" * 64, "x" * 10_000, True),
    ],
)
def test_addresses_of_one_customer_are_one(one: str, other: str, is_same: bool) -> None:
    door = Door()
    door.throttle.remember("owner", one)
    for address in botnet(3):
        door.guess("owner", address)
    assert (door.guess("owner", other) == 0) is is_same


def test_only_the_latest_addresses_are_known() -> None:
    door = Door()
    for address in [HOME, *botnet(KNOWN_ADDRESSES - 1), HOME, OFFICE]:
        door.throttle.remember("owner", address)
    for number in range(3):
        door.guess("owner", f"172.16.0.{number}")
    assert door.guess("owner", HOME) == door.guess("owner", OFFICE) == 0
    assert door.guess("owner", botnet(1)[0]) == 1


def test_memory_is_bounded_and_a_busy_account_is_not_forgotten() -> None:
    door = Door(remembered=100)
    door.throttle.remember("owner", HOME)
    for number in range(20_000):
        door.guess(f"name{number % 90}", f"10.0.{number >> 8}.{number & 255}")
        door.guess("owner", f"10.1.{number >> 8}.{number & 255}")
        door.wait(0.06)
    assert len(door.throttle) <= 400
    assert door.log_in() == 0


def test_address_that_has_to_wait_pushes_nothing_out() -> None:
    door = Door(remembered=100)
    for number in range(10_000):
        door.guess(f"name{number}", ELSEWHERE)
    assert len(door.throttle) < 30


ATTEMPTS = st.lists(
    st.tuples(st.floats(0, 20), st.integers(0, 11), st.sampled_from(["wrong", "wrong", "wrong", "busy"])),
    min_size=20,
    max_size=200,
)


@given(ATTEMPTS, st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_never_more_than_twenty_guesses_in_any_minute(attempts: list[tuple[float, int, str]], known: int) -> None:
    door = Door()
    addresses = botnet(12)
    for address in addresses[:known]:
        door.throttle.remember("owner", address)
    for pause, number, outcome in attempts:
        door.wait(pause if pause > 10 else pause / 100)
        if outcome == "wrong":
            assert 0 <= door.guess("owner", addresses[number]) <= CALLER.longest_seconds
        elif not door.throttle.admit("owner", addresses[number]):
            door.throttle.not_evaluated("owner", addresses[number])
    assert door.most_in_a_minute() <= 20


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_attacker_who_comes_exactly_when_told_gets_no_more(seed: int) -> None:
    door, chance = Door(), random.Random(seed)
    addresses = botnet(300)
    for address in addresses[:4]:
        door.throttle.remember("owner", address)
    for _ in range(300):
        waits = [door.guess("owner", address) for address in chance.sample(addresses, 5) + addresses[:4]]
        door.wait(max(min(waits), 0.001))
    assert door.most_in_a_minute() <= 20
