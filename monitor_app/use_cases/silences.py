"""Silences: alerts that nobody is to be told of until a moment, and why. They are recorded and shown all the same."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.silence import Silence
from monitor_app.domain.given import given_number, given_pk, given_text
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, Identity
from monitor_app.storage import silences as table
from monitor_app.storage.alert_rules import load_rules
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.use_cases.alerts import by_rule, found_alerts
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.notice_input import given_moment
from monitor_app.use_cases.scope_input import given_scope, scope_names, services_of
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("scope", "rule", "reason", "starts_at", "minutes", "ends_at")
REASON_LIMIT: Final = 200
# Whoever wants to be silent for longer wants another rule.
DAYS_MAX: Final = 90
MINUTES_MAX: Final = DAYS_MAX * 24 * 60
LIST_LIMIT: Final = 500
OPEN_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class SilenceView:
    """A silence as people see it. `rule` is the name of the one that it is about; "" for all."""

    silence: Silence
    scope: Mapping[str, Sequence[str]]
    services: int
    rule: str
    is_active: bool


class SilenceUseCases:
    """Everybody with an account reads them, those with alert:acknowledge make and end them."""

    def __init__(self, database: Database, clock: Clock, present: Present) -> None:
        self._database = database
        self._clock = clock
        self._present = present

    async def list_all(self, identity: Identity, *, with_ended: bool = False) -> list[SilenceView]:
        """Those that are not over, and those that begin later; the last 500 with those that ended."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            names, now = await _rule_names(conn), self._clock.now()
            found = await table.load_silences(conn, LIST_LIMIT) if with_ended else await table.load_active(conn, now)
        return [self._view(each, names, now) for each in found]

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> SilenceView:
        """Be silent about a scope, and one rule where it is named, until `ends_at`, or for so many `minutes`.

        Raises InvalidInput with a message for each wrong field, Conflict when there are too many.
        """
        identity.require(ALERT_ACKNOWLEDGE)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            names = await _rule_names(conn)
            columns = self._columns(values, names, now)
            (made,) = await self._insert(conn, identity, [columns], now)
            view = self._view(made, names, now)
            await _record(conn, identity, "silence.create", now, view, after=_document(view))
        return view

    async def create_for_alerts(
        self, identity: Identity, alert_pks: Collection[Any], minutes: Any, reason: Any
    ) -> list[SilenceView]:
        """Be silent about the rules and services of these alerts. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        span = timedelta(minutes=given_number("minutes", minutes, 1, MINUTES_MAX))
        text, now = given_text("reason", reason, REASON_LIMIT), self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            names = await _rule_names(conn)
            alerts = await found_alerts(conn, alert_pks)
            rows = [
                {
                    "scope": Scope(service_pks=tuple(sorted(pks))).document(),
                    "rule_pk": rule_pk,
                    "reason": text,
                    "starts_at": now,
                    "ends_at": now + span,
                }
                for rule_pk, own in by_rule(alerts).items()
                if (pks := {each.alert.service_pk for each in own if each.alert.service_pk is not None})
            ]
            if not rows:
                raise Conflict({"alerts": "cannot be silenced: none of them is about a service"})
            views = [self._view(each, names, now) for each in await self._insert(conn, identity, rows, now)]
            for view in views:
                await _record(conn, identity, "silence.create", now, view, after=_document(view))
        return views

    async def end(self, identity: Identity, pk: Any) -> SilenceView:
        """It is over now. Raises NotFound, and Conflict for one that was over already."""
        identity.require(ALERT_ACKNOWLEDGE)
        number, now = given_pk("silence", pk), self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            before = await table.find_silence(conn, number)
            if before is None:
                raise NotFound("there is no such silence")
            if before.ends_at <= now:
                raise Conflict({"silence": "is over already"})
            await table.end_silence(conn, number, now)
            after = await table.find_silence(conn, number)
            assert after is not None
            view = self._view(after, await _rule_names(conn), now)
            await _record(conn, identity, "silence.end", now, view, before=_document(view))
        return view

    async def _insert(
        self, conn: AsyncConnection, identity: Identity, rows: Sequence[dict[str, Any]], now: datetime
    ) -> list[Silence]:
        if len(await table.load_active(conn, now)) + len(rows) > OPEN_LIMIT:
            raise Conflict({"scope": f"cannot be silenced: there are {OPEN_LIMIT} silences; end some first"})
        new = [{**row, "who": identity.name, "created_at": now} for row in rows]
        found = [await table.find_silence(conn, pk) for pk in await table.insert_silences(conn, new)]
        return [each for each in found if each is not None]

    def _columns(self, values: Mapping[str, Any], rules: Mapping[int, str], now: datetime) -> dict[str, Any]:
        wrong: dict[str, str] = {}
        found: dict[str, Any] = {}
        if strange := [name for name in values if name not in FIELDS]:
            wrong[strange[0]] = f"is not known: a silence has {', '.join(FIELDS)}"
        checks: dict[str, Callable[[], Any]] = {
            "scope": lambda: given_scope(self._present, values.get("scope", {})).document(),
            "rule_pk": lambda: _given_rule(values.get("rule"), rules),
            "reason": lambda: given_text("reason", values.get("reason", ""), REASON_LIMIT),
            "starts_at": lambda: given_moment("starts_at", values.get("starts_at")) or now,
            "ends_at": lambda: _given_end(values, now),
        }
        for name, check in checks.items():
            try:
                found[name] = check()
            except InvalidInput as err:
                wrong |= err.fields
        starts_at, ends_at = found.get("starts_at"), found.get("ends_at")
        if starts_at is not None and ends_at is not None and not wrong:
            if ends_at <= max(starts_at, now):
                wrong["ends_at"] = "must be in the future, and after starts_at"
            elif ends_at - now > timedelta(days=DAYS_MAX):
                wrong["ends_at"] = f"must be within {DAYS_MAX} days: for longer, change the rule"
        if wrong:
            raise InvalidInput(wrong)
        return found

    def _view(self, silence: Silence, rules: Mapping[int, str], now: datetime) -> SilenceView:
        return SilenceView(
            silence,
            scope_names(self._present, silence.scope),
            len(services_of(self._present, silence.scope)),
            "" if silence.rule_pk is None else rules.get(silence.rule_pk, ""),
            silence.is_active(now),
        )


async def _rule_names(conn: AsyncConnection) -> dict[int, str]:
    return {rule.pk: rule.name for rule in await load_rules(conn)}


def _given_rule(value: Any, rules: Mapping[int, str]) -> int | None:
    if value is None:
        return None
    pk = given_pk("rule", value)
    if pk not in rules:
        raise InvalidInput({"rule": f"must be an alert rule that exists: there is none with the number {pk}"})
    return pk


def _given_end(values: Mapping[str, Any], now: datetime) -> datetime:
    minutes, ends_at = values.get("minutes"), given_moment("ends_at", values.get("ends_at"))
    if (minutes is None) == (ends_at is None):
        raise InvalidInput({"ends_at": "is required, or minutes: one of the two; a silence has an end"})
    if ends_at is not None:
        return ends_at
    starts_at = given_moment("starts_at", values.get("starts_at")) or now
    return starts_at + timedelta(minutes=given_number("minutes", minutes, 1, MINUTES_MAX))


def _document(view: SilenceView) -> dict[str, Any]:
    return {
        "scope": dict(view.scope),
        "rule": view.rule or None,
        "reason": view.silence.reason,
        "starts_at": view.silence.starts_at.isoformat(),
        "ends_at": view.silence.ends_at.isoformat(),
    }


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, view: SilenceView, **sides: Any
) -> None:
    target = f"{view.services} services" + (f", {view.rule}" if view.rule else "")
    await record(conn, identity, action, at=at, target_type="silence", target=target, **sides)
