"""The noise simulation: what it simulates, how it judges, and that the default rule holds what is promised."""

import argparse
import random

import pytest

from monitor_app.bench.noise import Tally, is_burst, is_outage, mixed, run, simulate
from monitor_app.bench.noise_month import Confirmed, Month
from monitor_app.bench.noise_world import (
    CLASSES,
    MONTH_SECONDS,
    Episode,
    Episodes,
    Noise,
    World,
    good_in_a_row,
)
from monitor_app.domain.rules import Rules
from monitor_app.domain.status import Status

NONE = Episodes()
BY_NAME = {noise.name: noise for noise in CLASSES}


def month(world: World, rules: Rules | None = None, seed: int = 1) -> Month:
    ran = Month(world, rules or Rules(), random.Random(seed))
    ran.run()
    return ran


def world(
    *outages: tuple[float, float],
    bursts: Episodes = NONE,
    own_losses: Episodes = NONE,
    loss: float = 0.0,
    is_refused: bool = True,
) -> World:
    noise = Noise("a", loss=loss)
    return World(noise, Episodes.of(Episode(*outage) for outage in outages), bursts, own_losses, is_refused)


class TestWorld:
    def test_the_same_seed_is_the_same_month(self) -> None:
        noise = BY_NAME["bursts"]
        assert World.draw(noise, random.Random(3)) == World.draw(noise, random.Random(3))

    def test_one_outage_of_three_to_sixty_minutes(self) -> None:
        for seed in range(50):
            (outage,) = World.draw(CLASSES[0], random.Random(seed)).outages.all
            assert 180 <= outage.end - outage.start <= 3600
            assert outage.end < MONTH_SECONDS

    def test_bursts_come_about_86_times_a_month_and_last_two_minutes(self) -> None:
        drawn = [World.draw(BY_NAME["bursts"], random.Random(seed)).bursts.all for seed in range(50)]
        assert 75 < sum(len(bursts) for bursts in drawn) / 50 < 97
        lengths = [burst.end - burst.start for bursts in drawn for burst in bursts]
        assert 108 < sum(lengths) / len(lengths) < 132

    def test_good_checks_in_a_row_are_as_many_as_the_loss_says(self) -> None:
        chance = random.Random(5)
        drawn = [good_in_a_row(0.01, chance) for _ in range(20_000)]
        assert 96 < sum(drawn) / len(drawn) < 102
        assert good_in_a_row(0.0, chance) == float("inf")

    def test_episodes_are_found(self) -> None:
        episodes = Episodes.of([Episode(50, 60), Episode(10, 20)])
        assert [episodes.at(moment) is not None for moment in (9, 10, 19, 20, 55)] == [False, True, True, False, True]
        assert [episodes.next_start(moment) for moment in (0, 10, 50)] == [10, 50, float("inf")]


class TestMonth:
    def test_nothing_happens_nothing_is_checked(self) -> None:
        ran = month(world())
        assert (ran.checks, ran.confirmed) == (1, [])

    @pytest.mark.parametrize(("is_refused", "most"), [(True, 93), (False, 123)])
    def test_an_outage_is_noticed_after_three_checks_with_fast_retries(self, is_refused: bool, most: float) -> None:
        delays = []
        for seed in range(200):
            (failure,) = month(world((7200, 9000), is_refused=is_refused), seed=seed).confirmed
            delays.append(failure.known_at - 7200)
            assert failure.first >= 7200
        assert min(delays) > 20
        assert most - 15 < max(delays) <= most

    def test_its_end_is_noticed_when_the_breaker_lets_a_check_through(self) -> None:
        (failure,) = month(world((7200, 9000))).confirmed
        assert 9000 < failure.recovered_at < 9000 + 300 + 20

    def test_the_own_network_lost_is_no_outage(self) -> None:
        for seed in range(300):
            lost = Episodes.of([Episode(7200, 7500)])
            assert not month(world(own_losses=lost), seed=seed).confirmed

    def test_without_asking_the_canaries_it_would_be_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Month, "_doubt", lambda self, ended: (ended, Status.FAILED))
        assert month(world(own_losses=Episodes.of([Episode(7200, 7500)]))).confirmed

    def test_skipping_changes_no_figure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        noise = Noise("a", loss=0.1)
        skipped = simulate(noise, Rules(), 2, seed=2)
        monkeypatch.setattr(Month, "_is_calm", lambda self: False)
        each = simulate(noise, Rules(), 2, seed=3)
        assert each.checks > 2 * 43_200
        assert abs(skipped.false - each.false) < 4 * (each.false + skipped.false) ** 0.5


class TestJudging:
    def test_an_outage_during_the_checks_is_true(self) -> None:
        real = world((100, 200))
        assert is_outage(real, Confirmed(90, 110, 120))
        assert not is_outage(real, Confirmed(60, 90, 120))
        assert not is_outage(real, Confirmed(200, 220, 230))

    def test_a_burst_must_have_lasted(self) -> None:
        real = world(bursts=Episodes.of([Episode(100, 200)]))
        assert is_burst(real, Confirmed(100, 129, 130))
        assert not is_burst(real, Confirmed(100, 110, 129))
        assert not is_burst(real, Confirmed(150, 200, 240))

    def test_an_outage_that_the_own_network_hid_is_not_counted(self) -> None:
        tally = Tally()
        real = world((7200, 9000), own_losses=Episodes.of([Episode(7000, 7300)]))
        tally.add(real, month(real))
        assert (tally.hidden, tally.outages) == (1, 0)

    def test_an_outage_that_nobody_noticed_lowers_recall(self) -> None:
        tally = Tally()
        real = world((7201, 7202))
        tally.add(real, month(real, Rules(failures_to_fail=5)))
        assert tally.figures()["recall"] == 0


def test_default_rule_holds_what_is_promised() -> None:
    tallies = {noise: simulate(noise, Rules(), 10, seed=1) for noise in CLASSES}
    mix = mixed(tallies)
    assert mix["false_share"] <= 0.01
    assert mix["recall"] == 1
    assert mix["detect_p95_s"] <= 100
    assert mix["detect_p95_timeout_s"] <= 130


def test_two_failures_in_a_row_would_not() -> None:
    tallies = {noise: simulate(noise, Rules(failures_to_fail=2), 5, seed=1) for noise in CLASSES}
    assert mixed(tallies)["false_share"] > 0.01


def test_command_gives_all_figures() -> None:
    args = argparse.Namespace(months=1, seed=7, failures_to_fail=3, successes_to_recover=2)
    figures = run(args)
    assert figures["target_months"] == len(CLASSES)
    assert {noise.name for noise in CLASSES} <= figures.keys()
    assert figures | {"seconds": 0} == run(args) | {"seconds": 0}
