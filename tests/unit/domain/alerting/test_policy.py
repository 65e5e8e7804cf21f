"""Escalation policies and messages as documents."""

from datetime import timedelta
from typing import Any

import pytest

from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.policy import Policy, Step, Target, parse_steps, steps_document
from monitor_app.errors import InvalidInput
from tests.samples import NOON

STEPS = [
    {"after_minutes": 0, "targets": [{"type": "schedule", "pk": 1}]},
    {"after_minutes": 15, "targets": [{"type": "account", "pk": 2}, {"type": "channel", "pk": 3}]},
]


def test_steps_are_their_document() -> None:
    steps = parse_steps(STEPS)
    assert steps == (
        Step(0, (Target("schedule", 1),)),
        Step(15, (Target("account", 2), Target("channel", 3))),
    )
    assert steps_document(steps) == STEPS
    policy = Policy(1, "Night", False, steps)
    assert [target.pk for target in policy.targets()] == [1, 2, 3]


def test_a_target_named_twice_is_told_once() -> None:
    (step,) = parse_steps([{"targets": [{"type": "channel", "pk": 3}] * 2}])
    assert step == Step(0, (Target("channel", 3),))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("now", "must be a list of steps"),
        ([], "at least one step: a policy without one tells nobody"),
        (STEPS * 6, "at most 10 steps, got 12"),
        (["now"], "step 1 must have after_minutes and targets"),
        ([*STEPS, {"targets": [], "after_minutes": 1}], "step 3 must name at least one channel"),
        ([{"targets": "3"}], "step 1 must name at least one"),
        ([{"targets": [{"type": "channel", "pk": 3}] * 21}], "step 1 must have at most 20 targets"),
        ([{"targets": [3]}], "step 1: target must have a type and a pk"),
        ([{"targets": [{"type": "group", "pk": 3}]}], "step 1: type must be one of channel, account, schedule"),
        ([{"targets": [{"type": "channel", "pk": "3"}]}], "step 1: pk must be a whole number"),
        ([{"targets": [{"type": "channel", "pk": 3}], "after_minutes": -1}], "step 1: after_minutes must be"),
        ([{"targets": [{"type": "channel", "pk": 3}], "when": 1}], "step 1 must have after_minutes and targets"),
    ],
    ids=str,
)
def test_what_is_no_policy_is_refused_by_its_step(steps: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_steps(steps)
    assert words in refused.value.fields["steps"]


@pytest.mark.parametrize("ended_at", [None, NOON + timedelta(hours=1)], ids=["open", "over"])
def test_a_message_is_its_document(ended_at: Any) -> None:
    alert = ToldAlert("db", "DB", "A service is down", "critical", "firing", NOON, "refused", ended_at)
    message = Message(
        "resolved" if ended_at else "fired",
        "DB is down",
        "critical",
        NOON,
        NOON,
        "refused",
        incident_pk=3,
        alerts=(alert,),
        affected=("Shop",),
        affected_count=23,
        resolved_at=ended_at,
    )
    assert Message.parse(message.document()) == message
    assert message.is_resolved is (ended_at is not None)
