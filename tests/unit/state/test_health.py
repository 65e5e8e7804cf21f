"""When a screen must not look fine any more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor_app.domain.state import Breaker
from monitor_app.engine.board import Board
from monitor_app.state.health import GRACE_SECONDS, OFFLINE, UNCHECKED, UNREAD, Health, engine_words
from tests.board_rows import NOW, at, feed, result, service, state_after


class Scene:
    """A board with two services, checked every 60 and every 10 seconds, at a time that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.unread = 0.0
        self.last_id = 0
        self.board = Board()
        self.board.apply_services([service(1), service(2, interval_seconds=10)])
        self.offline_since: datetime | None = None
        self.health = Health(
            self.board, lambda: self.unread, lambda: "Look there.", self, offline_since=lambda: self.offline_since
        )
        self.find()

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def find(self, seconds: float | None = None) -> None:
        self.last_id += 1
        feed(self.board, [result(self.last_id, 1, seconds=self.seconds if seconds is None else seconds)])

    def pause(self, pk: int, until: float | None) -> None:
        """A service's circuit breaker opened with its last result, for good or until so many seconds after NOW."""
        self.last_id += 1
        found = result(self.last_id, pk, seconds=self.seconds)
        breaker = Breaker("open", found.checked_at, None if until is None else at(until))
        self.board.apply_results([found], [replace(state_after(found), breaker=breaker)])

    def after(self, seconds: float) -> str:
        """What is wrong so much later."""
        self.health.judge()
        self.seconds += seconds
        trouble = self.health.judge()
        return "" if trouble is None else trouble.what


@pytest.fixture
def scene() -> Scene:
    return Scene()


LIMIT = 20 + GRACE_SECONDS


def test_results_that_come_are_fine(scene: Scene) -> None:
    for _ in range(20):
        assert scene.after(LIMIT - 1) == ""
        scene.find()


def test_two_of_the_shortest_intervals_without_a_result_are_told_once(scene: Scene) -> None:
    assert scene.after(LIMIT + 1) == UNCHECKED
    first = scene.health.judge()
    assert first is not None
    assert first.since == round(NOW.timestamp() * 1000)
    assert first.why == "Look there."
    assert scene.after(100) == UNCHECKED
    assert scene.health.judge() == first, "nothing new to send"
    scene.find()
    assert scene.after(0) == ""


def test_database_that_is_not_read_is_told_first(scene: Scene) -> None:
    scene.unread = 10.5
    assert scene.after(LIMIT + 1) == UNREAD
    trouble = scene.health.judge()
    scene.unread = 11.5
    assert scene.after(1) == UNREAD
    assert scene.health.judge() == trouble
    scene.unread = 0.2
    assert scene.after(0) == UNCHECKED


def test_paused_services_need_no_results(scene: Scene) -> None:
    scene.board.apply_services([service(1, enabled=False), service(2, enabled=False)])
    assert scene.after(10_000) == ""
    scene.board.apply_services([service(1, revision=3)])
    assert scene.after(100) == "", "what was resumed gets its time"
    assert scene.after(51) == UNCHECKED


def test_whose_breaker_is_open_needs_no_result_until_it_tries_again(scene: Scene) -> None:
    scene.pause(1, None)
    scene.pause(2, 300)
    assert scene.after(300 + LIMIT - 1) == ""
    assert scene.after(2) == UNCHECKED, "it should have tried again"


def test_one_whose_breaker_is_open_hurries_no_other(scene: Scene) -> None:
    scene.pause(2, None)
    assert scene.after(120 + GRACE_SECONDS - 1) == ""
    assert scene.after(2) == UNCHECKED


def test_change_of_a_service_ends_no_trouble(scene: Scene) -> None:
    assert scene.after(LIMIT + 1) == UNCHECKED
    scene.board.apply_services([service(3)])
    assert scene.after(1) == UNCHECKED


def test_clock_that_is_ahead_hides_nothing(scene: Scene) -> None:
    scene.find(seconds=86_400)
    assert scene.after(LIMIT + 1) == UNCHECKED
    trouble = scene.health.judge()
    assert trouble is not None
    assert trouble.since == round(NOW.timestamp() * 1000)


@pytest.mark.parametrize(
    ("role", "is_scheduling", "word"),
    [("web", True, "ROLE=web"), ("all", False, "SCHEDULER_ENABLED=false"), ("all", True, "does not run")],
)
def test_words_tell_where_to_look(role: str, is_scheduling: bool, word: str) -> None:
    assert word in engine_words(role, is_scheduling=is_scheduling, engine=None)


def test_monitor_without_a_network_says_since_when_until_it_is_back() -> None:
    scene = Scene()
    scene.offline_since = NOW - timedelta(seconds=90)
    trouble = scene.health.judge()
    assert trouble is not None
    assert (trouble.what, trouble.since) == (OFFLINE, round(scene.offline_since.timestamp() * 1000))
    assert trouble.why == "Failures are held as unknown until it is back."
    scene.offline_since = None
    assert scene.health.judge() is None


def test_database_that_is_not_read_is_worse_than_a_network_that_was_away_when_it_was() -> None:
    scene = Scene()
    scene.offline_since, scene.unread = NOW, 11.0
    assert scene.after(0) == UNREAD
