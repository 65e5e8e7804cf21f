"""When a channel is told of an incident, and what is told together."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from monitor_app.domain.alerting.delivery import AlertingSettings
from monitor_app.domain.alerting.grouping import (
    Pending,
    Plan,
    Standing,
    copied,
    end,
    held,
    insist,
    page,
    plan,
    told,
    united,
    update,
)
from tests.samples import NOON

PACE = AlertingSettings().pace
NEW = Standing(1, 7)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fired(incident_pk: int = 1, seconds: float = 0) -> Standing:
    return page(replace(NEW, incident_pk=incident_pk), at(seconds), PACE)


def known(seconds: float = 0) -> Standing:
    """Told that it fired at that moment."""
    return told(fired(seconds=seconds), at(seconds), PACE)


def test_a_first_page_is_due_at_once_and_repeated_after_four_hours() -> None:
    standing = fired()
    assert (standing.pending, standing.due_at, standing.was_told) == ("fired", NOON, False)
    standing = told(standing, at(1), PACE)
    assert (standing.first_told_at, standing.last_told_at, standing.number) == (at(1), at(1), 1)
    assert (standing.pending, standing.due_at, standing.was_told) == ("repeat", at(1 + 4 * 3600), True)
    again = told(standing, at(4 * 3600), PACE)
    assert (again.first_told_at, again.number, again.pending) == (at(1), 2, "repeat")


def test_without_repeats_nothing_is_due_after_a_page() -> None:
    pace = AlertingSettings(repeat_minutes=0).pace
    standing = told(fired(), NOON, pace)
    assert (standing.pending, standing.due_at) == ("", None)


def test_updates_wait_five_minutes_and_are_one() -> None:
    standing = update(known(), at(60), PACE)
    assert (standing.pending, standing.due_at) == ("update", at(300))
    assert update(standing, at(120), PACE) == standing
    assert page(known(), at(60), PACE) == standing
    assert update(known(), at(400), PACE).due_at == at(400)


def test_who_was_not_told_learns_of_no_update_and_of_no_end() -> None:
    assert update(NEW, NOON, PACE) == NEW
    assert update(fired(), at(1), PACE) == fired()
    gone = end(fired(), at(1))
    assert (gone.pending, gone.due_at, gone.was_told) == ("", None, False)


def test_an_end_waits_for_nothing_and_is_told_once() -> None:
    standing = end(update(known(), at(1), PACE), at(2))
    assert (standing.pending, standing.due_at) == ("resolved", at(2))
    over = told(standing, at(2), PACE)
    assert (over.is_over, over.due_at, over.pending, over.was_told) == (True, None, "", False)
    assert end(over, at(3)).pending == ""


def test_what_begins_anew_is_told_anew() -> None:
    over = told(end(known(), at(2)), at(2), PACE)
    anew = page(over, at(9), PACE)
    assert (anew.pending, anew.due_at, anew.is_over) == ("fired", at(9), False)
    assert told(anew, at(9), PACE).first_told_at == at(9)
    before = page(end(known(), at(2)), at(3), PACE)
    assert (before.pending, before.due_at) == ("update", at(300))


def test_a_page_that_waits_already_stays_as_it_is() -> None:
    waiting = replace(fired(), due_at=at(10))
    assert page(waiting, at(4), PACE) == waiting


def test_a_step_is_told_at_once_whatever_was_told_before() -> None:
    assert insist(known(), at(9), "Night, step 2").pending == "escalated"
    assert insist(known(), at(9), "Night, step 2").due_at == at(9)
    first = insist(NEW, at(9), "Night, step 2")
    assert (first.pending, first.note, told(first, at(9), PACE).note) == ("escalated", "Night, step 2", "")
    assert told(first, at(9), PACE).was_told
    assert insist(NEW, at(9), "").pending == "fired"
    worse = insist(known(), at(9), "")
    assert (worse.pending, worse.due_at) == ("update", at(9))


def test_what_is_held_waits_until_then_or_is_dropped() -> None:
    until = held(fired(), at(1), at(3600))
    assert (until.pending, until.due_at, until.held_at) == ("fired", at(3600), at(1))
    assert held(fired(), at(1), None).pending == ""


def test_memory_is_what_was_remembered() -> None:
    for standing in (NEW, fired(), held(fired(), at(1), at(9)), insist(known(), at(9), "Night, step 2")):
        plain = replace(standing, pending="", noted_at=None, note="", held_at=None, is_over=False)
        assert plain.remembering(standing.memory()) == standing
    assert NEW.remembering({}) == NEW


def test_merged_incidents_are_one_for_who_was_told_of_one() -> None:
    assert united(None, known(), 2) == replace(known(), incident_pk=2)
    ours = replace(known(5), incident_pk=2, number=3)
    both = united(ours, known(), 2)
    assert (both.incident_pk, both.first_told_at, both.last_told_at, both.number) == (2, NOON, at(5), 3)
    # One of them waits to be paged: for who knows the other, that is an update.
    both = united(replace(fired(2, 9), incident_pk=2), known(), 2)
    assert (both.was_told, both.pending, both.due_at) == (True, "update", at(9))
    both = united(fired(2, 9), fired(1, 4), 2)
    assert (both.was_told, both.pending, both.due_at) == (False, "fired", at(4))
    over = told(end(known(), at(2)), at(2), PACE)
    assert united(replace(over, incident_pk=2), over, 2).is_over
    assert united(Standing(2, 7), NEW, 2) == Standing(2, 7)


def test_who_knows_an_incident_is_told_of_what_was_split_off() -> None:
    other = copied(known(), 5, at(10), PACE)
    assert (other.incident_pk, other.was_told, other.pending, other.due_at) == (5, True, "update", at(300))


def names(found: Plan) -> tuple[list[list[int]], list[int], datetime | None]:
    return (
        [[one.incident_pk for one in message] for message in found.messages],
        [one.incident_pk for one in found.waiting],
        min((one.due_at for one in found.waiting if one.due_at), default=None),
    )


def ending(incident_pk: int) -> Standing:
    return replace(end(known(), at(60)), incident_pk=incident_pk)


def of(incident_pk: int, pending: Pending) -> Standing:
    return replace(known(), incident_pk=incident_pk, pending=pending, noted_at=NOON, due_at=NOON)


def test_one_that_stands_alone_goes_at_once() -> None:
    assert names(plan([fired()], [], NOON, PACE)) == ([[1]], [], None)
    assert names(plan([fired()], [(at(-10), 1)], NOON, PACE)) == ([[1]], [], None)
    assert names(plan([of(3, "update"), fired()], [], NOON, PACE)) == ([[1]], [3], at(10))


def test_what_was_told_before_the_clock_was_set_back_keeps_nothing_waiting() -> None:
    assert names(plan([fired()], [(at(3000), 300)], NOON, PACE)) == ([[1]], [], None)
    assert names(plan([ending(1)], [(at(3000), 300)], NOON, PACE)) == ([[1]], [], None)


def test_what_comes_within_ten_seconds_is_one_message() -> None:
    assert names(plan([fired(2, 3)], [(NOON, 1)], at(3), PACE)) == ([], [2], at(10))
    waiting = replace(fired(2, 3), due_at=at(10), waits_since=at(3))
    assert names(plan([waiting, fired(3, 7)], [(NOON, 1)], at(10), PACE)) == ([[2, 3]], [], None)


def test_several_at_once_wait_for_those_to_come() -> None:
    several = [fired(1), fired(2)]
    assert names(plan(several, [], NOON, PACE)) == ([], [1, 2], at(10))
    waiting = [replace(one, due_at=at(10), waits_since=NOON) for one in several]
    assert names(plan([*waiting, fired(3, 4)], [], at(10), PACE)) == ([[1, 2, 3]], [], None)


def test_updates_and_repeats_are_one_message() -> None:
    assert names(plan([of(1, "update"), of(2, "repeat")], [], NOON, PACE)) == ([[1, 2]], [], None)
    assert names(plan([], [], NOON, PACE)) == ([], [], None)


def test_ends_wait_for_nothing_but_a_crowd() -> None:
    assert names(plan([ending(1)], [(at(-1), 1)], NOON, PACE)) == ([[1]], [], None)
    assert names(plan([ending(1), ending(2)], [(at(-1), 2)], NOON, PACE)) == ([[1, 2]], [], None)
    assert names(plan([ending(1)], [(at(-1), 300)], NOON, PACE)) == ([], [1], at(9))
    assert names(plan([ending(1)], [(at(-4), 1), (at(-3), 1), (at(-2), 1)], NOON, PACE)) == ([], [1], at(8))
    assert names(plan([ending(1), fired(2)], [], NOON, PACE)) == ([[1]], [2], at(10))
    # After the crowd all of it is one message.
    assert names(plan([ending(1), fired(2), fired(3)], [(at(-10), 300)], at(20), PACE)) == ([[1]], [2, 3], at(30))
    assert names(plan([replace(ending(1), due_at=at(20)), fired(2)], [(at(15), 300)], at(20), PACE))[2] == at(25)


def test_who_keeps_incidents_is_told_of_each_by_itself() -> None:
    found = plan([fired(1), fired(2), ending(3)], [(NOON, 9)], NOON, PACE, one_by_one=True)
    assert names(found) == ([[1], [2], [3]], [], None)


@pytest.mark.parametrize("services", [1000])
def test_a_thousand_at_once_make_one_message_in_ten_seconds(services: int) -> None:
    """They come over a minute, as their checks do; nothing is left out, and nothing waits longer than ten seconds."""
    waiting: list[Standing] = []
    sent: list[tuple[datetime, int]] = []
    slowest = 0.0
    for number in range(services + 200):
        now = at(number * 0.06)
        if number < services:
            waiting.append(fired(number, number * 0.06))
        due = [one for one in waiting if one.due_at is not None and one.due_at <= now]
        found = plan(due, sent, now, PACE) if due else Plan()
        gone = {one.incident_pk for message in found.messages for one in message}
        slowest = max(
            [
                slowest,
                *((now - one.noted_at).total_seconds() for one in waiting if one.incident_pk in gone and one.noted_at),
            ]
        )
        sent += [(now, len(message)) for message in found.messages]
        put_off = {one.incident_pk: one for one in found.waiting}
        waiting = [put_off.get(one.incident_pk, one) for one in waiting if one.incident_pk not in gone]
    assert sum(count for _, count in sent) == services
    assert not waiting
    assert slowest <= 10.1
    assert len(sent) <= 8
    assert all((later - earlier).total_seconds() >= 10 for (earlier, _), (later, _) in pairwise(sent))


def test_ends_that_trickle_in_do_not_keep_a_page_waiting() -> None:
    """Each end goes at once, and the page ten seconds after it was noted at the latest."""
    waiting: tuple[Standing, ...] = (fired(1),)
    sent: list[tuple[datetime, int]] = []
    for second in (0, 5, 9):
        found = plan([*waiting, ending(100 + second)], sent, at(second), PACE)
        assert found.messages[0][0].incident_pk == 100 + second
        waiting = found.waiting
        sent.append((at(second), 1))
    assert (waiting[0].due_at, waiting[0].waits_since) == (at(10), NOON)
    assert names(plan(waiting, sent, at(10), PACE)) == ([[1]], [], None)


class Storyteller(RuleBasedStateMachine):
    """A channel that hears of three incidents, with a clock that only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.standings = {pk: Standing(pk, 7) for pk in (1, 2, 3)}
        self.open: set[int] = set()
        self.sent: list[tuple[datetime, int]] = []
        self.heard: dict[int, list[str]] = {1: [], 2: [], 3: []}

    @rule(pk=st.sampled_from((1, 2, 3)))
    def begin(self, pk: int) -> None:
        self.standings[pk] = page(self.standings[pk], self.now, PACE)
        self.open.add(pk)

    @rule(pk=st.sampled_from((1, 2, 3)))
    def change(self, pk: int) -> None:
        if pk in self.open:
            self.standings[pk] = update(self.standings[pk], self.now, PACE)

    @rule(pk=st.sampled_from((1, 2, 3)), note=st.sampled_from(("", "Night, step 2")))
    def step(self, pk: int, note: str) -> None:
        if pk in self.open:
            self.standings[pk] = insist(self.standings[pk], self.now, note)

    @rule(pk=st.sampled_from((1, 2, 3)))
    def end(self, pk: int) -> None:
        if pk in self.open:
            self.standings[pk] = end(self.standings[pk], self.now)
            self.open.discard(pk)

    @rule(seconds=st.sampled_from((0, 0.3, 1, 5, 10, 60, 300, 5 * 3600)))
    def look(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        due = [one for one in self.standings.values() if one.due_at is not None and one.due_at <= self.now]
        found = plan(due, self.sent, self.now, PACE)
        for message in found.messages:
            self.sent.append((self.now, len(message)))
            for one in message:
                self.heard[one.incident_pk].append(one.pending)
                self.standings[one.incident_pk] = told(one, self.now, PACE)
        for one in found.waiting:
            assert one.due_at is not None
            assert self.now < one.due_at <= self.now + PACE.group
            self.standings[one.incident_pk] = one

    @invariant()
    def an_end_is_told_once_and_only_where_the_beginning_was(self) -> None:
        for words in self.heard.values():
            is_known = False
            for word in words:
                assert is_known or word in ("fired", "escalated")
                is_known = word != "resolved"

    @invariant()
    def nothing_that_is_to_be_told_is_forgotten(self) -> None:
        for pk, standing in self.standings.items():
            assert (standing.pending == "") is (standing.due_at is None)
            if pk in self.open:
                assert standing.was_told or standing.pending in ("fired", "escalated")
            else:
                assert standing.pending in ("", "resolved")


TestStoryteller = Storyteller.TestCase
TestStoryteller.settings = settings(max_examples=60, stateful_step_count=40)
