"""How an incident goes through the steps of a policy."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor_app.domain.alerting.escalation import (
    ACKNOWLEDGED,
    FINISHED,
    MERGED,
    RESOLVED,
    Acknowledgement,
    Reached,
    Receivers,
    advanced,
    begin,
    judged,
    raised,
    reach,
    stopped,
)
from monitor_app.domain.alerting.on_call import Override, Schedule
from monitor_app.domain.alerting.policy import Policy, Step, Target
from tests.samples import NOON

CHANNEL, ADA, OPS = Target("channel", 3), Target("account", 1), Target("schedule", 5)
POLICY = Policy(9, "Night", False, (Step(0, (CHANNEL,)), Step(15, (ADA, OPS))), rounds=2, fallback_channel_pk=4)
# Ada's week, then Bob's.
SCHEDULE = Schedule(5, "Ops", ZoneInfo("Europe/Berlin"), date(2026, 5, 11), 0, time(9), 7, (1, 2))
EVERYBODY = Receivers(
    {3: "Mail", 4: "Chat", 11: "Ada's", 12: "Bob's"}, {1: (11,), 2: (12,)}, {1: "ada", 2: "bob"}, {5: SCHEDULE}
)
RUN = begin(POLICY, 1, "warning", NOON)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def test_steps_come_in_order_and_again_for_each_round() -> None:
    due = [RUN.due_at]
    run = RUN
    for _ in range(3):
        assert run.due_at is not None
        run = advanced(run, POLICY, run.due_at)
        due.append(run.due_at)
    # A round begins five minutes after the one before at the earliest.
    assert due == [NOON, minutes(15), minutes(20), minutes(35)]
    assert (run.round, run.step, run.is_first, RUN.is_first) == (1, 1, False, True)
    over = advanced(run, POLICY, minutes(35))
    assert (over.due_at, over.why_stopped) == (None, FINISHED)


def test_what_was_missed_does_not_come_at_once() -> None:
    assert advanced(RUN, POLICY, minutes(120)).due_at == minutes(135)


def test_an_acknowledgement_stops_it_until_it_runs_out() -> None:
    for_ever, short = Acknowledgement(minutes(1)), Acknowledgement(minutes(1), minutes(1.5))
    stops = judged(RUN, for_ever, minutes(1))
    assert (stops.why_stopped, stops.due_at) == (ACKNOWLEDGED, minutes(2))
    assert judged(stops, for_ever, minutes(2)).due_at == minutes(3)
    assert judged(RUN, short, minutes(1)).due_at == minutes(1.5)
    # Somebody may take it back before it runs out.
    assert judged(RUN, Acknowledgement(minutes(1), minutes(60)), minutes(1)).due_at == minutes(2)
    # It was taken back, or has run out: on from where it stood, at once.
    for taken_back in (None, short):
        goes_on = judged(stops, taken_back, minutes(4))
        assert (goes_on.due_at, goes_on.why_stopped, goes_on.step) == (minutes(4), "", 0)
    assert judged(RUN, None, minutes(4)) == RUN
    over = stopped(RUN, RESOLVED)
    assert judged(over, None, minutes(4)) == over
    assert judged(stopped(RUN, MERGED), for_ever, minutes(4)).why_stopped == MERGED


def test_what_gets_worse_begins_anew_and_is_not_acknowledged() -> None:
    run = judged(advanced(RUN, POLICY, NOON), Acknowledgement(minutes(1)), minutes(1))
    worse = raised(run, POLICY, "critical", minutes(3))
    assert (worse.step, worse.round, worse.due_at, worse.severity) == (0, 0, minutes(3), "critical")
    assert judged(worse, Acknowledgement(minutes(1)), minutes(3)) == worse
    assert judged(worse, Acknowledgement(minutes(4)), minutes(4)).why_stopped == ACKNOWLEDGED
    assert raised(run, POLICY, "warning", minutes(3)) == run


def test_a_step_reaches_channels_people_and_who_is_on_call_at_that_moment() -> None:
    assert reach(RUN, POLICY, EVERYBODY, NOON) == Reached((3,))
    second = replace(RUN, step=1)
    assert reach(second, POLICY, EVERYBODY, NOON) == Reached((11,))
    week_later = NOON + timedelta(days=7)
    assert reach(second, POLICY, EVERYBODY, week_later) == Reached((11, 12))
    # The schedule's hand-over is at 9 o'clock in Berlin, which is 7 UTC in summer.
    hand_over = datetime(2026, 5, 18, 7, tzinfo=UTC)
    assert reach(second, POLICY, EVERYBODY, hand_over - timedelta(seconds=1)) == Reached((11,))
    assert reach(second, POLICY, EVERYBODY, hand_over) == Reached((11, 12))


def test_who_cannot_be_told_is_named_and_the_fallback_told() -> None:
    second = replace(RUN, step=1)
    without = replace(EVERYBODY, channels_of={})
    found = reach(second, POLICY, without, NOON)
    assert found == Reached(
        (4,), ("ada has no channel of their own", "ada has no channel of their own"), is_fallback=True
    )
    nobody = Override(1, None, NOON, minutes(60))
    absent = replace(without, people={}, schedules={5: replace(SCHEDULE, overrides=(nobody,))})
    assert reach(second, POLICY, absent, NOON).missing == ("an account is gone or disabled", "nobody is on call in Ops")
    assert reach(second, POLICY, replace(absent, schedules={}), NOON).missing[1] == "an on-call schedule is gone"


def test_without_a_fallback_the_default_channels_are_told() -> None:
    off = replace(EVERYBODY, channel_names={12: "Bob's"}, default_pks=(12,))
    found = reach(RUN, POLICY, off, NOON)
    assert found == Reached((12,), ("a channel is switched off or gone",), is_fallback=True)
    assert reach(RUN, POLICY, replace(off, default_pks=()), NOON).channel_pks == ()
