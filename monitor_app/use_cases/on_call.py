"""On-call schedules: who takes turns, who stands in, who is on call now and next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.on_call import (
    MEMBERS_LIMIT,
    OVERRIDE_DAYS_MAX,
    ROTATION_DAYS_MAX,
    Override,
    Schedule,
    Shift,
    next_on_call,
    on_call,
    shifts,
)
from monitor_app.domain.alerting.wall_clock import given_clock, given_day, given_zone
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import MONITOR_READ, ON_CALL_WRITE, Identity
from monitor_app.storage import on_call as table
from monitor_app.storage.accounts import Account, load_accounts
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.notice_input import given_moment
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("name", "time_zone", "starts_on", "hand_over_day", "hand_over_at", "rotation_days", "members")
DEFAULTS: Final[Mapping[str, Any]] = {
    "time_zone": "UTC",
    "hand_over_day": 0,
    "hand_over_at": "09:00",
    "rotation_days": 7,
}
NAME_LIMIT: Final = 80
REASON_LIMIT: Final = 200
SCHEDULES_LIMIT: Final = 100
OVERRIDES_LIMIT: Final = 500
SHIFTS_DAYS_MAX: Final = 400
SHIFTS_BY_ITSELF: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with who is on call now and next, the policies that name it, and who could not be told.

    `names` are of accounts, by pk.
    """

    schedule: Schedule
    now: Shift
    following: Shift | None
    names: Mapping[int, str]
    policies: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    def name(self, account_pk: int | None) -> str:
        """Of a person; "" for nobody."""
        return "" if account_pk is None else self.names.get(account_pk, "")


@dataclass(frozen=True, slots=True)
class People:
    """Who there is, by pk, and who has a channel of their own that is on."""

    accounts: Mapping[int, Account]
    reached: frozenset[int]

    @property
    def names(self) -> dict[int, str]:
        """Of all of them."""
        return {pk: account.username for pk, account in self.accounts.items()}

    def troubles(self, account_pks: Iterable[int]) -> list[str]:
        """Who of these cannot be told, a sentence for each reason."""
        whom: dict[str, list[str]] = {}
        for pk in dict.fromkeys(account_pks):
            account = self.accounts.get(pk)
            if account is None:
                whom["the account is deleted"] = ["somebody"]
            elif account.is_disabled:
                whom.setdefault("the account is disabled", []).append(account.username)
            elif pk not in self.reached:
                whom.setdefault("no channel of their own that is on", []).append(account.username)
        return [f"{_listed(sorted(names))} cannot be told: {why}" for why, names in whom.items()]


def takers(schedule: Schedule, now: datetime) -> list[int]:
    """Who takes turns, or stands in from now on."""
    standing_in = [each.account_pk for each in schedule.overrides if each.ends_at > now]
    return [*schedule.members, *(pk for pk in standing_in if pk is not None)]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


async def load_people(conn: AsyncConnection) -> People:
    """As the database has them now."""
    named = await table.load_named_channels(conn)
    reached = frozenset(each.account_pk for each in named if each.enabled and each.account_pk is not None)
    return People({account.pk: account for account in await load_accounts(conn)}, reached)


class OnCall:
    """Everybody with an account reads them, those with on-call:write keep them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def people(self, identity: Identity) -> list[Account]:
        """Who can take turns and be told: everybody who can log in, by name."""
        identity.require(ON_CALL_WRITE)
        async with self._database.read() as conn:
            return [account for account in await load_accounts(conn) if not account.is_disabled]

    async def list_all(self, identity: Identity) -> list[ScheduleView]:
        """All schedules, by name."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            people, policies = await load_people(conn), await table.load_policies(conn)
            return [self._view(each, people, policies) for each in await table.load_schedules(conn)]

    async def get(self, identity: Identity, pk: Any) -> ScheduleView:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await self._found(conn, pk)

    async def shifts(
        self, identity: Identity, pk: Any, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[ScheduleView, list[Shift]]:
        """Who is on call in a span of at most 400 days; from now on for four weeks. Raises NotFound, InvalidInput."""
        identity.require(MONITOR_READ)
        begins = since or self._clock.now()
        ends = until or begins + SHIFTS_BY_ITSELF
        if not begins < ends <= begins + timedelta(days=SHIFTS_DAYS_MAX):
            raise InvalidInput({"until": f"must be after since, by at most {SHIFTS_DAYS_MAX} days"})
        async with self._database.read() as conn:
            view = await self._found(conn, pk)
        return view, shifts(view.schedule, begins, ends)

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> ScheduleView:
        """Keep a new one; `members` are usernames in the order of their turns.

        Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken.
        """
        identity.require(ON_CALL_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            every = await table.load_schedules(conn)
            if len(every) >= SCHEDULES_LIMIT:
                raise Conflict({"name": f"cannot be kept: there are {SCHEDULES_LIMIT} schedules; delete some first"})
            given = {**DEFAULTS, "starts_on": f"{now:%Y-%m-%d}", **values}
            columns = _columns(given, await load_accounts(conn))
            _must_be_free(every, columns["name"])
            pk = await table.insert_schedule(conn, columns | {"created_at": now, "updated_at": now})
            made = await self._found(conn, pk)
            await _record(conn, identity, "on_call.create", now, made, after=_document(made))
        return made

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> ScheduleView:
        """Change what is named. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ON_CALL_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            before = await self._found(conn, pk)
            old = _document(before)
            columns = _columns(old | dict(values), await load_accounts(conn), set(values))
            _must_be_free(await table.load_schedules(conn), columns["name"], before.schedule.pk)
            await table.update_schedule(conn, before.schedule.pk, columns | {"updated_at": now})
            made = await self._found(conn, before.schedule.pk)
            new = _document(made)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(conn, identity, "on_call.update", now, made, before=sides[0], after=sides[1])
        return made

    async def delete(self, identity: Identity, pk: Any) -> None:
        """Take one away. Raises NotFound, and Conflict while policies name it."""
        identity.require(ON_CALL_WRITE)
        async with self._database.write() as conn:
            await lock(conn)
            before = await self._found(conn, pk)
            if before.policies:
                message = f"cannot be deleted: these policies name it: {', '.join(before.policies[:5])}"
                raise Conflict({"schedule": message}, {"policies": list(before.policies)})
            await table.delete_schedule(conn, before.schedule.pk)
            await _record(conn, identity, "on_call.delete", self._clock.now(), before, before=_document(before))

    async def stand_in(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> ScheduleView:
        """Let somebody stand in (`username`; None: nobody is on call) from `starts_at` to `ends_at`.

        Raises NotFound, InvalidInput with a message for each wrong field, Conflict when there are too many.
        """
        identity.require(ON_CALL_WRITE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            before = await self._found(conn, pk)
            if len(before.schedule.overrides) >= OVERRIDES_LIMIT:
                raise Conflict({"starts_at": f"cannot be kept: there are {OVERRIDES_LIMIT}; delete old ones first"})
            columns = _override_columns(values, await load_accounts(conn), now)
            columns |= {"schedule_pk": before.schedule.pk, "who": identity.name}
            await table.insert_override(conn, columns)
            made = await self._found(conn, before.schedule.pk)
            told = _override_document(made, made.schedule.overrides[-1])
            await _record(conn, identity, "on_call.stand_in", now, made, after=told)
        return made

    async def end_stand_in(self, identity: Identity, pk: Any, override_pk: Any) -> ScheduleView:
        """Take it back. Raises NotFound."""
        identity.require(ON_CALL_WRITE)
        number = given_pk("override", override_pk)
        async with self._database.write() as conn:
            await lock(conn)
            before = await self._found(conn, pk)
            override = next((each for each in before.schedule.overrides if each.pk == number), None)
            if override is None:
                raise NotFound("nobody stands in there")
            await table.delete_override(conn, number)
            told = _override_document(before, override)
            await _record(conn, identity, "on_call.stand_in_ended", self._clock.now(), before, before=told)
            return await self._found(conn, before.schedule.pk)

    async def _found(self, conn: AsyncConnection, pk: Any) -> ScheduleView:
        number = given_pk("schedule", pk)
        for schedule in await table.load_schedules(conn):
            if schedule.pk == number:
                return self._view(schedule, await load_people(conn), await table.load_policies(conn))
        raise NotFound("there is no such on-call schedule")

    def _view(self, schedule: Schedule, people: People, policies: Sequence[Any]) -> ScheduleView:
        now = self._clock.now()
        users = [
            policy.name
            for policy in policies
            if any(target.type == "schedule" and target.pk == schedule.pk for target in policy.targets())
        ]
        following = next_on_call(schedule, now)
        troubles = tuple(people.troubles(takers(schedule, now)))
        return ScheduleView(schedule, on_call(schedule, now), following, people.names, tuple(users), troubles)


def _columns(
    given: Mapping[str, Any], accounts: Sequence[Account], looked_at: set[str] | None = None
) -> dict[str, Any]:
    """What is to be written. Only members that somebody names now must be there and enabled.

    Raises InvalidInput with a message for each wrong field.
    """
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    if strange := [name for name in given if name not in FIELDS]:
        wrong[strange[0]] = f"is not known: an on-call schedule has {', '.join(FIELDS)}"
    is_new = looked_at is None or "members" in looked_at
    checks: dict[str, Callable[[Any], Any]] = {
        "name": lambda value: given_text("name", value, NAME_LIMIT),
        "time_zone": lambda value: given_zone("time_zone", value).key,
        "starts_on": lambda value: given_day("starts_on", value).isoformat(),
        "hand_over_day": lambda value: given_number("hand_over_day", value, 0, 6),
        "hand_over_at": lambda value: f"{given_clock('hand_over_at', value):%H:%M}",
        "rotation_days": lambda value: given_number("rotation_days", value, 1, ROTATION_DAYS_MAX),
        "members": lambda value: _given_members(value, accounts, must_be_enabled=is_new),
    }
    for name, check in checks.items():
        try:
            found[name] = check(given.get(name))
        except InvalidInput as err:
            wrong |= err.fields
    if wrong:
        raise InvalidInput(wrong)
    return found


def _given_members(value: Any, accounts: Sequence[Account], *, must_be_enabled: bool) -> list[int]:
    """Accounts by their usernames; somebody may have several turns."""
    if not isinstance(value, list | tuple) or not value or not all(isinstance(each, str) for each in value):
        message = f"must be a list of usernames with at least one: without anybody nobody is told; got {shown(value)}"
        raise InvalidInput({"members": message})
    if len(value) > MEMBERS_LIMIT:
        raise InvalidInput({"members": f"must be at most {MEMBERS_LIMIT} turns, got {len(value)}"})
    return [_account("members", name, accounts, must_be_enabled=must_be_enabled).pk for name in value]


def _account(field: str, name: Any, accounts: Sequence[Account], *, must_be_enabled: bool = True) -> Account:
    account = next((each for each in accounts if each.username == name), None)
    if account is None:
        raise InvalidInput({field: f"must be people with an account: there is no {shown(name)}"})
    if account.is_disabled and must_be_enabled:
        raise InvalidInput({field: f"must be people who can log in: the account {account.username} is disabled"})
    return account


def _override_columns(values: Mapping[str, Any], accounts: Sequence[Account], now: datetime) -> dict[str, Any]:
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    if strange := [name for name in values if name not in ("username", "starts_at", "ends_at", "reason")]:
        wrong[strange[0]] = "is not known: who stands in has username, starts_at, ends_at, reason"
    name = values.get("username")
    checks: dict[str, Callable[[], Any]] = {
        "account_pk": lambda: None if name is None else _account("username", name, accounts).pk,
        "starts_at": lambda: given_moment("starts_at", values.get("starts_at")) or now,
        "ends_at": lambda: given_moment("ends_at", values.get("ends_at")),
        "reason": lambda: given_text("reason", values.get("reason", ""), REASON_LIMIT, is_required=False),
    }
    for field, check in checks.items():
        try:
            found[field] = check()
        except InvalidInput as err:
            wrong |= err.fields
    ends_at, starts_at = found.get("ends_at"), found.get("starts_at")
    if "ends_at" not in wrong and starts_at is not None:
        if ends_at is None:
            wrong["ends_at"] = "is required: who stands in does so until a time"
        elif ends_at <= starts_at:
            wrong["ends_at"] = "must be after starts_at"
        elif ends_at <= now:
            wrong["ends_at"] = "must be in the future"
        elif ends_at - starts_at > timedelta(days=OVERRIDE_DAYS_MAX):
            wrong["ends_at"] = f"must be within {OVERRIDE_DAYS_MAX} days: for longer, change who takes turns"
    if wrong:
        raise InvalidInput(wrong)
    return found


def _document(view: ScheduleView) -> dict[str, Any]:
    """As people give it, and as the audit log tells it."""
    schedule = view.schedule
    return {
        "name": schedule.name,
        "time_zone": schedule.zone.key,
        "starts_on": schedule.starts_on.isoformat(),
        "hand_over_day": schedule.hand_over_day,
        "hand_over_at": f"{schedule.hand_over_at:%H:%M}",
        "rotation_days": schedule.rotation_days,
        "members": [view.name(pk) for pk in schedule.members],
    }


def _override_document(view: ScheduleView, override: Override) -> dict[str, Any]:
    return {
        "username": view.name(override.account_pk) or None,
        "starts_at": override.starts_at.astimezone(UTC).isoformat(),
        "ends_at": override.ends_at.astimezone(UTC).isoformat(),
        "reason": override.reason,
    }


def _must_be_free(every: Sequence[Schedule], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(one.name.casefold() == name.casefold() and one.pk != but for one in every):
        raise Conflict({"name": "is taken by another on-call schedule"})


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, view: ScheduleView, **sides: Any
) -> None:
    await record(conn, identity, action, at=at, target_type="on_call", target=view.schedule.name, **sides)
