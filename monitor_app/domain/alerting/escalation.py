"""How an incident goes through the steps of a policy: until somebody answers, it is over, or nobody is left."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor_app.domain.alerting.on_call import Schedule, on_call
from monitor_app.domain.alerting.policy import Policy, Target
from monitor_app.domain.alerting.severity import rank

ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved"
MERGED: Final = "merged"
FINISHED: Final = "finished"
# Between the last step of a round and the first of the next one there is at least this.
ROUND_GAP: Final = timedelta(minutes=5)
# Whether an acknowledgement still stands is looked at so often, whatever else tells of it.
LOOK_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Where an incident stands in a policy: the step that comes next, and when. Without a time it has ended.

    While it is stopped by an acknowledgement, `due_at` is when that is looked at again.
    """

    incident_pk: int
    policy_pk: int
    severity: str
    round: int
    step: int
    started_at: datetime
    due_at: datetime | None
    why_stopped: str = ""

    @property
    def is_first(self) -> bool:
        """Whether nobody was told yet."""
        return self.round == 0 and self.step == 0


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That somebody takes care of an incident, perhaps until a moment."""

    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """The channels that a step comes to, and in words why others are left out."""

    channel_pks: tuple[int, ...]
    missing: tuple[str, ...] = ()
    # Nobody was reached, so it went to those who are told then.
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who can be told at a moment. Channels are those that are switched on: everybody's, and those of people."""

    channel_names: Mapping[int, str]
    channels_of: Mapping[int, tuple[int, ...]]
    people: Mapping[int, str]
    schedules: Mapping[int, Schedule]
    default_pks: tuple[int, ...] = ()


def begin(policy: Policy, incident_pk: int, severity: str, now: datetime) -> Run:
    """An incident is to be told by this policy."""
    return Run(incident_pk, policy.pk, severity, 0, 0, now, now + timedelta(minutes=policy.steps[0].after_minutes))


def advanced(run: Run, policy: Policy, now: datetime) -> Run:
    """A step was taken: when the next one comes, counted from now, so that what was missed does not come at once."""
    step, turn = run.step + 1, run.round
    if step >= len(policy.steps):
        step, turn = 0, turn + 1
    if turn >= policy.rounds:
        return replace(run, round=turn, step=step, due_at=None, why_stopped=FINISHED)
    wait = timedelta(minutes=policy.steps[step].after_minutes)
    return replace(run, round=turn, step=step, due_at=now + (max(wait, ROUND_GAP) if step == 0 else wait))


def stopped(run: Run, why: str, until: datetime | None = None) -> Run:
    """It goes on at `until`, or never by itself."""
    return replace(run, due_at=until, why_stopped=why)


def judged(run: Run, acknowledgement: Acknowledgement | None, now: datetime) -> Run:
    """Stopped by an acknowledgement that counts now; going on when there is none any more.

    What was acknowledged before the run began, or began anew because it got worse, is not acknowledged.
    """
    if run.why_stopped not in ("", ACKNOWLEDGED):
        return run
    if acknowledgement is not None and acknowledgement.at < run.started_at:
        acknowledgement = None
    if acknowledgement is None or (acknowledgement.until is not None and acknowledgement.until <= now):
        return replace(run, due_at=now, why_stopped="") if run.why_stopped else run
    again = now + LOOK_AGAIN
    return stopped(run, ACKNOWLEDGED, again if acknowledgement.until is None else min(acknowledgement.until, again))


def raised(run: Run, policy: Policy, severity: str, now: datetime) -> Run:
    """From the first step on when it is worse than it was."""
    if rank(severity) <= rank(run.severity):
        return run
    return begin(policy, run.incident_pk, severity, now)


def reach(run: Run, policy: Policy, receivers: Receivers, now: datetime) -> Reached:
    """Whom the next step tells. When that is nobody: the policy's fallback, else whoever is told by default."""
    found: dict[int, None] = {}
    missing: list[str] = []
    for target in policy.steps[min(run.step, len(policy.steps) - 1)].targets:
        pks, why = _channels(target, receivers, now)
        found |= dict.fromkeys(pks)
        missing += [why] if why else []
    if found:
        return Reached(tuple(found), tuple(missing))
    fallback = policy.fallback_channel_pk
    others = (fallback,) if fallback in receivers.channel_names else receivers.default_pks
    return Reached(tuple(pk for pk in others if pk is not None), tuple(missing), is_fallback=True)


def _channels(target: Target, receivers: Receivers, now: datetime) -> tuple[tuple[int, ...], str]:
    if target.type == "channel":
        is_there = target.pk in receivers.channel_names
        return ((target.pk,), "") if is_there else ((), "a channel is switched off or gone")
    if target.type == "account":
        return _person(target.pk, receivers)
    schedule = receivers.schedules.get(target.pk)
    if schedule is None:
        return (), "an on-call schedule is gone"
    account_pk = on_call(schedule, now).account_pk
    if account_pk is None:
        return (), f"nobody is on call in {schedule.name}"
    return _person(account_pk, receivers)


def _person(account_pk: int, receivers: Receivers) -> tuple[tuple[int, ...], str]:
    name = receivers.people.get(account_pk)
    if name is None:
        return (), "an account is gone or disabled"
    pks = receivers.channels_of.get(account_pk, ())
    return pks, "" if pks else f"{name} has no channel of their own"
