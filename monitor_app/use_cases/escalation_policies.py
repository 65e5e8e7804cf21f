"""Escalation policies: who is told first, and who when nobody answers; kept by editors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.on_call import Schedule
from monitor_app.domain.alerting.policy import ROUNDS_MAX, Policy, Step, Target, parse_steps, steps_document
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, ON_CALL_WRITE, Identity
from monitor_app.storage import on_call as table
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.on_call import People, load_people, takers
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("name", "is_default", "steps", "rounds", "fallback_channel")
NAME_LIMIT: Final = 80
POLICIES_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Reachable:
    """Everything that a step can name, by the kind of target and its pk."""

    channels: Sequence[table.NamedChannel]
    people: People
    schedules: Sequence[Schedule]

    def name(self, target: Target) -> str:
        """What a target is called; "" when it is gone."""
        names: Mapping[str, Callable[[], dict[int, str]]] = {
            "channel": lambda: {each.pk: each.name for each in self.channels},
            "account": lambda: self.people.names,
            "schedule": lambda: {each.pk: each.name for each in self.schedules},
        }
        return names[target.type]().get(target.pk, "")

    def trouble(self, target: Target) -> str:
        """Why nobody is reached by it, for a message; "" when somebody is."""
        if target.type == "channel":
            channel = next((each for each in self.channels if each.pk == target.pk), None)
            if channel is None:
                return f"there is no channel {target.pk}"
            return "" if channel.enabled else f"the channel {channel.name} is disabled: enable it, or name another one"
        if target.type == "account":
            account = self.people.accounts.get(target.pk)
            if account is None:
                return f"there is no account {target.pk}"
            return f"the account {account.username} is disabled" if account.is_disabled else ""
        schedule = next((each for each in self.schedules if each.pk == target.pk), None)
        if schedule is None:
            return f"there is no on-call schedule {target.pk}"
        return "" if schedule.members else f"nobody takes turns in the schedule {schedule.name}"

    def troubles(self, targets: Iterable[Target], now: datetime) -> list[str]:
        """Who of all that a policy names cannot be told, and why: it can be kept, for what is missing is elsewhere."""
        found, people = list[str](), list[int]()
        for target in targets:
            if trouble := self.trouble(target):
                found.append(trouble)
            elif target.type == "account":
                people.append(target.pk)
            elif target.type == "schedule":
                people += takers(next(each for each in self.schedules if each.pk == target.pk), now)
        return [*found, *self.people.troubles(people)]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy, with the names of what it names, the rules that use it, and what is wrong with it by now."""

    policy: Policy
    names: Mapping[Target, str]
    fallback: str
    rules: tuple[str, ...]
    troubles: tuple[str, ...]


class EscalationPolicies:
    """Everybody with an account reads them, those with on-call:write keep them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_all(self, identity: Identity) -> list[PolicyView]:
        """All, by name."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            reachable = await load_reachable(conn, identity)
            return [await self._view(conn, policy, reachable) for policy in await table.load_policies(conn)]

    async def get(self, identity: Identity, pk: Any) -> PolicyView:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await self._view(conn, await _found(conn, pk), await load_reachable(conn, identity))

    async def reachable(self, identity: Identity) -> Reachable:
        """What steps can name."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await load_reachable(conn, identity)

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> PolicyView:
        """Keep a new one.

        Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken.
        """
        identity.require(ON_CALL_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            reachable, every = await load_reachable(conn, identity), await table.load_policies(conn)
            if len(every) >= POLICIES_LIMIT:
                raise Conflict({"name": f"cannot be kept: there are {POLICIES_LIMIT} policies; delete some first"})
            columns = _columns({"is_default": False, "rounds": 1, "fallback_channel": None, **values}, reachable)
            _must_be_free(every, columns["name"])
            if columns["is_default"]:
                await table.no_default_policy(conn)
            pk = await table.insert_policy(conn, columns | {"created_at": now, "updated_at": now})
            made = await self._view(conn, await _found(conn, pk), reachable)
            await _record(conn, identity, "escalation_policy.create", now, made.policy.name, after=_document(made))
        return made

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> PolicyView:
        """Change what is named. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ON_CALL_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            reachable, before = await load_reachable(conn, identity), await _found(conn, pk)
            old = _document(await self._view(conn, before, reachable))
            columns = _columns(_plain(before) | dict(values), reachable, set(values))
            _must_be_free(await table.load_policies(conn), columns["name"], before.pk)
            if columns["is_default"] and not before.is_default:
                await table.no_default_policy(conn)
            await table.update_policy(conn, before.pk, columns | {"updated_at": now})
            made = await self._view(conn, await _found(conn, before.pk), reachable)
            new = _document(made)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(
                conn, identity, "escalation_policy.update", now, made.policy.name, before=sides[0], after=sides[1]
            )
        return made

    async def delete(self, identity: Identity, pk: Any) -> None:
        """Take one away. Raises NotFound, and Conflict while alert rules name it or incidents go through its steps."""
        identity.require(ON_CALL_WRITE)
        async with self._database.write() as conn:
            await lock(conn)
            before = await _found(conn, pk)
            if names := await table.rules_with_policy(conn, before.pk):
                message = f"cannot be deleted: these rules go by it: {', '.join(names[:5])}"
                raise Conflict({"policy": message}, {"rules": names})
            if titles := await table.incidents_on_policy(conn, before.pk):
                message = f"cannot be deleted: open incidents go through its steps: {', '.join(titles[:5])}"
                raise Conflict({"policy": message}, {"incidents": titles})
            document = _document(await self._view(conn, before, await load_reachable(conn, identity)))
            await table.delete_policy(conn, before.pk)
            await _record(conn, identity, "escalation_policy.delete", self._clock.now(), before.name, before=document)

    async def _view(self, conn: AsyncConnection, policy: Policy, reachable: Reachable) -> PolicyView:
        targets = list(dict.fromkeys(policy.targets()))
        fallback = None if policy.fallback_channel_pk is None else Target("channel", policy.fallback_channel_pk)
        troubles = reachable.troubles(targets, self._clock.now())
        # The fallback is there for when nobody is reached: that it does not work is found out too late otherwise.
        if fallback is not None and (words := reachable.trouble(fallback)):
            troubles.append(f"the channel for when a step reaches nobody: {words}")
        return PolicyView(
            policy,
            {target: reachable.name(target) for target in targets},
            "" if fallback is None else reachable.name(fallback),
            tuple(await table.rules_with_policy(conn, policy.pk)),
            tuple(dict.fromkeys(troubles)),
        )


async def load_reachable(conn: AsyncConnection, identity: Identity) -> Reachable:
    """As the database has it now. What others call their own channels is shown to who may change channels."""
    people, named = await load_people(conn), await table.load_named_channels(conn)
    if not identity.may(CHANNEL_WRITE):
        named = [
            replace(each, name=f"a channel of {people.names.get(each.account_pk, 'somebody')}")
            if each.account_pk not in (None, identity.account_pk)
            else each
            for each in named
        ]
    return Reachable(named, people, await table.load_schedules(conn))


async def _found(conn: AsyncConnection, pk: Any) -> Policy:
    number = given_pk("policy", pk)
    for policy in await table.load_policies(conn):
        if policy.pk == number:
            return policy
    raise NotFound("there is no such escalation policy")


def _plain(policy: Policy) -> dict[str, Any]:
    """A policy as values that `_columns` takes."""
    return {
        "name": policy.name,
        "is_default": policy.is_default,
        "steps": steps_document(policy.steps),
        "rounds": policy.rounds,
        "fallback_channel": policy.fallback_channel_pk,
    }


def _columns(given: dict[str, Any], reachable: Reachable, looked_at: set[str] | None = None) -> dict[str, Any]:
    """What is to be written. Only what somebody names now (`looked_at`) has to reach people: the rest may have changed.

    Raises InvalidInput with a message for each wrong field.
    """
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    if strange := [name for name in given if name not in FIELDS]:
        wrong[strange[0]] = f"is not known: an escalation policy has {', '.join(FIELDS)}"
    checks: dict[str, Callable[[Any], Any]] = {
        "name": lambda value: given_text("name", value, NAME_LIMIT),
        "is_default": _given_switch,
        "steps": lambda value: _given_steps(value, reachable, looked_at is None or "steps" in looked_at),
        "rounds": lambda value: given_number("rounds", value, 1, ROUNDS_MAX),
        "fallback_channel": lambda value: _given_fallback(
            value, reachable, looked_at is None or "fallback_channel" in looked_at
        ),
    }
    for name, check in checks.items():
        try:
            found[name] = check(given.get(name))
        except InvalidInput as err:
            wrong |= err.fields
    if wrong:
        raise InvalidInput(wrong)
    return {
        "name": found["name"],
        "is_default": found["is_default"],
        "steps": steps_document(found["steps"]),
        "rounds": found["rounds"],
        "fallback_channel_pk": found["fallback_channel"],
    }


def _given_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput({"is_default": f"must be true or false, got {shown(value)}"})
    return value


def _given_steps(value: Any, reachable: Reachable, must_reach: bool) -> tuple[Step, ...]:
    steps = parse_steps(value)
    for number, step in enumerate(steps, 1):
        for target in step.targets:
            if must_reach and (text := reachable.trouble(target)):
                raise InvalidInput({"steps": f"step {number}: {text}"})
    return steps


def _given_fallback(value: Any, reachable: Reachable, must_reach: bool) -> int | None:
    if value is None:
        return None
    pk = given_pk("fallback_channel", value)
    if must_reach and (text := reachable.trouble(Target("channel", pk))):
        raise InvalidInput({"fallback_channel": text})
    return pk


def _document(view: PolicyView) -> dict[str, Any]:
    """As the audit log tells it: by names."""
    policy = view.policy
    return {
        "name": policy.name,
        "is_default": policy.is_default,
        "rounds": policy.rounds,
        "fallback_channel": view.fallback,
        "steps": [
            {
                "after_minutes": step.after_minutes,
                "targets": [f"{target.type} {view.names.get(target, '')}".strip() for target in step.targets],
            }
            for step in policy.steps
        ],
    }


def _must_be_free(every: Sequence[Policy], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(one.name.casefold() == name.casefold() and one.pk != but for one in every):
        raise Conflict({"name": "is taken by another escalation policy"})


async def _record(conn: AsyncConnection, identity: Identity, action: str, at: Any, name: str, **sides: Any) -> None:
    await record(conn, identity, action, at=at, target_type="escalation_policy", target=name, **sides)
