"""Service level objectives: kept by editors, and how each does now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.given import given_number, given_pk, given_text
from monitor_app.domain.objective import (
    NAME_LIMIT,
    OBJECTIVES_LIMIT,
    WINDOW_DAYS_MAX,
    Budget,
    Objective,
    Verdict,
    budget_of,
    burn_rate,
    given_target,
    verdict_of,
)
from monitor_app.domain.service import GROUP_LIMIT, ServiceDefinition
from monitor_app.domain.uptime import Span, Uptime, mean_uptime, uptime_of
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.models.types import to_millis
from monitor_app.security.permissions import MONITOR_READ, OBJECTIVE_WRITE, Identity
from monitor_app.storage import objectives as table
from monitor_app.storage.database import Database
from monitor_app.storage.fleet import read_lives
from monitor_app.storage.services import load_services_by_pk
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

__all__ = ["FIELDS", "Burn", "Objective", "ObjectiveFigures", "ObjectiveUseCases"]

FIELDS: Final = ("name", "service_id", "group", "target", "window_days")
# Over which spans it is told how fast the budget goes: what happens right now, and what has gone on for a while.
BURN_HOURS: Final = (1, 6, 24, 72)
# So long the figures serve all who ask, unless an objective changed.
KEPT: Final = timedelta(minutes=1)
_NAME_LIMIT: Final = 63
_FIGURES_LIMIT: Final = 500
_HOUR_MS: Final = 3_600_000

Lives = Mapping[int, tuple[Sequence[Span], Sequence[Span]]]


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast the budget went in the last so many hours; None: nothing is known of them."""

    hours: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class ObjectiveFigures:
    """An objective and how it does. `service_id` is None for one of a group, and of a service that was deleted; then
    `label` is "".
    """

    objective: Objective
    service_id: str | None
    label: str
    services: int
    uptime: Uptime | None
    budget: Budget
    verdict: Verdict
    burn: float | None
    burns: tuple[Burn, ...]


class ObjectiveUseCases:
    """Everybody with an account reads objectives, editors keep them."""

    def __init__(self, database: Database, clock: Clock, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._present = present
        self._turn = asyncio.Lock()
        self._kept: tuple[datetime, list[ObjectiveFigures]] | None = None

    async def figures(self, identity: Identity) -> list[ObjectiveFigures]:
        """All of them, by name, each with how it does now, or did a minute ago."""
        identity.require(MONITOR_READ)
        async with self._turn, self._database.read() as conn:
            now, wanted = self._clock.now(), await table.load_objectives(conn)
            if self._kept is not None:
                made_at, kept = self._kept
                if timedelta() <= now - made_at < KEPT and [one.objective for one in kept] == wanted:
                    return kept
            found = await self._figures(conn, wanted)
            self._kept = self._clock.now(), found
            return found

    async def get(self, identity: Identity, pk: Any) -> ObjectiveFigures:
        """One of them. Raises NotFound."""
        number = given_pk("objective", pk)
        for one in await self.figures(identity):
            if one.objective.pk == number:
                return one
        raise NotFound("there is no such objective")

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> ObjectiveFigures:
        """Keep a new one: `name`, `target`, `window_days`, and either `service_id` or `group`.

        Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken or too many.
        """
        identity.require(OBJECTIVE_WRITE)
        columns, now = self._columns(dict(values)), self._clock.now()
        async with self._database.write() as conn:
            every = await table.load_objectives(conn)
            if len(every) >= OBJECTIVES_LIMIT:
                raise Conflict({"name": f"cannot be kept: there are {OBJECTIVES_LIMIT} objectives; delete some first"})
            _must_be_free(every, columns["name"])
            pk = await table.insert_objective(conn, columns | {"created_at": now, "updated_at": now})
            made = await _found(conn, pk)
            await _record(conn, identity, "objective.create", now, made.name, after=await _document(conn, made))
        return await self.get(identity, pk)

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> ObjectiveFigures:
        """Change what is named. Raises NotFound, InvalidInput, Conflict."""
        identity.require(OBJECTIVE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, pk)
            old = await _document(conn, before)
            given = dict(values)
            # Who names a group speaks of that and no longer of the service, and the other way round.
            kept = {name: value for name, value in old.items() if name not in ("service_id", "group")}
            if not {"service_id", "group"} & given.keys():
                columns = self._columns(kept | given, needs_subject=False)
            else:
                columns = self._columns(kept | given)
            _must_be_free(await table.load_objectives(conn), columns["name"], before.pk)
            now = self._clock.now()
            await table.update_objective(conn, before.pk, columns | {"updated_at": now})
            after = await _found(conn, before.pk)
            new = await _document(conn, after)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(conn, identity, "objective.update", now, after.name, before=sides[0], after=sides[1])
        return await self.get(identity, before.pk)

    async def delete(self, identity: Identity, pk: Any) -> None:
        """Take one away. Raises NotFound."""
        identity.require(OBJECTIVE_WRITE)
        async with self._database.write() as conn:
            before = await _found(conn, pk)
            document = await _document(conn, before)
            await table.delete_objective(conn, before.pk)
            await _record(conn, identity, "objective.delete", self._clock.now(), before.name, before=document)

    def _columns(self, given: dict[str, Any], *, needs_subject: bool = True) -> dict[str, Any]:
        """What is to be written. Raises InvalidInput with a message for each wrong field."""
        wrong: dict[str, str] = {}
        columns: dict[str, Any] = {}
        checks: dict[str, Any] = {
            "name": lambda value: given_text("name", value, NAME_LIMIT),
            "target": lambda value: given_target("target", value),
            "window_days": lambda value: given_number("window_days", value, 1, WINDOW_DAYS_MAX),
        }
        if strange := [name for name in given if name not in FIELDS]:
            wrong[strange[0]] = f"is not known: an objective has {', '.join(FIELDS)}"
        for name, check in checks.items():
            try:
                columns[name] = check(given.get(name))
            except InvalidInput as err:
                wrong |= err.fields
        if needs_subject:
            try:
                columns |= self._subject(given.get("service_id") or "", given.get("group") or "")
            except InvalidInput as err:
                wrong |= err.fields
        if wrong:
            raise InvalidInput(wrong)
        return columns

    def _subject(self, service_id: Any, group: Any) -> dict[str, Any]:
        """Raises InvalidInput unless there is either a service or a group of this name."""
        name = given_text("service_id", service_id, _NAME_LIMIT, is_required=False)
        inside = given_text("group", group, GROUP_LIMIT, is_required=False)
        if bool(name) == bool(inside):
            raise InvalidInput({"service_id": "must name a service, or `group` a group: one of the two"})
        if inside:
            if inside not in self._present.tree():
                raise InvalidInput({"group": f"must be a group that exists: there is no {inside}"})
            return {"service_pk": None, "group": inside}
        for service in self._present.definitions():
            if service.service_id == name:
                return {"service_pk": service.pk, "group": ""}
        raise InvalidInput({"service_id": f"must be a service that exists: there is no {name}"})

    async def _figures(self, conn: AsyncConnection, wanted: Sequence[Objective]) -> list[ObjectiveFigures]:
        if not wanted:
            return []
        there = {service.pk: service for service in self._present.definitions()}
        pks_of = {one.pk: self._pks(one, there) for one in wanted}
        every = frozenset().union(*pks_of.values())
        now = self._clock.now()
        since = now - timedelta(days=max(one.window_days for one in wanted))
        # So many are not listed in a statement.
        asked = every if len(every) <= _FIGURES_LIMIT else None
        lives: Lives = await read_lives(conn, asked, since, now)
        past = _Past(lives, to_millis(now))
        return await asyncio.to_thread(lambda: [_figures_of(one, there, pks_of[one.pk], past) for one in wanted])

    def _pks(self, objective: Objective, there: Mapping[int, ServiceDefinition]) -> frozenset[int]:
        if objective.service_pk is not None:
            return frozenset({objective.service_pk} & there.keys())
        return frozenset(service.pk for service in self._present.of_group(objective.group))


class _Past:
    """How services did together; objectives of the same services share what is found out."""

    def __init__(self, lives: Lives, now_ms: int) -> None:
        self._lives = lives
        self._now_ms = now_ms
        self._known: dict[tuple[frozenset[int], int], Uptime | None] = {}

    def together(self, pks: frozenset[int], hours: int) -> Uptime | None:
        """The mean of these services over the last so many hours."""
        if (pks, hours) not in self._known:
            since = self._now_ms - hours * _HOUR_MS
            parts = ((1.0, uptime_of(since, self._now_ms, *self._lives[pk])) for pk in pks if pk in self._lives)
            self._known[pks, hours] = mean_uptime(parts)
        return self._known[pks, hours]


def _figures_of(
    objective: Objective, there: Mapping[int, ServiceDefinition], pks: frozenset[int], past: _Past
) -> ObjectiveFigures:
    uptime = past.together(pks, objective.window_days * 24)
    budget = budget_of(objective.target, uptime)
    burns = tuple(Burn(hours, burn_rate(objective.target, past.together(pks, hours))) for hours in BURN_HOURS)
    service = None if objective.service_pk is None else there.get(objective.service_pk)
    service_id, label = (None, "") if service is None else (service.service_id, service.label)
    burn = burn_rate(objective.target, uptime)
    return ObjectiveFigures(objective, service_id, label, len(pks), uptime, budget, verdict_of(budget), burn, burns)


async def _found(conn: AsyncConnection, pk: Any) -> Objective:
    objective = await table.find_objective(conn, given_pk("objective", pk))
    if objective is None:
        raise NotFound("there is no such objective")
    return objective


def _must_be_free(every: Sequence[Objective], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(one.name == name and one.pk != but for one in every):
        raise Conflict({"name": "is taken by another objective"})


async def _document(conn: AsyncConnection, objective: Objective) -> dict[str, Any]:
    service_id = ""
    if objective.service_pk is not None:
        service = (await load_services_by_pk(conn, [objective.service_pk])).get(objective.service_pk)
        service_id = "" if service is None else service.service_id
    return {
        "name": objective.name,
        "service_id": service_id,
        "group": objective.group,
        "target": objective.target,
        "window_days": objective.window_days,
    }


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, name: str, **sides: Any
) -> None:
    await record(conn, identity, action, at=at, target_type="objective", target=name, **sides)
